from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from reconciler.model.change import Action, Change, FieldChange, Reason, Status
from reconciler.model.desired import Destination, DestinationType, Relink, SynapseLink
from reconciler.model.diagnostic import Diagnostic
from reconciler.model.evidence import Evidence, Reading
from reconciler.model.live import FormerLink
from reconciler.resources.link_lost import Loss, find_loss, relink
from reconciler.resources.link_steps import DeleteContainer, DropLakeDatabase, VerifyLink
from tests.builders import (
    change,
    desired_link,
    desired_state,
    live_environment,
    live_link,
    snapshot,
    storage_id,
    workspace_id,
)

THERE = Reading("ARM container", {"name": "dataverse-dev"})
ABSENT = Reading("ARM container", None)
UNREAD = Reading("ARM container", None, unread="refused")
MODEL = Reading("model.json", {"entities": 3})
FORMER = FormerLink("devlake", storage_id(), "dataverse-dev", "the_database", "2026-01-02")
WITH_WORKSPACE = Destination(DestinationType.CSV, storage_id(), "dataverse-dev", workspace_id())
DELTA = Destination(DestinationType.DELTA, storage_id(), "dataverse-dev", workspace_id(), "convert")


def loss(link: SynapseLink | None = None, *former: FormerLink, lakes: Any = frozenset(), **readings: Reading) -> Loss:
    found = find_loss(
        link or desired_link("account"), live_environment(former_links=former, lakes=lakes), Evidence(readings)
    )
    assert found
    return found


class TestWhatWasLost:
    def test_is_nothing_where_nothing_is_left_of_it(self) -> None:
        link, environment = desired_link("account"), live_environment()
        assert find_loss(link, environment, None) is None
        assert find_loss(link, environment, Evidence({"container": ABSENT})) is None
        assert find_loss(link, environment, Evidence({"container": UNREAD})) is None

    def test_is_nothing_of_another_account(self) -> None:
        other = replace(FORMER, storage_account=storage_id("other"))
        assert find_loss(desired_link("account"), live_environment(former_links=(other,)), None) is None

    def test_is_nothing_where_a_creation_stopped_halfway(self) -> None:
        halfway = live_environment(former_links=(FORMER,), lakes=frozenset({("devlake", "dataverse-dev")}))
        assert find_loss(desired_link("account"), halfway, Evidence({"container": THERE})) is None

    def test_was_unlinked_where_its_row_is_there_with_its_time(self) -> None:
        found = loss(None, FORMER)
        assert "on 2026-01-02" in found.happened
        assert (found.container, found.database) == (None, None)
        assert " on " not in loss(None, replace(FORMER, gone_at="")).happened

    def test_is_told_by_the_newest_row(self) -> None:
        assert "2026-05-05" in loss(None, FORMER, replace(FORMER, gone_at="2026-05-05")).happened

    def test_is_this_environment_s_where_a_row_or_the_container_s_name_says_so(self) -> None:
        assert loss(None, FORMER, container=THERE).is_own
        other = replace(FORMER, container="another", database="another_database")
        link = desired_link("account", destination=WITH_WORKSPACE)
        assert not loss(link, other, container=THERE).is_own
        assert loss(link, other, container=THERE).database == "dataverse_dev"
        for name, own in {"": False, "dev": True, "DEV": True, "v": False, "test": False}.items():
            environment = live_environment(unique_name=name)
            found = find_loss(desired_link("account"), environment, Evidence({"container": THERE}))
            assert found
            assert found.is_own is own

    def test_went_with_its_environment_where_only_its_container_is_there(self) -> None:
        found = loss(container=THERE)
        assert "restore, reset or copy" in found.happened
        assert (found.container, found.database, found.is_export) == ("dataverse-dev", None, False)
        assert loss(container=THERE, exportedModel=MODEL).is_export
        assert not loss(container=THERE, exportedModel=Reading("model.json", None)).is_export

    def test_has_a_database_where_it_had_a_workspace(self) -> None:
        link = desired_link("account", destination=WITH_WORKSPACE)
        assert loss(link, container=THERE).database == "dataverse_dev"
        assert loss(link, FORMER, container=THERE).database == "the_database"
        assert loss(link, FORMER, container=ABSENT).database is None


CREATION = change(action=Action.CREATE, reason=Reason.MISSING, steps=(VerifyLink(),))


def again(
    consent: Relink,
    found: Loss,
    destination: Destination | None = None,
    *others: Any,
    creation: Change = CREATION,
    pool: str | None = None,
    declared: tuple[SynapseLink, ...] = (),
) -> tuple[tuple[Change, ...], list[Diagnostic]]:
    fields = {"destination": destination} if destination else {}
    link = desired_link("account", relink=consent, clean_up_pool=pool, **fields)
    return relink(link, found, creation, desired_state(link, *declared), snapshot(*others))


class TestRefuse:
    def test_blocks_and_says_what_happened_what_is_left_and_how_to_consent(self) -> None:
        (found,), (said,) = again(Relink.REFUSE, Loss("it was unlinked", "dataverse-dev", "db"))
        assert (found.status, found.reason, said.code) == (Status.BLOCKED, Reason.LOST, "link-lost")
        assert "it was unlinked" in said.summary
        assert "the container 'dataverse-dev' and the lake database 'db'" in (said.remedy or "")
        assert "relink: allow" in (said.remedy or "")

    def test_names_no_leftovers_where_none_are_known(self) -> None:
        _, (said,) = again(Relink.REFUSE, Loss("it was unlinked"))
        assert "Left over" not in (said.remedy or "")


