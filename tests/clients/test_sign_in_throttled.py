"""A sign-in that is throttled, hangs or talks nonsense: said soon, by every credential of azure-identity."""

from __future__ import annotations

import os
import stat
import time
from email.utils import formatdate
from pathlib import Path
from typing import Any

import pytest
from azure.core.exceptions import ClientAuthenticationError
from azure.core.pipeline.transport import RequestsTransport
from azure.identity import AzureCliCredential

from reconciler.clients import identity
from reconciler.clients.connection import TokenTransport
from reconciler.clients.identity import default_chain
from reconciler.model.configuration import Configuration
from reconciler.model.errors import NotAuthorised
from reconciler.simulator import Cloud
from tests.conftest import clients_of
from tests.fleet import ENVIRONMENTS, TENANT

LOGIN = "https://login.microsoftonline.com"


@pytest.fixture
def slept(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    found: list[float] = []
    monkeypatch.setattr(RequestsTransport, "sleep", lambda _transport, seconds: found.append(seconds))
    return found


def test_an_hour_that_the_sign_in_asks_for_is_not_slept(
    cloud: Cloud, configuration: Configuration, slept: list[float]
) -> None:
    cloud.faults.add("throttle", "entra.token", times=None, retry_after=3600)
    words = r"No token for Dataverse .*sign-in service is throttled until [0-9: -]+ UTC.*Run again after that time"
    with clients_of(cloud, configuration) as clients:
        for _ in range(3):
            with pytest.raises(NotAuthorised, match=words):
                clients.dataverse(ENVIRONMENTS["sales"]).organization()
    assert slept == []
    assert cloud.record.count(route="entra.token") == 1


def test_a_short_wait_is_waited_for(cloud: Cloud, configuration: Configuration, slept: list[float]) -> None:
    cloud.faults.add("throttle", "entra.token", times=2, retry_after=7)
    with clients_of(cloud, configuration) as clients:
        assert clients.dataverse(ENVIRONMENTS["sales"]).organization()
    assert slept == [7, 7]


@pytest.mark.parametrize("asked", ["soon", "-1", "inf", formatdate(0, usegmt=True)])
def test_nonsense_of_a_sign_in_is_no_reason_to_fail(
    cloud: Cloud, configuration: Configuration, monkeypatch: pytest.MonkeyPatch, asked: str
) -> None:
    answer = cloud.dispatch.answer

    def with_header(request: Any) -> Any:
        outcome = answer(request)
        if request.host == "login.microsoftonline.com" and outcome.response:
            outcome.response.headers["retry-after"] = asked
        return outcome

    monkeypatch.setattr(cloud.dispatch, "answer", with_header)
    cloud.faults.add("error", "entra.token", times=1, status=503)
    with clients_of(cloud, configuration) as clients:
        assert clients.dataverse(ENVIRONMENTS["sales"]).organization()


def test_the_default_chain_gives_up_an_hour_as_well(
    cloud: Cloud, configuration: Configuration, slept: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The chain itself, with the application of its variables. Only its transport leads to the local cloud."""
    for name, value in (("TENANT_ID", TENANT), ("CLIENT_ID", "x"), ("CLIENT_SECRET", "x")):
        monkeypatch.setenv(f"AZURE_{name}", value)
    monkeypatch.setenv("AZURE_TOKEN_CREDENTIALS", "EnvironmentCredential")
    cloud.faults.add("throttle", "entra.token", times=None, retry_after=3600)
    with clients_of(cloud, configuration) as clients:
        chain = default_chain(LOGIN, transport=TokenTransport(clients.transport), disable_instance_discovery=True)
        with pytest.raises(ClientAuthenticationError, match="sign-in service is throttled until"):
            chain.get_token("https://management.azure.com/.default")
    assert slept == []
    assert cloud.record.count(route="entra.token") == 1


def test_every_part_of_the_default_chain_that_asks_a_service_has_such_a_transport(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    made: list[TokenTransport] = []
    monkeypatch.setattr(identity, "TokenTransport", lambda transport: made.append(TokenTransport(transport)) or made[0])
    monkeypatch.delenv("AZURE_TOKEN_CREDENTIALS", raising=False)
    monkeypatch.setenv("AZURE_FEDERATED_TOKEN_FILE", str(tmp_path / "token"))
    for name in ("TENANT_ID", "CLIENT_ID", "CLIENT_SECRET"):
        monkeypatch.setenv(f"AZURE_{name}", TENANT)
    seen: set[str] = set()
    for credential in default_chain(LOGIN).credentials:
        if reachable(credential, made[0]):
            seen.add(type(credential).__name__)
    assert {"EnvironmentCredential", "WorkloadIdentityCredential", "ManagedIdentityCredential"} <= seen


def reachable(thing: Any, wanted: object, depth: int = 7, seen: set[int] | None = None) -> bool:
    """Whether an object holds another, however deep."""
    seen = set() if seen is None else seen
    if thing is wanted:
        return True
    if depth == 0 or id(thing) in seen:
        return False
    seen.add(id(thing))
    inner = thing.values() if isinstance(thing, dict) else getattr(thing, "__dict__", {}).values()
    return any(reachable(each, wanted, depth - 1, seen) for each in inner)


@pytest.mark.skipif(os.name != "posix", reason="the stand-in for 'az' is a shell script")
def test_a_command_line_tool_that_hangs_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stand_in = tmp_path / "az"
    stand_in.write_text("#!/bin/sh\nexec sleep 60\n")
    stand_in.chmod(stand_in.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    began = time.monotonic()
    with pytest.raises(ClientAuthenticationError):
        AzureCliCredential(process_timeout=1).get_token("https://management.azure.com/.default")
    assert time.monotonic() - began < 10


def test_the_tools_that_sign_in_are_given_a_time(
    cloud: Cloud, configuration: Configuration, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: list[Any] = []

    def tool(**options: Any) -> Any:
        given.append(options["process_timeout"])
        raise ValueError("no such tool")

    for name in ("AzureCliCredential", "AzurePowerShellCredential", "DefaultAzureCredential"):
        monkeypatch.setattr(identity, name, tool)
    from reconciler.clients.identity import Identities
    from reconciler.model.cloud import CLOUDS
    from reconciler.model.configuration import SignIn

    with clients_of(cloud, configuration) as clients:
        for sign_in in (SignIn.AZURE_CLI, SignIn.AZURE_POWERSHELL):
            found = Identities(CLOUDS["public"], sign_in, None, clients.transport, pytest.fail)
            for ask in (found.user, found.application):
                with pytest.raises(NotAuthorised):
                    ask(TENANT)
    assert given == [30, 30, 30, 30]
