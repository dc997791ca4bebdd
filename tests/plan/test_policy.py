"""What policies answer: only a clear yes is one."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.model.guard import Policy
from reconciler.plan.policy import answer_of, failed, verdict_of

NAMING = Policy("naming", ("true",))
ASKED = ("SynapseLink/dev/a", "SynapseLink/dev/b")


def test_a_yes_passes_with_what_it_says() -> None:
    assert verdict_of(NAMING, {"allow": True}, ASKED).summary == "Policy 'naming' allows it"
    verdict = verdict_of(NAMING, {"allow": True, "reasons": [{"reason": "late"}]}, ASKED)
    assert (verdict.guard, verdict.refused, verdict.summary) == (
        "policy:naming",
        False,
        "Policy 'naming' allows it: late",
    )


@pytest.mark.parametrize(
    ("reasons", "addresses"),
    [
        ([{"address": ASKED[0], "reason": "no"}], (ASKED[0],)),
        ([{"address": ASKED[1], "reason": "no"}, {"address": ASKED[0], "reason": "no"}], ASKED),
        # Without an address, or with one that nobody asked about, it is the run.
        ([{"address": ASKED[0], "reason": "no"}, {"reason": "no"}], ()),
        ([{"address": None, "reason": "no"}], ()),
        ([{"address": "SynapseLink/dev/z", "reason": "no"}], ()),
        ([], ()),
    ],
)
def test_a_veto_is_for_the_addresses_that_it_names(reasons: list[Any], addresses: tuple[str, ...]) -> None:
    verdict = verdict_of(NAMING, {"allow": False, "reasons": reasons}, ASKED)
    assert (verdict.refused, verdict.addresses, verdict.approval) == (True, addresses, None)


def test_a_veto_says_its_reasons_and_where() -> None:
    reasons = [{"address": ASKED[0], "reason": "x" * 1000}, *({"reason": "n"} for _ in range(30))]
    summary = verdict_of(NAMING, {"allow": False, "reasons": reasons}, ASKED).summary
    assert summary.startswith(f"Policy 'naming' refuses: {ASKED[0]}: xxx")
    assert summary.endswith("; and 11 more")
    assert len(summary) < 600
    assert "gives no reason" in verdict_of(NAMING, {"allow": False}, ASKED).summary


@pytest.mark.parametrize(
    "answer",
    [
        None,
        True,
        "yes",
        [],
        {},
        {"allow": "true"},
        {"allow": 1},
        {"allow": True, "reasons": "none"},
        {"allow": True, "reasons": ["none"]},
        {"allow": True, "reasons": [{}]},
        {"allow": True, "reasons": [{"reason": "r", "address": 3}]},
    ],
)
def test_nonsense_refuses_the_run(answer: object) -> None:
    verdict = verdict_of(NAMING, answer, ASKED)
    assert (verdict.refused, verdict.addresses) == (True, ())
    assert "gave no verdict" in verdict.summary


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: (
        st.lists(inner) | st.dictionaries(st.sampled_from(["allow", "reasons", "reason", "address", "x"]), inner)
    ),
    max_leaves=8,
)


@given(json_values)
def test_no_answer_raises_and_only_true_allows(answer: Any) -> None:
    verdict = verdict_of(NAMING, answer, ASKED)
    assert verdict.refused or answer["allow"] is True


@pytest.mark.parametrize(
    "text", ["", "{", "yes", '{"allow": true} {"allow": true}', "[" * 100_000, '{"allow": false, "allow": true}']
)
def test_what_is_not_one_json_document_is_no_answer(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        answer_of(text)


def test_json_is_an_answer() -> None:
    assert answer_of(' {"allow": false}\n') == {"allow": False}


def test_a_policy_that_fails_refuses_the_run() -> None:
    verdict = failed(NAMING, "it is not there")
    assert (verdict.refused, verdict.partition, verdict.addresses) == (True, "", ())
    assert verdict.summary == "Policy 'naming' gave no verdict: it is not there"
