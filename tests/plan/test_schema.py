"""schemas/plan.schema.json: every plan keeps to it, and it refuses what is none."""

from __future__ import annotations

import copy
import json
from dataclasses import replace
from typing import Any

import jsonschema
import jsonschema_rs
import pytest
from hypothesis import given, settings

from reconciler.manifests.schemas import PLAN, schema_text
from reconciler.model.canonical import to_json
from reconciler.model.change import Action, Impact, ImpactKind, Reason, Risk, Status
from reconciler.model.cloud import CLOUDS
from reconciler.model.desired import SynapseLink
from reconciler.model.diagnostic import Severity
from reconciler.model.guard import GuardVerdict
from reconciler.model.live import LiveLink
from reconciler.plan.file import document, render
from tests.builders import (
    PLACE,
    change,
    desired_link,
    desired_state,
    diagnostic,
    live_environment,
    live_link,
    plan,
    plan_of,
    snapshot,
)
from tests.reports.showcase import PLAN as SHOWCASE
from tests.strategies import pairs

SCHEMA: dict[str, Any] = json.loads(schema_text(PLAN))
VALIDATOR = jsonschema_rs.Draft202012Validator(SCHEMA)
RUN = "5d0c1e0e-0000-4000-8000-000000000000"


def body_of(found: Any, **fields: Any) -> Any:
    return json.loads(render(found, **fields))


def assert_keeps(body: Any) -> None:
    """Says where it doesn't."""
    VALIDATOR.validate(body)


def test_it_is_a_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


@settings(deadline=None, max_examples=60)
@given(pairs())
def test_every_plan_keeps_to_it(pair: tuple[SynapseLink, LiveLink]) -> None:
    assert_keeps(body_of(plan_of(*pair), commit="abc"))


def test_plans_of_everything_that_can_be_said_keep_to_it() -> None:
    unreadable = live_environment(unreadable=diagnostic(code="environment-unreadable"))
    verdicts = (GuardVerdict("policy", "", refused=True, summary="No", remedy="Ask"),)
    guarded = plan(change(location=PLACE, impacts=(Impact(ImpactKind.FIRST_LOAD, "loads 7 rows", ("a",), 7),)))
    unlinked = plan_of(desired_link(absent=True, delete_data=True), live_link("account"))
    for found in (
        SHOWCASE,
        plan(),
        unlinked,
        plan_of(desired_state(desired_link("account")), snapshot(unreadable)),
        plan_of(desired_state(desired_link("account")), snapshot()),
        replace(guarded, guards=verdicts),
    ):
        assert_keeps(body_of(found, run=RUN))


def test_it_knows_every_field_that_a_plan_has() -> None:
    found = document(plan(change()), run=RUN)
    assert set(SCHEMA["properties"]) == set(found)
    inner: Any = found["changes"]
    assert set(SCHEMA["$defs"]["change"]["properties"]) == set(inner[0])
    guard: Any = to_json(GuardVerdict("policy", "", refused=True, summary="No"))
    assert set(SCHEMA["$defs"]["guard"]["properties"]) == set(guard)


@pytest.mark.parametrize(
    ("where", "words"),
    [
        ("action", Action),
        ("risk", Risk),
        ("status", Status),
        ("reason", Reason),
    ],
)
def test_its_words_are_those_of_the_model(where: str, words: Any) -> None:
    assert SCHEMA["$defs"]["change"]["properties"][where]["enum"] == [word.value for word in words]


def test_its_severities_and_clouds_are_those_of_the_model() -> None:
    assert SCHEMA["$defs"]["diagnostic"]["properties"]["severity"]["enum"] == list(Severity)
    assert SCHEMA["properties"]["cloud"]["enum"] == list(CLOUDS)


@pytest.mark.parametrize("name", [*SCHEMA["required"]])
def test_a_plan_that_lacks_something_does_not_keep_to_it(name: str) -> None:
    body = body_of(plan(change()))
    del body[name]
    assert not VALIDATOR.is_valid(body)


@pytest.mark.parametrize("name", SCHEMA["$defs"]["change"]["required"])
def test_a_change_that_lacks_something_does_not_keep_to_it(name: str) -> None:
    body = body_of(plan(change()))
    whole = copy.deepcopy(body)
    del body["changes"][0][name]
    assert (VALIDATOR.is_valid(whole), VALIDATOR.is_valid(body)) == (True, False)


def test_added_fields_are_welcome() -> None:
    body = body_of(plan(change()))
    body["more"] = body["changes"][0]["more"] = 1
    assert_keeps(body)
