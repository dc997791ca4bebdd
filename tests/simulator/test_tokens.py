"""Tokens are given for what exists, to whom may have them, and are good for one audience, tenant and time."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

import pytest
from azure.core.exceptions import ClientAuthenticationError
from azure.core.pipeline.transport import RequestsTransport
from azure.identity import ClientSecretCredential, DeviceCodeCredential

from reconciler.simulator import running
from tests.simulator.local import LINK_APP, SEED, client_of

if TYPE_CHECKING:
    from pathlib import Path

    from reconciler.simulator import Cloud
    from tests.simulator.local import Client

ARM = "https://management.azure.com/.default"


def claims_of(token: str) -> dict[str, Any]:
    part = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))


def post(client: Client, path: str, **data: str) -> Any:
    return client.session.post(f"https://login.microsoftonline.com/{path}", data=data)


def by_secret(client: Client, tenant: str = "contoso.onmicrosoft.com", **data: str) -> Any:
    credentials = client.endpoints["credentials"]
    whole = {"grant_type": "client_credentials", "client_id": credentials["clientId"],
             "client_secret": credentials["clientSecret"], "scope": ARM} | data  # fmt: skip
    return post(client, f"{tenant}/oauth2/v2.0/token", **whole)


def identity_options(client: Client) -> dict[str, Any]:
    return {
        "authority": "https://login.microsoftonline.com",
        "disable_instance_discovery": True,
        "transport": RequestsTransport(session=client.session, session_owner=False),
    }


def tenant_id(cloud: Cloud) -> str:
    return next(iter(cloud._world.tenants))


def test_the_real_client_secret_credential_gets_an_app_token(client: Client) -> None:
    credentials = client.endpoints["credentials"]
    credential = ClientSecretCredential(
        tenant_id(client.cloud), credentials["clientId"], credentials["clientSecret"], **identity_options(client)
    )
    claims = claims_of(credential.get_token(ARM).token)
    assert claims["idtyp"] == "app"
    assert claims["aud"] == "https://management.azure.com"
    assert claims["tid"] == tenant_id(client.cloud)
    assert "scp" not in claims
    assert not client.cloud.record.unserved


def test_the_real_device_code_credential_signs_the_user_in_at_once(client: Client) -> None:
    prompts: list[tuple[str, ...]] = []
    credential = DeviceCodeCredential(
        tenant_id=tenant_id(client.cloud),
        prompt_callback=lambda *shown: prompts.append(shown),
        **identity_options(client),
    )
    claims = claims_of(credential.get_token(f"{LINK_APP}/.default").token)
    assert len(prompts) == 1
    assert (claims["idtyp"], claims["scp"], claims["aud"]) == ("user", "user_impersonation", LINK_APP)
    credential.get_token(ARM)
    assert len(prompts) == 1, "the refresh token serves another resource"
    assert not client.cloud.record.unserved


def test_a_declined_sign_in_ends_the_real_credential(client: Client) -> None:
    client.cloud.configure(sign_in="declined")
    credential = DeviceCodeCredential(
        tenant_id=tenant_id(client.cloud), prompt_callback=lambda *_: None, **identity_options(client)
    )
    with pytest.raises(ClientAuthenticationError):
        credential.get_token(f"{LINK_APP}/.default")


def test_a_pending_sign_in_says_so(client: Client) -> None:
    client.cloud.configure(sign_in="pending")
    public = "04b07795-8ddb-461a-bbee-02f9e1bf7b46"
    code = post(client, "common/oauth2/v2.0/devicecode", client_id=public, scope=f"{LINK_APP}/.default").json()
    answer = post(
        client, "common/oauth2/v2.0/token", grant_type="device_code", client_id=public, device_code=code["device_code"]
    )
    assert (answer.status_code, answer.json()["error"]) == (400, "authorization_pending")


@pytest.mark.parametrize(
    ("data", "status", "error", "code"),
    [
        ({"client_secret": "wrong"}, 401, "invalid_client", 7000215),
        ({"client_id": LINK_APP}, 400, "unauthorized_client", 700016),
        ({"scope": "https://nowhere.crm4.dynamics.com/.default"}, 400, "invalid_resource", 500011),
        ({"scope": "https://management.azure.com/user_impersonation"}, 400, "invalid_scope", 1002012),
        ({"tenant": "nobody.example"}, 400, "invalid_tenant", 90002),
        ({"grant_type": "password"}, 400, "unsupported_grant_type", 70003),
    ],
)
def test_wrong_requests_are_refused_as_entra_does(
    client: Client, data: dict[str, str], status: int, error: str, code: int
) -> None:
    answer = by_secret(client, **data)
    assert (answer.status_code, answer.json()["error"], answer.json()["error_codes"]) == (status, error, [code])


def test_a_token_of_another_cloud_is_a_forgery(client: Client, tmp_path: Path, sales: dict[str, str]) -> None:
    with running(tmp_path / "other", SEED) as other:
        stranger = client_of(other)
        token = stranger.token(f"{sales['url']}/.default")
        stranger.session.close()
    url = f"{sales['url']}/api/data/v9.2/synapselinkprofiles"
    answer = client.session.get(url, headers={"Authorization": f"Bearer {token}"})
    assert (answer.status_code, answer.content) == (401, b"")
    assert "authorization_uri=" in answer.headers["www-authenticate"]


def test_an_unsigned_token_is_refused(client: Client, sales: dict[str, str]) -> None:
    head, body, _ = client.token(f"{sales['url']}/.default").split(".")
    url = f"{sales['url']}/api/data/v9.2/synapselinkprofiles"
    for forged in (f"{head}.{body}.", f"{head}.{body}.AAAA", "rubbish"):
        assert client.session.get(url, headers={"Authorization": f"Bearer {forged}"}).status_code == 401


def test_a_token_is_for_one_audience(client: Client, sales: dict[str, str]) -> None:
    other = "https://contoso-service.crm.dynamics.com/.default"
    assert client.get(f"{sales['url']}/api/data/v9.2/datalakefolders", scope=other).status_code == 401
    with_slash = f"{sales['url']}//.default"
    assert client.get(f"{sales['url']}/api/data/v9.2/datalakefolders", scope=with_slash).status_code == 200


def test_a_token_is_for_one_tenant(tmp_path: Path) -> None:
    seed = SEED | {"tenants": [{"name": "contoso"}, {"name": "fabrikam"}]}
    with running(tmp_path, seed) as cloud:
        client = client_of(cloud)
        url = client.environment("sales")["url"]
        foreign = client.token(ARM, tenant="fabrikam.onmicrosoft.com")
        path = f"https://management.azure.com/subscriptions/{subscription_of(cloud)}?api-version=2022-12-01"
        assert client.session.get(path, headers={"Authorization": f"Bearer {foreign}"}).status_code == 404
        answer = by_secret(client, tenant="fabrikam.onmicrosoft.com", scope=f"{url}/.default")
        assert answer.json()["error"] == "invalid_resource"
        client.session.close()


def subscription_of(cloud: Cloud) -> str:
    return next(r.body["subscriptionId"] for r in cloud._world.resources.values() if r.type == "subscription")


def test_a_delegated_token_can_expire_half_way(client: Client, sales: dict[str, str]) -> None:
    client.cloud.configure(user_token_seconds=60)
    token = client.token(f"{LINK_APP}/.default", user=True)
    url = f"https://{sales['linkHost']}/environment/{sales['id']}/lakedetails"
    headers = {"Authorization": f"Bearer {token}", "x-ms-organization-id": sales["organization"]}
    assert client.session.get(url, headers=headers).status_code == 200
    client.cloud.clock.advance(61)
    answer = client.session.get(url, headers=headers)
    assert (answer.status_code, answer.content) == (404, b"")


def test_an_unknown_path_is_no_endpoint(client: Client) -> None:
    assert post(client, "contoso.onmicrosoft.com/oauth2/token").status_code == 404
    assert (
        client.session.get("https://login.microsoftonline.com/contoso.onmicrosoft.com/oauth2/v2.0/token").status_code
        == 400
    )
    assert len(client.cloud.record.unserved) == 2
