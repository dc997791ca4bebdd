from __future__ import annotations

import re
import signal
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.clients.redaction import redact
from reconciler.model.redaction import without_secrets

SECRET = "Zq9hunterZq9secret"
TOKEN = f"eyJhbGciOiJSUzI1NiJ9.eyJhdWQiOiJ4In0.{SECRET}"

FORMS = [
    f"Authorization: Bearer {TOKEN}",
    f"authorization='Basic {SECRET}='",
    f'{{"Authorization": "Bearer {SECRET}"}}',
    f"x-ms-authorization-auxiliary: Bearer {SECRET}, Bearer {SECRET}2",
    f"Cookie: a=b; session={SECRET}",
    f"Set-Cookie: {SECRET}; path=/",
    f"bearer%20{SECRET}",
    f"SharedKey account:{SECRET}",
    f"a token {TOKEN} in a sentence",
    f"eyJhbGciOiJSUzI1NiJ9.\n{SECRET}.{SECRET}",
    f"eyJhbGciOiJSUzI1NiJ9%2E{SECRET}",
    f"client_secret={SECRET}&x=1",
    f"client_assertion%3D{SECRET}",
    f"AZURE_CLIENT_SECRET={SECRET}",
    f"clientSecret: {SECRET}",
    f'{{"client_secret": "{SECRET}"}}',
    f'{{"password": "a b\\"{SECRET}"}}',
    f'"{{\\"refresh_token\\":\\"{SECRET}\\"}}"',
    f"password='{SECRET} {SECRET}'",
    f"https://a.blob.core.windows.net/x?sv=1&sig={SECRET}%2Fa%3D&se=2",
    f"AccountName=x;AccountKey={SECRET}==;EndpointSuffix=core.windows.net",
    f"SharedAccessSignature=sv=2&sig={SECRET}",
    f"<AccountKey>{SECRET}</AccountKey>",
    f"Ocp-Apim-Subscription-Key: {SECRET}",
    f"device_code={SECRET}",
    f"https://user:{SECRET}@proxy.example:8080/",
    f"-----BEGIN RSA PRIVATE KEY-----\n{SECRET}\n-----END RSA PRIVATE KEY-----",
    f"-----BEGIN PRIVATE KEY-----\n{SECRET}",
    f"ghp_{SECRET}abcdefghij",
    f"github_pat_{SECRET}abcdefghij",
    "k Zq9" + "A/" * 41 + "b==",
    "abc8Q~Zq9" + "a" * 31,
    "x" * 71 + "Zq9xxAZDOabcd",
    "1.AZq9" + "a" * 70 + ".Zq9",
]


@pytest.mark.parametrize("text", FORMS)
def test_a_secret_in_any_form_is_taken_out(text: str) -> None:
    assert "Zq9" not in without_secrets(text)
    assert "Zq9" not in redact(f"before {text} after")


@settings(deadline=None)
@given(st.text(max_size=40), st.sampled_from(FORMS), st.text(max_size=40))
def test_whatever_stands_around_it(before: str, form: str, after: str) -> None:
    assert "Zq9" not in without_secrets(f"{before} {form} {after}")


@settings(deadline=None)
@given(st.text() | st.sampled_from(FORMS))
def test_twice_is_as_good_as_once(text: str) -> None:
    once = without_secrets(text)
    assert without_secrets(once) == once


@pytest.mark.parametrize(
    "text",
    [
        "Bearer authentication is required",
        "Authorization failed for Microsoft.Authorization/roleAssignments",
        "The password is wrong, and the key too",
        "Keys are off (allowSharedKeyAccess: false)",
        "sha256:" + "ab" * 32,
        "AuthorizationFailed: no role",
        "Table contoso_password_policy is new",
        "https://contoso-dev.crm4.dynamics.com/api/data/v9.2/",
        "/subscriptions/22222222-2222-4222-8222-222222222222/resourcegroups/rg-data",
    ],
)
def test_what_is_no_secret_stays(text: str) -> None:
    assert without_secrets(text) == text


@pytest.mark.parametrize(
    "pump",
    ["eyJ", "-eyJaaaaaaaaaa", "eyJaaaaaaaa.", "-----BEGIN ", "-----BEGIN A PRIVATE KEY-----", "client_secret", "sig=",
     'password="', 'password=\\"', "password'\\", "\\", "cookie: ", "cookie\\", "authorization", "bearer ", "basic+",
     "://", "://a:", "://a:b", "A/", "==", "a~", "8Q~", "ghp_", "xAZDO", "0.A", "1.A" + "a" * 60, "a.", " ", "\n"],
)  # fmt: skip
def test_no_text_takes_long(pump: str) -> None:
    with at_most(20):
        without_secrets(pump * (100_000 // len(pump)))
        without_secrets("sig=" + pump * (100_000 // len(pump)) + "\0")


def test_a_message_is_one_short_line() -> None:
    assert redact(" a\n b\t") == "a b"
    assert len(redact("x" * 10_000_000)) == 600
    assert not re.search("Zq9", redact("a" * 590 + " " + TOKEN))


@contextmanager
def at_most(seconds: int) -> Iterator[None]:
    """Ends a block that takes longer: a pattern that doesn't end by itself would hang the tests."""

    def stop(*_: object) -> None:
        raise TimeoutError

    before = signal.signal(signal.SIGVTALRM, stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)
