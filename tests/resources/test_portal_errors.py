"""The portal's codes: each has a meaning and a remedy, and is found wherever the service puts it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.resources.portal_errors import PORTAL_ERRORS, known_error, pauses, sync_error

PAGE = Path(__file__).parents[2] / "docs/status.md"
DOCUMENTED = {
    *("MSI-801", "ADLS-802", "CT-803", "DV-804", "SYN-805", "SYN-806", "SPARK-807", "SPARK-808", "SYN-809", "SYN-810"),
    *("CT-809", "CT-810", "FnO-810", "FnO-811", "FnO-812", "FnO-813"),
}


def test_every_documented_code_is_known() -> None:
    assert {error.code for error in PORTAL_ERRORS} == DOCUMENTED
    assert len(PORTAL_ERRORS) == len(DOCUMENTED)


def test_the_page_holds_the_same_table() -> None:
    rows = re.findall(r"^\| `(\w+-\d{3})` \| (.+?) \| (.+?) \|$", PAGE.read_text("utf-8"), re.MULTILINE)
    assert {row[0]: row[1:] for row in rows} == {error.code: (error.meaning, error.remedy) for error in PORTAL_ERRORS}


@pytest.mark.parametrize("code", sorted(DOCUMENTED))
def test_a_code_is_found_in_any_field_and_in_any_case(code: str) -> None:
    for texts in ((code, "", ""), ("", f"Error {code.lower()}: see the page", ""), ("x", "y", f"[{code}]")):
        found = known_error(*texts)
        assert found is not None
        assert found.code == code
    assert sync_error("", f"{code} happened").code == code


@pytest.mark.parametrize("code", ["MSI-801", "ADLS-802", "DV-804"])
def test_at_lost_access_and_in_admin_mode_the_service_only_pauses(code: str) -> None:
    assert pauses(code, "")
    assert not pauses("SPARK-807", "")
    assert not pauses("whatever", "")


def test_change_tracking_that_is_off_is_known_by_its_text() -> None:
    error = sync_error("ChangeTrackingDisabled", "Change Tracking is Disabled")
    assert error.code == "ChangeTrackingDisabled"
    assert "changeTracking: enable" in error.remedy


def test_a_missing_application_is_known_by_its_text() -> None:
    assert "service principal" in sync_error("", "Missing apps in the tenant").remedy


def test_a_code_that_is_in_no_list_is_told_as_it_came() -> None:
    for code in ("SYN-999", "E17"):
        error = sync_error(code, "Something else")
        assert (error.code, error.message) == (code, "Something else")
        assert "no published list" in error.meaning


def test_without_the_service_the_reason_is_said_to_be_unknown() -> None:
    error = sync_error("", "")
    assert "not in the tables of Dataverse" in error.meaning
    assert "--sign-in" in error.remedy


def test_an_endless_message_is_cut() -> None:
    error = sync_error("x" * 10**6, "y" * 10**6, "SYN-805 " * 10**5)
    assert error.meaning.startswith("The Synapse workspace")
    assert max(len(error.code), len(error.message), len(error.details)) <= 4000


@given(st.text(), st.text(), st.text())
def test_any_text_is_an_error_with_a_remedy(code: str, message: str, details: str) -> None:
    error = sync_error(code, message, details)
    assert error.meaning
    assert error.remedy
