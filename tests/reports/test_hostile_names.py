"""Names come from outside. No report raises for one, or lets it act on a terminal, on Markdown or as HTML."""

from __future__ import annotations

import re
import unicodedata

from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.model.address import Address
from reconciler.model.change import Action, Change, FieldChange, Impact, ImpactKind, Reason, Risk, Status
from reconciler.model.diagnostic import Diagnostic, Location, Severity
from reconciler.model.outcome import Outcome, Result
from reconciler.model.plan import Plan
from reconciler.reports.diagnostics import render_diagnostics
from reconciler.reports.markdown import render_markdown
from reconciler.reports.text import render_drift, render_outcomes, render_plan
from tests.builders import plan

names = st.text(st.characters() | st.sampled_from("\x1b\r\n\u202e|`<>&@\\*_[]"), max_size=12)
locations = st.none() | st.builds(Location, names, st.integers(1, 9), st.integers(1, 200))
json_values = (
    st.none()
    | st.booleans()
    | st.integers()
    | names
    | st.dictionaries(names, names, max_size=2)
    | st.lists(names, max_size=2)
)
addresses = st.builds(Address, st.sampled_from(["SynapseLink", "RoleAssignment"]), names, names)
changes = st.builds(
    Change,
    address=addresses,
    action=st.sampled_from(Action),
    risk=st.sampled_from(Risk),
    reason=st.sampled_from(Reason),
    status=st.sampled_from(Status),
    partition=names,
    fields=st.lists(st.builds(FieldChange, names, json_values, json_values), max_size=4).map(tuple),
    missing=st.none() | names,
    impacts=st.lists(st.builds(Impact, st.sampled_from(ImpactKind), names), max_size=2).map(tuple),
    location=locations,
)
texts = st.none() | names
diagnostics = st.builds(
    Diagnostic,
    severity=st.sampled_from(Severity),
    code=st.just("some-code"),
    summary=names,
    location=locations,
    address=st.none() | addresses,
    found=texts,
    expected=texts,
    nearest=texts,
    remedy=texts,
    excerpt=texts,
    related=st.lists(st.builds(Location, names), max_size=2).map(tuple),
)
plans = st.builds(
    lambda found, said: plan(*found, diagnostics=said), st.lists(changes, max_size=3), st.lists(diagnostics, max_size=2)
)
outcomes = st.builds(
    Outcome, addresses, names, st.sampled_from(Result), st.lists(names, max_size=2).map(tuple), texts, texts
)


def acting(text: str) -> list[str]:
    """The characters of a report that a terminal would act on, line feeds apart."""
    return [char for char in text if char not in " \n" and unicodedata.category(char)[0] in "CZ"]


@settings(deadline=None, max_examples=100)
@given(plans, st.booleans())
def test_a_plan_as_text(made: Plan, everything: bool) -> None:
    assert acting(render_plan(made, everything=everything)) == []
    assert acting(render_drift(made, everything=everything)) == []


@settings(deadline=None, max_examples=60)
@given(st.lists(outcomes, max_size=3))
def test_outcomes_as_text(found: list[Outcome]) -> None:
    assert acting(render_outcomes(found)) == []


@settings(deadline=None, max_examples=60)
@given(st.lists(diagnostics, max_size=2))
def test_diagnostics_as_text(found: list[Diagnostic]) -> None:
    assert acting(render_diagnostics(found)) == []


@settings(deadline=None, max_examples=150)
@given(plans)
def test_a_plan_as_markdown_has_no_markup_but_its_own(made: Plan) -> None:
    text = render_markdown(made)
    assert acting(text) == []
    lines = [line for line in text.splitlines() if not line.startswith(("<details>", "</details>"))]
    assert not re.search(r"[`<>@]", re.sub(r"\\.|`[^`]*`", "", "\n".join(lines)))
    for line in set(text.splitlines()) - set(lines):
        assert re.fullmatch(r"</details>|<details><summary><code>[^<>]*</code></summary>", line)
