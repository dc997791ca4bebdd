"""Tokens: had once by however many threads, and a person who said no is not asked again."""

from __future__ import annotations

import json
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
from azure.core.credentials import AccessToken
from azure.core.exceptions import ClientAuthenticationError, ServiceRequestError

from reconciler.clients.endpoints import read_endpoints
from reconciler.clients.tokens import KeptTokens
from reconciler.model.configuration import Configuration
from reconciler.model.errors import InvalidInput, NotAuthorised
from reconciler.simulator import Cloud
from tests.conftest import clients_of


class Asked:
    """A credential that counts how often it is asked."""

    def __init__(self, *answers: float | Exception) -> None:
        self.answers = list(answers)
        self.times = 0

    def get_token(self, *scopes: str, **_options: Any) -> AccessToken:
        self.times += 1
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return AccessToken(scopes[0], int(time.time() + answer))


def test_many_threads_ask_once() -> None:
    asked, barrier = Asked(3600), Barrier(16)
    kept = KeptTokens(asked)

    def token(_number: int) -> str:
        barrier.wait()
        return kept.get_token("scope").token

    with ThreadPoolExecutor(16) as pool:
        assert set(pool.map(token, range(16))) == {"scope"}
    assert asked.times == 1


def test_a_scope_has_its_own_token_and_one_about_to_end_is_renewed() -> None:
    asked = Asked(60, 3600)
    kept = KeptTokens(asked)
    assert [kept.get_token(scope).token for scope in ("a", "a", "a", "b", "b")] == ["a", "a", "a", "b", "b"]
    assert asked.times == 3


def test_a_refusal_holds_for_the_run_and_a_failure_of_the_network_does_not() -> None:
    declined, away = Asked(ClientAuthenticationError("declined")), Asked(ServiceRequestError("away"), 3600)
    kept = KeptTokens(declined)
    for _ in range(3):
        with pytest.raises(ClientAuthenticationError, match="declined"):
            kept.get_token("scope")
    assert declined.times == 1
    kept = KeptTokens(away)
    with pytest.raises(ServiceRequestError):
        kept.get_token("scope")
    assert kept.get_token("scope").token == "scope"


def test_a_tenant_that_can_be_none_is_an_error_with_its_remedy(cloud: Cloud, configuration: Configuration) -> None:
    with clients_of(cloud, configuration) as clients:
        with pytest.raises(NotAuthorised, match="AZURE_TENANT_ID"):
            clients.power_platform("no tenant/at all")
        assert "AZURE_TENANT_ID" in (clients.identities.user_missing("no tenant/at all") or "")


def test_endpoints_with_another_certificate_or_none_are_an_error_of_their_file(cloud: Cloud, tmp_path: Path) -> None:
    written = json.loads(Path(cloud.endpoints).read_text())
    (tmp_path / "endpoints.json").write_text(json.dumps(written | {"ca": "garbage"}))
    with pytest.raises(InvalidInput, match="no certificate"):
        read_endpoints(tmp_path / "endpoints.json")


@pytest.mark.parametrize("error", [KeyError("expires_in"), ValueError("soon"), TypeError("int")])
def test_an_answer_that_azure_identity_can_not_read_is_a_refusal_and_no_fault_of_ours(error: Exception) -> None:
    asked = Asked(error)
    kept = KeptTokens(asked)
    for _ in range(2):
        with pytest.raises(ClientAuthenticationError, match="could not be read"):
            kept.get_token("scope")
    assert asked.times == 1


@pytest.mark.parametrize("token", ["", "a b", "half a \ud800", "t\u00f6ken", "a\r\nX-Other: 1", 5, None])
def test_what_no_header_can_carry_is_no_token(token: Any) -> None:
    class Odd:
        def get_token(self, *_scopes: str, **_options: Any) -> AccessToken:
            return AccessToken(token, int(time.time()) + 3600)

    kept = KeptTokens(Odd())
    with pytest.raises(ClientAuthenticationError, match="a token that is none"):
        kept.get_token("scope")
    assert kept.had() == []
