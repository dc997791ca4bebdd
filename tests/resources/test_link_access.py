from __future__ import annotations

import pytest

from reconciler.model.change import Status
from reconciler.resources.link_access import renamed, write_status
from tests.builders import desired_environment, desired_link, diagnostic, live_environment, live_link


def test_problems_come_before_rights_and_both_before_ready() -> None:
    nobody = live_environment(link_writes_missing="Sign in")
    assert write_status(nobody, [diagnostic()]) == (Status.BLOCKED, "See the errors at this link")
    assert write_status(nobody, []) == (Status.BLOCKED, "Sign in")
    assert write_status(live_environment(), []) == (Status.READY, None)


@pytest.mark.parametrize(
    ("believed", "is_renamed"),
    [
        (None, False),
        ("", False),
        ("https://contoso-dev.crm4.dynamics.com/", False),
        ("https://CONTOSO-dev.crm4.dynamics.com", False),
        ("https://contoso-old.crm4.dynamics.com/", True),
        ("nonsense", False),
        ("https://[", False),
    ],
)
def test_a_link_of_another_address_is_an_error_with_both(believed: str | None, is_renamed: bool) -> None:
    found = renamed(desired_link(), live_link(organization_url=believed), desired_environment())
    assert [said.code for said in found] == ["environment-renamed"] * is_renamed
    assert [(said.found, said.expected) for said in found] == [
        ("contoso-old.crm4.dynamics.com", "contoso-dev.crm4.dynamics.com")
    ] * is_renamed
