"""A reviewed plan as a ceiling: what of the present plan it contains."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.model.address import Address
from reconciler.model.change import Action, Change, FieldChange, Risk, Status, Step
from reconciler.model.desired import Partition, SynapseLink, Table
from reconciler.model.errors import InvalidInput, Refused
from reconciler.model.live import LiveLink
from reconciler.model.plan import Plan, Seen
from reconciler.plan.ceiling import within
from reconciler.plan.file import document, render
from reconciler.plan.held import Held
from reconciler.plan.saved import SavedPlan, parse
from reconciler.resources.link_steps import (
    ActivateProfile,
    CreateFabricLink,
    CreateLink,
    EnableChangeTracking,
    ResynchroniseFabric,
    RewriteProfile,
    UnlinkStorage,
    VerifyLink,
)
from tests.builders import change, desired_link, live_environment, live_link, plan, plan_of, snapshot, storage_id
from tests.strategies import desired_links, live_links, pairs

DECLARED, OTHERWISE = "sha256:" + "1" * 64, "sha256:" + "2" * 64
LEAD = FieldChange("tables[lead]", None, {"source": "dataverse"})
TASK = FieldChange("tables[task]", {"source": "dataverse"}, None)
INTERVAL = FieldChange("interval", 60, 15)
ACTIVATED = FieldChange("activated", before=False, after=True)
SHORTCUT = FieldChange("tables[lead].shortcut", before=False, after=True)
CREATED = (FieldChange("destination.type", None, "csv"), FieldChange("interval", None, 15), LEAD)
MONTHLY = FieldChange("tables[lead].partition", "month", "year")
YEARLY = FieldChange("tables[lead]", None, {"source": "dataverse", "partition": "year"})
REWRITE, ELSEWHERE = RewriteProfile("folder-1", interval=15), RewriteProfile("folder-2")
NARROWER = RewriteProfile("folder-1")
CREATE = CreateLink(storage_id(), "container", None, (Table("lead"),), 15, None, None)
FABRIC = CreateFabricLink("workspace", "connection", (Table("lead"),))
UNLINK = UnlinkStorage("folder-1", "devlake", 3, delete_data=False)
WRITE = (ActivateProfile(), VerifyLink())


def planned(*changes: Change, declared: str = DECLARED, identity: str = "id-dev", **fields: Any) -> Plan:
    found = plan(*changes)
    addresses = {each.address: declared for each in changes}
    return replace(found, declared=addresses, seen={"dev": Seen(identity)}, **fields)


def saved(reviewed: Plan) -> SavedPlan:
    return parse(render(reviewed), "plan.json")


def why(reviewed: Plan, present: Plan) -> list[str | None]:
    """The reasons for which changes are refused; empty where all are held."""
    held = within(saved(reviewed), present)
    assert {*map(id, held.changes)} <= {*map(id, present.pending)}
    assert len(held.changes) + len(held.refused) == len(present.pending)
    assert {each.code for each in held.refused} <= {"not-reviewed"}
    return [each.found for each in held.refused]


def update(*fields: FieldChange, steps: tuple[Step, ...] = (REWRITE, *WRITE), **others: Any) -> Change:
    return change(fields=fields, steps=steps, **others)


def creation(*, steps: tuple[Step, ...] = (CREATE, *WRITE), **others: Any) -> Change:
    return change(action=Action.CREATE, fields=CREATED, steps=steps, **others)


def replacement(**others: Any) -> Change:
    return change(action=Action.REPLACE, risk=Risk.DATA_LOSS, fields=(MONTHLY,), steps=(REWRITE, *WRITE), **others)


BOTH = update(LEAD, INTERVAL)
UNLINKING = change(action=Action.DELETE, risk=Risk.DATA_LOSS, fields=(), steps=(UNLINK,))
WAITING = change(status=Status.DEFERRED, fields=(LEAD,), missing="Waits")

CONTAINED = {
    "the same": (BOTH, BOTH),
    "the same that was blocked": (replace(BOTH, status=Status.BLOCKED, missing="Sign in"), BOTH),
    "fewer fields": (BOTH, update(LEAD, steps=(NARROWER, *WRITE))),
    "change tracking of fewer tables": (
        update(LEAD, steps=(EnableChangeTracking(("lead", "task")), REWRITE, *WRITE)),
        update(LEAD, steps=(EnableChangeTracking(("lead",)), REWRITE, *WRITE)),
    ),
    "fewer steps": (update(LEAD, steps=(EnableChangeTracking(("lead",)), REWRITE, *WRITE)), update(LEAD)),
    "less risk": (update(LEAD, TASK, risk=Risk.DATA_LOSS), update(LEAD)),
    "what was written and not activated": (BOTH, update(LEAD, ACTIVATED)),
    "a creation half done": (creation(), update(LEAD, ACTIVATED)),
    "a creation whose profile has the service's default": (creation(), update(FieldChange("interval", 60, 15))),
    "a creation of which less is to be written": (creation(), creation(steps=(CREATE, VerifyLink()))),
    "a creation in Fabric half done": (
        creation(steps=(FABRIC, VerifyLink())),
        update(LEAD, steps=(REWRITE, ActivateProfile(), ResynchroniseFabric("folder-1", "w"), VerifyLink())),
    ),
    "shortcuts that were to be rebuilt": (
        update(LEAD, steps=(REWRITE, *WRITE, ResynchroniseFabric("folder-1", "w"))),
        update(SHORTCUT, steps=(ResynchroniseFabric("folder-1", "w"), VerifyLink())),
    ),
    "a replaced table that is out": (replacement(), update(YEARLY)),
    "the rest of a replacement": (
        replace(replacement(), fields=(MONTHLY, INTERVAL)),
        replacement(),
    ),
    "tables that waited": (WAITING, update(LEAD)),
    "the same unlinking": (UNLINKING, UNLINKING),
    "what only a sign-in shows": (BOTH, update(LEAD, FieldChange("files", before=False, after=True, sign_in=True))),
}
BEYOND = {
    "another field": (BOTH, update(LEAD, TASK), "tables[task] was not to be removed"),
    "a field from another value": (
        BOTH,
        update(FieldChange("interval", 30, 15)),
        "interval was not to change from 30m to 15m",
    ),
    "a field to another value": (BOTH, update(FieldChange("interval", 60, 5)), "interval"),
    "a creation to another value": (creation(), update(FieldChange("interval", 60, 5)), "interval"),
    "more risk": (BOTH, update(LEAD, INTERVAL, risk=Risk.IRREVERSIBLE), "its risk was none"),
    "another action": (BOTH, replace(BOTH, action=Action.DELETE), "it was to be update, and is delete now"),
    "a replacement of what was to be created": (creation(), replace(replacement(), risk=Risk.NONE), "replace now"),
    "a creation of what was to be updated": (BOTH, creation(), "create now"),
    "another step": (BOTH, update(LEAD, steps=(EnableChangeTracking(("lead",)), *WRITE)), "Enable change tracking"),
    "change tracking of another table": (
        update(LEAD, TASK, steps=(EnableChangeTracking(("lead",)), REWRITE, *WRITE)),
        update(LEAD, TASK, steps=(EnableChangeTracking(("lead", "task")), REWRITE, *WRITE)),
        "Enable change tracking of lead, task",
    ),
    "another link": (BOTH, update(LEAD, steps=(ELSEWHERE, *WRITE)), "Write the profile"),
    "an unlinking of more": (
        UNLINKING,
        replace(UNLINKING, steps=(replace(UNLINK, tables=4),)),
        "Unlink 'devlake' of 4 tables",
    ),
    "an unlinking that deletes": (UNLINKING, replace(UNLINKING, steps=(replace(UNLINK, delete_data=True),)), "delete"),
    "activation that nothing was to activate": (
        update(LEAD, steps=(REWRITE, VerifyLink())),
        update(LEAD, ACTIVATED, steps=(NARROWER, VerifyLink())),
        "activated",
    ),
    "an update from a value, of what had none": (
        update(FieldChange("interval", None, 15)),
        update(INTERVAL, steps=(NARROWER, *WRITE)),
        "interval",
    ),
    "the contrary of activation": (
        BOTH,
        update(FieldChange("activated", before=True, after=False), steps=(NARROWER, *WRITE)),
        "activated was not to change from true to false",
    ),
    "a table that was only to be resized": (
        update(FieldChange("tables[lead].recordCountPerBlock", 125, 50)),
        update(FieldChange("tables[lead]", None, {"recordCountPerBlock": 50}), steps=(NARROWER, *WRITE)),
        "tables[lead]",
    ),
    "a replaced table that never went": (
        replacement(),
        update(FieldChange("tables[lead]", {"partition": "month"}, {"partition": "year"})),
        "tables[lead]",
    ),
    "a replaced table with other settings": (
        replacement(),
        update(FieldChange("tables[lead]", None, {"source": "dataverse", "partition": "month"})),
        "tables[lead]",
    ),
    "a replaced table that goes": (replacement(), update(FieldChange("tables[lead]", {}, None)), "tables[lead]"),
    "a table that was not replaced": (
        replacement(),
        update(FieldChange("tables[task]", None, {"partition": "year"})),
        "tables[task] was not to be added",
    ),
    "irreversible tables that waited": (
        WAITING,
        update(LEAD, risk=Risk.IRREVERSIBLE, steps=(EnableChangeTracking(("lead",)), REWRITE, *WRITE)),
        "risk",
    ),
}


@pytest.mark.parametrize("case", CONTAINED)
def test_a_change_that_was_reviewed_or_is_less_is_held(case: str) -> None:
    reviewed, present = CONTAINED[case]
    assert why(planned(reviewed), planned(present)) == []


@pytest.mark.parametrize("case", BEYOND)
def test_a_change_that_goes_beyond_is_refused_with_its_reason(case: str) -> None:
    reviewed, present, words = BEYOND[case]
    (reason,) = why(planned(reviewed), planned(present))
    assert words in (reason or "")


def test_less_of_what_a_manifest_no_longer_declares_is_refused_and_the_very_change_is_not() -> None:
    reviewed = planned(BOTH)
    less = update(LEAD, steps=(NARROWER, *WRITE))
    assert why(reviewed, planned(less, declared=OTHERWISE)) == ["its manifest declares something else now"]
    assert why(reviewed, planned(BOTH, declared=OTHERWISE)) == []


def test_what_was_blocked_is_not_reviewed_by_a_consent_that_another_merge_brought() -> None:
    blocked = replace(replacement(), status=Status.BLOCKED, missing="Consent")
    assert why(planned(blocked), planned(replacement(), declared=OTHERWISE)) == [
        "its manifest declares something else now"
    ]
    assert why(planned(blocked), planned(replacement())) == []


@pytest.mark.parametrize("status", [Status.BLOCKED, Status.UNPROVEN])
def test_the_end_of_what_no_manifest_declares_is_reviewed_whoever_may_make_it(status: Status) -> None:
    reviewed = replace(planned(replace(UNLINKING, status=status, missing="Sign in")), declared={})
    assert why(reviewed, replace(planned(UNLINKING), declared={})) == []
    assert why(reviewed, planned(UNLINKING)) == ["its manifest declares something else now"]
    more = replace(UNLINKING, steps=(replace(UNLINK, tables=4),))
    assert why(reviewed, replace(planned(more), declared={})) == [
        "it is another change now, and no manifest declares it"
    ]


def test_what_a_plan_does_not_hold_is_refused() -> None:
    elsewhere = replace(BOTH, address=Address("SynapseLink", "dev", "other"))
    reported = replace(elsewhere, action=Action.NONE)
    for reviewed in (planned(BOTH), planned(BOTH, reported), planned()):
        assert why(reviewed, planned(elsewhere)) == ["nothing was to be done about it"]


def test_what_is_only_reported_gives_no_leave_to_do_it() -> None:
    reported = replace(BOTH, action=Action.NONE, fields=(TASK,))
    assert why(planned(reported, update(LEAD)), planned(update(TASK, LEAD))) != []


def test_several_reviewed_changes_of_a_link_count_together() -> None:
    now, later = update(LEAD), change(status=Status.DEFERRED, fields=(INTERVAL,))
    assert why(planned(now, later), planned(update(LEAD, INTERVAL))) == []


def test_an_environment_that_another_manifest_points_at_now_is_refused() -> None:
    assert why(planned(BOTH), planned(BOTH, identity="id-other")) == ["'dev' is another environment than it was"]
    assert why(planned(BOTH), replace(planned(BOTH), seen={})) == ["'dev' is another environment than it was"]


def test_a_plan_that_tells_nothing_of_an_environment_holds_nothing_there() -> None:
    body = document(planned(BOTH))
    del body["seen"]
    held = within(parse(json.dumps(body), "plan.json"), planned(BOTH))
    assert (held.changes, [each.found for each in held.refused]) == ((), ["the plan tells nothing of 'dev'"])


def test_files_that_do_not_tell_what_was_declared_hold_nothing_but_the_very_changes() -> None:
    body: Any = document(planned(BOTH))
    for each in body["changes"]:
        del each["declared"]
        each["steps"] = [{"type": step["type"], "description": "?"} for step in each["steps"]]
    reviewed = parse(json.dumps(body), "plan.json")
    less = planned(update(LEAD))
    assert within(reviewed, planned(BOTH)).changes == (BOTH,)
    assert within(reviewed, less).changes == within(reviewed, replace(less, declared={})).changes == ()


def test_a_plan_of_another_cloud_is_refused() -> None:
    with pytest.raises(Refused, match="made for the cloud 'gcc'"):
        within(saved(replace(planned(BOTH), cloud="gcc")), planned(BOTH))


def test_what_is_no_longer_needed_is_told_in_environments_that_were_read() -> None:
    many = [replace(BOTH, address=Address("SynapseLink", "dev", f"link-{number:02}")) for number in range(25)]
    unread = replace(BOTH, address=Address("SynapseLink", "test", "x"), partition="test")
    held = within(saved(planned(*many, unread)), planned(many[0]))
    assert {each.code for each in held.told} == {"no-longer-needed"}
    assert len(held.told) == 21
    assert "link-01" in held.told[0].summary
    assert held.told[-1].summary.startswith("4 more")


# Whole plans of links that are drawn.


def real(link: SynapseLink, live: LiveLink) -> Plan:
    return plan_of(link, snapshot(live_environment(live)))


@settings(deadline=None, max_examples=80)
@given(pairs())
def test_an_honest_ceiling_holds_everything_while_nothing_moves(pair: tuple[SynapseLink, LiveLink]) -> None:
    found = real(*pair)
    held = within(saved(found), found)
    assert held == Held(found.pending, ())


@settings(deadline=None, max_examples=80)
@given(pairs(), live_links(), st.data())
def test_whatever_moved_what_is_done_was_to_come_of_it_when_it_was_reviewed(
    pair: tuple[SynapseLink, LiveLink], later: LiveLink, data: st.DataObject
) -> None:
    """Each table that the held changes take out was to be taken out, with the settings that were seen."""
    link, live = pair
    now = data.draw(st.sampled_from([link, data.draw(desired_links(later))]))
    reviewed, present = real(link, live), real(now, later)
    fields = {(f.path, str(f.after)) for each in reviewed.pending for f in each.fields}
    going = {(f.path, str(f.before)) for each in reviewed.pending for f in each.fields if f.after is None}
    for each in within(saved(reviewed), present).changes:
        assert {(f.path, str(f.before)) for f in each.fields if f.after is None} <= going
        extra = {f.path for f in each.fields if (f.path, str(f.after)) not in fields}
        assert all(path == "activated" or came_back(path, reviewed) for path in extra)


def came_back(path: str, reviewed: Plan) -> bool:
    return any(
        each.action is Action.REPLACE and f.path.startswith(f"{path}.")
        for each in reviewed.pending
        for f in each.fields
    )


def test_a_replacement_that_stopped_with_its_table_out_is_finished() -> None:
    link = desired_link("account", Table("lead", partition=Partition.YEAR))
    reviewed, halfway = real(link, live_link("account", "lead")), real(link, live_link("account"))
    assert [each.action for each in (*reviewed.pending, *halfway.pending)] == [Action.REPLACE, Action.UPDATE]
    assert within(saved(reviewed), halfway).changes == halfway.pending


mutations = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.sampled_from([DECLARED, OTHERWISE, "ready"]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["path", "x"]), inner, max_size=2),
    max_leaves=4,
)


@settings(deadline=None, max_examples=200)
@given(pairs(), live_links(), st.data())
def test_however_a_file_is_forged_nothing_is_done_that_a_plain_apply_would_not_do(
    pair: tuple[SynapseLink, LiveLink], later: LiveLink, data: st.DataObject
) -> None:
    link, live = pair
    present = real(link, data.draw(st.sampled_from([live, later])))
    body: Any = json.loads(render(real(link, live)))
    for _ in range(data.draw(st.integers(1, 4))):
        forge(body, data)
    try:
        reviewed = parse(json.dumps(body), "plan.json")
        held = within(reviewed, present)
    except (InvalidInput, Refused):
        return
    assert [each for each in present.pending if each in held.changes] == [*held.changes]
    assert {*map(id, held.changes)} <= {*map(id, present.pending)}


def forge(body: Any, data: st.DataObject) -> None:
    """Puts something else in place of some value, anywhere in the document."""
    while True:
        keys: list[Any] = list(body) if isinstance(body, dict) else list(range(len(body)))
        if not keys:
            return
        key = data.draw(st.sampled_from(keys))
        inner = body[key]
        if not isinstance(inner, dict | list) or not inner or data.draw(st.integers(0, 9)) == 0:
            body[key] = data.draw(mutations)
            return
        body = inner
