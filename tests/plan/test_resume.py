"""Which run is resumed, and what of the present plan is still its business."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.model.address import Address
from reconciler.model.change import Action, Change, FieldChange, Risk
from reconciler.model.errors import Refused
from reconciler.model.journal import ChangeTold, Intended, Narrowed, RunTold
from reconciler.model.outcome import Write
from reconciler.plan.file import change_digest
from reconciler.plan.resume import continued, parts_of, unfinished, unfinished_run
from reconciler.resources.link_steps import EnableChangeTracking, RewriteProfile, UnlinkStorage
from tests.builders import change, plan

FIRST = change(address=Address("SynapseLink", "dev", "first"))
SECOND = change(address=Address("SynapseLink", "dev", "second"))
WRITE = Write("id", "PUT", "https://x/y", "2026-11-21T06:00:00.000Z")


def intended(each: Change) -> Intended:
    digest, parts = change_digest(each), parts_of(each)
    return Intended(str(each.address), each.partition, digest, each.action.value, each.risk.value, parts)


def told(each: Change, result: str, **fields: Any) -> ChangeTold:
    return ChangeTold(str(each.address), each.partition, change_digest(each), result, **fields)


def run(*changes: ChangeTold, of: tuple[Change, ...] = (FIRST, SECOND), **fields: Any) -> RunTold:
    now = plan()
    usual: dict[str, Any] = {
        "started": "1",
        "cloud": now.cloud,
        "desired_digest": now.desired_digest,
        "fingerprints": dict(now.fingerprints),
        "intended": tuple(map(intended, of)),
        "changes": changes,
        "ended": "2",
    }
    return RunTold(**{"run": "r", **usual, **fields})


@pytest.mark.parametrize("result", ["failed", "unknown", "skipped", "begun"])
def test_what_was_cut_short_is_resumed(result: str) -> None:
    cut = run(told(FIRST, "done"), told(SECOND, result))
    assert unfinished_run([cut]) is cut
    assert unfinished(cut) == (intended(SECOND),)
    assert continued(cut, plan(FIRST, SECOND)).changes == (SECOND,)


@pytest.mark.parametrize("result", ["done", "blocked", "deferred", "refused"])
def test_what_ended_with_a_word_is_not_resumed(result: str) -> None:
    assert unfinished_run([run(told(FIRST, "done"), told(SECOND, result))]) is None


def test_what_was_refused_half_way_is_resumed() -> None:
    half = run(told(FIRST, "done"), told(SECOND, "refused", done=("Write the profile",)))
    assert unfinished_run([half]) is half


def test_a_run_that_never_said_its_end_is_resumed_even_where_all_was_done() -> None:
    silent = run(told(FIRST, "done"), told(SECOND, "done"), ended=None)
    assert unfinished_run([silent]) is silent
    assert continued(silent, plan()).changes == ()


def test_a_change_that_was_never_told_of_was_not_begun_and_is_resumed() -> None:
    assert unfinished_run([run(told(FIRST, "done"))]) is not None


def test_a_run_of_an_older_version_is_judged_by_what_it_told() -> None:
    well, ill = (run(told(FIRST, result), intended=None) for result in ("done", "failed"))
    assert unfinished_run([well]) is None
    assert unfinished_run([ill]) is ill
    with pytest.raises(Refused, match="it can't be resumed"):
        continued(ill, plan(FIRST))


def test_what_a_later_run_looked_at_and_ended_well_is_over() -> None:
    cut, well = run(told(FIRST, "failed"), run="a"), run(told(FIRST, "done"), of=(FIRST,), run="b")
    assert unfinished_run([cut, well]) is None
    assert unfinished_run([cut, replace(well, fingerprints={"other": "x"})]) is cut
    assert unfinished_run([]) is None


def test_what_a_later_run_was_refused_is_not_over() -> None:
    cut, locked_out = run(told(FIRST, "begun"), ended=None, run="a"), run(told(FIRST, "refused"), of=(FIRST,), run="b")
    assert unfinished_run([cut, locked_out]) is cut


@pytest.mark.parametrize("of", ["dev", "SynapseLink/dev/first"])
def test_what_a_later_run_left_out_is_not_over(of: str) -> None:
    cut = run(told(FIRST, "failed"), of=(FIRST,), run="a")
    later = run(told(SECOND, "done"), of=(SECOND,), run="b", narrowed=(Narrowed("guard", of, "Not now"),))
    assert unfinished_run([cut, later]) is cut


def test_the_newest_run_that_was_cut_short_is_resumed() -> None:
    older, newer = run(told(FIRST, "failed"), run="a"), run(told(FIRST, "failed"), run="b")
    assert unfinished_run([older, newer]) is newer


def half_made(**fields: Any) -> Change:
    return replace(FIRST, fields=(FieldChange("activated", False, True),), **fields)


@pytest.mark.parametrize(
    "how",
    [told(FIRST, "begun"), told(FIRST, "failed", done=("A step",)), told(FIRST, "unknown", writes=(WRITE,))],
)
def test_what_remains_of_a_begun_change_is_its_business(how: ChangeTold) -> None:
    assert continued(run(how), plan(half_made())).changes == (half_made(),)


@pytest.mark.parametrize(
    "present",
    [half_made(risk=Risk.RELOAD), half_made(action=Action.DELETE), half_made(partition="elsewhere")],
)
def test_what_costs_more_than_was_begun_is_left_alone(present: Change) -> None:
    held = continued(run(told(FIRST, "begun")), plan(present))
    assert (held.changes, held.told) == ((), ())
    assert [(each.code, each.summary) for each in held.refused] == [
        (
            "not-of-the-run",
            f"This {present.action} of 'SynapseLink/dev/first' is not what the run left to do of it: it is not done",
        )
    ]


def test_what_the_run_had_not_set_out_to_do_is_told_and_left_alone() -> None:
    held = continued(run(told(FIRST, "begun"), of=(FIRST,)), plan(SECOND))
    assert (held.changes, held.refused) == ((), ())
    assert [(each.code, each.summary) for each in held.told] == [
        (
            "not-of-the-run",
            "1 pending change is not of the run that is resumed, and left alone: SynapseLink/dev/second",
        )
    ]


LEAD = FieldChange("tables[lead]", None, {"source": "dataverse"})
TASK = FieldChange("tables[task]", {"source": "dataverse"}, None)
STRANGE = FieldChange("tables[note]", {"source": "dataverse"}, None)
MONTHLY = FieldChange("tables[lead].partition", "year", "month")
BACK = FieldChange("tables[lead]", None, {"source": "dataverse", "partition": "month"})


def going(*fields: FieldChange, folder: str = "folder-1", **others: Any) -> Change:
    """A change that takes something out of a live link."""
    usual: dict[str, Any] = {"risk": Risk.DATA_LOSS, "steps": (RewriteProfile(folder),)}
    return replace(FIRST, fields=fields, **{**usual, **others})


def enabling(*tables: str) -> Change:
    return replace(FIRST, risk=Risk.IRREVERSIBLE, fields=(LEAD,), steps=(EnableChangeTracking(tables),))


def unlinking(folder: str) -> Change:
    return going(action=Action.DELETE, steps=(UnlinkStorage(folder, "devlake", 3, delete_data=False),))


REMAINS = {
    "fewer fields": (going(LEAD, TASK), going(TASK)),
    "the same from another value": (going(LEAD, TASK), going(replace(LEAD, before={}))),
    "a creation half done": (going(LEAD, action=Action.CREATE, steps=()), going(LEAD)),
    "a replaced table that is out": (going(MONTHLY, action=Action.REPLACE), going(BACK)),
    "a shortcut": (going(LEAD), going(FieldChange("tables[lead].shortcut", before=False, after=True))),
    "what only a sign-in shows": (going(LEAD), going(LEAD, FieldChange("interval", 60, 15, sign_in=True))),
    "tracking of fewer tables": (enabling("lead", "task"), enabling("lead")),
}
BEYOND = {
    "a table that came since": (going(TASK), going(TASK, STRANGE)),
    "another value": (going(LEAD), going(replace(LEAD, after={"source": "finops"}))),
    "a replacement of what was to be updated": (going(TASK), going(MONTHLY, action=Action.REPLACE)),
    "a link that was made again": (going(TASK), going(TASK, folder="folder-2")),
    "the end of a link that was made again": (unlinking("folder-1"), unlinking("folder-2")),
    "tracking of another table": (enabling("lead"), enabling("lead", "task")),
}


@pytest.mark.parametrize("case", REMAINS)
def test_what_comes_to_no_more_than_was_begun_is_finished(case: str) -> None:
    begun, present = REMAINS[case]
    assert continued(run(told(begun, "begun"), of=(begun,)), plan(present)).changes == (present,)


@pytest.mark.parametrize("case", BEYOND)
def test_what_came_since_is_not_taken_for_what_was_begun(case: str) -> None:
    begun, present = BEYOND[case]
    assert continued(run(told(begun, "begun"), of=(begun,)), plan(present)).changes == ()


def test_what_was_not_begun_has_to_be_the_very_change() -> None:
    held = continued(run(told(SECOND, "begun")), plan(half_made(), SECOND))
    assert held.changes == (SECOND,)
    assert [str(each.address) for each in held.refused] == ["SynapseLink/dev/first"]


def test_an_unlinking_that_was_begun_goes_on() -> None:
    unlinking = replace(FIRST, action=Action.DELETE, risk=Risk.DATA_LOSS)
    rest = replace(unlinking, fields=())
    assert continued(run(told(unlinking, "begun"), of=(unlinking,)), plan(rest)).changes == (rest,)


def test_a_risk_that_is_no_word_allows_nothing() -> None:
    odd = run(told(FIRST, "begun"), intended=(replace(intended(FIRST), risk="mild"),))
    assert continued(odd, plan(half_made())).changes == ()


def test_what_was_left_to_a_person_is_neither_resumed_nor_called_foreign() -> None:
    held = continued(run(told(FIRST, "blocked"), told(SECOND, "failed")), plan(FIRST, SECOND))
    assert (held.changes, held.told) == ((SECOND,), ())


@pytest.mark.parametrize(
    ("fields", "said"),
    [({"cloud": "dod"}, "one in the cloud 'dod'"), ({"desired_digest": "sha256:" + "e" * 64}, "The manifests are not")],
)
def test_another_cloud_or_other_manifests_are_refused(fields: dict[str, Any], said: str) -> None:
    with pytest.raises(Refused, match=said):
        continued(run(told(FIRST, "failed"), **fields), plan(FIRST))


@given(
    st.lists(st.sampled_from(["done", "failed", "unknown", "begun", "skipped", "refused", "blocked", "deferred"])),
    st.lists(st.sampled_from([FIRST, SECOND, half_made(), half_made(risk=Risk.DATA_LOSS)]), unique_by=change_digest),
)
def test_a_resumed_run_is_never_more_than_a_plain_one(results: list[str], present: list[Change]) -> None:
    of = [FIRST, SECOND]
    cut = run(*(told(of[n % 2], result) for n, result in enumerate(results)))
    kept = continued(cut, plan(*present)).changes
    assert [each for each in present if each in kept] == list(kept)
    assert half_made(risk=Risk.DATA_LOSS) not in kept