class TestAllow:
    def test_makes_it_again_where_nothing_is_known_to_be_left(self) -> None:
        (found,), said = again(Relink.ALLOW, Loss("gone"))
        assert (found.status, found.reason, found.steps, said) == (Status.READY, Reason.LOST, CREATION.steps, [])

    def test_is_blocked_by_what_is_left_and_names_it(self) -> None:
        (found,), (said,) = again(Relink.ALLOW, Loss("gone", "dataverse-dev"))
        assert (found.status, said.code, said.found) == (Status.BLOCKED, "link-leftovers", "dataverse-dev")


class TestClean:
    export = Loss("gone", "dataverse-dev", is_export=True, is_own=True)

    def test_has_nothing_to_do_where_nothing_is_left(self) -> None:
        (found,), _ = again(Relink.CLEAN, Loss("gone"))
        assert (found.steps, found.confirm) == (CREATION.steps, None)

    def test_deletes_the_container_first(self) -> None:
        (found,), said = again(Relink.CLEAN, self.export)
        assert found.steps == (DeleteContainer(storage_id(), "dataverse-dev"), VerifyLink())
        assert (found.confirm, said) == ("dataverse-dev", [])
        assert found.fields[0] == FieldChange("leftovers.container", "dataverse-dev", None)

    def test_drops_the_database_before_the_container(self) -> None:
        (found,), _ = again(Relink.CLEAN, replace(self.export, database="db"), DELTA)
        assert found.steps[:2] == (
            DropLakeDatabase(workspace_id(), "convert", "db"),
            DeleteContainer(storage_id(), "dataverse-dev"),
        )
        assert DropLakeDatabase(workspace_id(), "convert", "db").destination.workspace == workspace_id()
        assert DeleteContainer(storage_id(), "c").destination.storage_account == storage_id()
        assert [field.path for field in found.fields[:2]] == ["leftovers.container", "leftovers.database"]

    def test_leaves_the_database_to_a_person_where_no_pool_is_known(self) -> None:
        (found,), (said,) = again(Relink.CLEAN, replace(self.export, database="db"), WITH_WORKSPACE)
        assert (found.status, said.code) == (Status.BLOCKED, "link-leftovers")
        assert "DROP DATABASE IF EXISTS `db` CASCADE" in (said.remedy or "")

    def test_drops_the_database_through_the_pool_that_the_manifest_names_for_it(self) -> None:
        for destination in (WITH_WORKSPACE, DELTA):
            (found,), said = again(Relink.CLEAN, replace(self.export, database="db"), destination, pool="small")
            assert found.steps[0] == DropLakeDatabase(workspace_id(), "small", "db")
            assert said == []

    def test_never_deletes_what_nothing_shows_to_be_this_environment_s(self) -> None:
        (found,), (said,) = again(Relink.CLEAN, replace(self.export, is_own=False))
        assert (found.status, found.steps) == (Status.BLOCKED, CREATION.steps)
        assert "was a link of this environment" in (said.remedy or "")

    def test_never_deletes_what_another_manifest_names_too(self) -> None:
        other = desired_link("account", name="other", environment="test")
        (found,), (said,) = again(Relink.CLEAN, self.export, declared=(other,))
        assert (found.status, "test/other" in (said.remedy or "")) == (Status.BLOCKED, True)
        (found,), said_nothing = again(Relink.CLEAN, self.export, declared=(replace(other, absent=True),))
        assert (found.status, said_nothing) == (Status.READY, [])

    @pytest.mark.parametrize(
        ("fields", "status"),
        [
            ({"database": "DB"}, Status.BLOCKED),
            ({"container": "d-b", "database": None}, Status.READY),
            ({"container": "db", "database": None}, Status.BLOCKED),
            ({"database": "other"}, Status.READY),
            ({"database": "DB", "workspace": workspace_id("other")}, Status.READY),
        ],
    )
    def test_never_drops_a_database_that_a_live_link_fills(self, fields: dict[str, Any], status: Status) -> None:
        live = {"storage_account": storage_id("other"), "workspace": workspace_id(), **fields}
        other = live_environment(live_link("account", environment="test", **live), name="test")
        found, _ = again(Relink.CLEAN, replace(self.export, database="db"), DELTA, live_environment(), other)
        assert found[0].status is status

    def test_never_deletes_what_is_not_proven_to_be_an_export(self) -> None:
        (found,), (said,) = again(Relink.CLEAN, replace(self.export, is_export=False))
        assert (found.status, found.steps) == (Status.BLOCKED, CREATION.steps)
        assert "model.json" in (said.remedy or "")

    @pytest.mark.parametrize(
        ("fields", "status"),
        [
            ({}, Status.BLOCKED),
            ({"container": None}, Status.BLOCKED),
            ({"container": "another"}, Status.READY),
            ({"storage_account": storage_id("other")}, Status.READY),
        ],
    )
    def test_never_deletes_what_a_live_link_writes_to(self, fields: dict[str, Any], status: Status) -> None:
        other = live_environment(live_link("account", environment="test", **fields), name="test")
        (found,), said = again(Relink.CLEAN, self.export, None, live_environment(), other)
        assert found.status is status
        assert [("test/devlake" in (each.remedy or "")) for each in said] == [True] * (status is Status.BLOCKED)

    def test_stays_blocked_where_the_creation_is(self) -> None:
        blocked = replace(CREATION, status=Status.BLOCKED, missing="Sign in")
        (found,), _ = again(Relink.CLEAN, self.export, creation=blocked)
        assert (found.status, found.missing) == (Status.BLOCKED, "Sign in")
