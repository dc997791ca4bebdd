"""As whom a run spoke."""

from __future__ import annotations

import base64
from dataclasses import replace
from typing import Any

import pytest
from azure.core.credentials import AccessToken

from reconciler.clients.identity import _claims, _who
from reconciler.model.configuration import Configuration, SignIn
from reconciler.model.journal import Who
from reconciler.simulator import Cloud
from tests.conftest import clients_of
from tests.fleet import SALES_LINK, TENANT, fleet
from tests.run import plan


def test_identities_are_told_from_tokens_that_were_had_and_none_is_asked_for(
    cloud: Cloud, configuration: Configuration
) -> None:
    with clients_of(cloud, configuration) as clients:
        assert clients.identities.who() == ()
        plan(clients, fleet(SALES_LINK), configuration)
        found = clients.identities.who()
    assert [(who.kind, who.tenant_id) for who in found] == [("application", TENANT), ("user", TENANT)]
    assert all(who.object_id for who in found)
    application = replace(configuration, sign_in=SignIn.NONE)
    with clients_of(cloud, application) as clients:
        plan(clients, fleet(SALES_LINK), application)
        assert [who.kind for who in clients.identities.who()] == ["application"]


def test_nothing_but_ids_is_taken_from_claims() -> None:
    identifier = "22222222-2222-4222-8222-222222222222"
    assert _who({"oid": "admin@contoso.com", "tid": ["x"], "azp": identifier, "scp": "user_impersonation"}) == Who(
        "user", "", "", identifier
    )
    assert _who({}) == Who("application", "", "", "")


def _token(payload: str) -> str:
    return f"head.{base64.urlsafe_b64encode(payload.encode()).decode().rstrip('=')}.signature"


@pytest.mark.parametrize(
    ("token", "claims"),
    [
        (_token('{"oid": "a"}'), {"oid": "a"}),
        (10**400, {}),
        ("opaque", {}),
        ("head.not base64.signature", {}),
        (_token("not JSON"), {}),
        (_token('["oid"]'), {}),
    ],
)
def test_a_token_without_claims_that_can_be_read_says_nothing(token: Any, claims: dict[str, str]) -> None:
    """Tokens are opaque to their bearers, and what gives one may answer with any JSON: a number, for instance."""
    assert _claims(AccessToken(token, 0)) == claims
