from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from reconciler.model.desired import Destination, DestinationType
from reconciler.model.diagnostic import Severity
from reconciler.resources.link_remarks import remarks
from tests.builders import desired_link, live_link, storage_id

DELTA = Destination(DestinationType.DELTA, storage_id(), "dataverse-dev", None, "Convert")


def test_what_can_not_be_read_and_never_written_is_said_to_be_left_out() -> None:
    (said,) = remarks(desired_link("account", suspend=True), live_link("account"))
    assert (said.severity, said.code) == (Severity.INFORMATION, "unknown-value")
    assert "not compared" in said.summary


def test_a_write_that_nobody_activated_may_hide_what_it_took_out() -> None:
    (said,) = remarks(desired_link("account"), live_link("account", activated=False))
    assert (said.severity, said.code) == (Severity.WARNING, "unactivated-write")
    begun = replace(live_link("account").tables["account"], started=False)
    assert remarks(desired_link("account"), live_link(begun, activated=False)) == []


@pytest.mark.parametrize(
    ("destination", "text", "codes"),
    [
        (DELTA, '{"name": "other"}', ["spark-pool-differs"]),
        (DELTA, '{"name": "convert"}', []),
        (DELTA, None, []),
        (Destination(DestinationType.DELTA, storage_id()), "other", []),
        (Destination(DestinationType.CSV, storage_id()), "other", []),
    ],
)
def test_another_spark_pool_is_a_warning_where_it_can_be_told(
    destination: Destination, text: str | None, codes: list[str]
) -> None:
    live: Any = live_link("account", spark_pool=text)
    assert [said.code for said in remarks(desired_link("account", destination=destination), live)] == codes
