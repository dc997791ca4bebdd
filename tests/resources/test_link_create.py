from __future__ import annotations

from typing import Any

import pytest

from reconciler.model.change import Action, Reason, Risk, Status
from reconciler.model.configuration import Configuration
from reconciler.model.desired import Destination, DestinationType, Relink, SynapseLink
from reconciler.model.evidence import Evidence, Reading
from reconciler.model.live import FormerLink, LiveEnvironment
from reconciler.resources.kind import Comparison
from reconciler.resources.link_create import create
from reconciler.resources.link_steps import (
    ActivateProfile,
    CreateFabricLink,
    CreateLink,
    DeleteContainer,
    DoInPortal,
    DropLakeDatabase,
    EnableChangeTracking,
    VerifyLink,
)
from tests.builders import desired_link, desired_state, live_environment, snapshot, storage_id, workspace_id

INCREMENTAL = Destination(DestinationType.INCREMENTAL, storage_id(), "dataverse-dev")
DELTA = Destination(DestinationType.DELTA, storage_id(), "dataverse-dev", workspace_id(), "convert")
FABRIC = Destination(DestinationType.FABRIC, fabric_workspace="w-1", fabric_connection="c-1")
FORMER = FormerLink("devlake", storage_id(), "dataverse-dev", None, "2026-01-02T03:04:05Z")


def created(
    link: SynapseLink, environment: LiveEnvironment | None = None, *, allow: bool = False, **fields: Any
) -> Comparison:
    found = environment or live_environment(unique_name="dev")
    return create(link, desired_state(link), snapshot(found, **fields), Configuration(allow_unproven=allow))


@pytest.mark.parametrize("destination", [INCREMENTAL, DELTA])
class TestALinkWhoseCreationNobodyPublished:
    def test_is_unproven_and_says_each_click(self, destination: Destination) -> None:
        (change,) = created(desired_link("account", "lead", destination=destination, interval=30)).changes
        first, second = change.steps
        assert (change.action, change.status, second) == (Action.CREATE, Status.UNPROVEN, VerifyLink())
        assert isinstance(first, DoInPortal)
        words = "\n".join(first.instructions())
        assert all(word in words for word in ("devlake", "rg-data", "account, lead", "30m", "New link"))
        assert "--allow-unproven" in (change.missing or "")

    def test_is_created_by_the_inferred_bodies_where_that_is_allowed(self, destination: Destination) -> None:
        link = desired_link("account", destination=destination)
        (change,) = created(link, allow=True).changes
        creation = CreateLink(
            storage_id(),
            "dataverse-dev",
            destination.workspace,
            link.tables,
            None,
            None,
            None,
            destination.type,
            destination.spark_pool,
        )
        assert (change.status, change.steps) == (Status.READY, (creation, ActivateProfile(), VerifyLink()))

    def test_is_blocked_by_what_is_wrong_with_it(self, destination: Destination) -> None:
        found = created(desired_link("nowhere", destination=destination))
        assert [change.status for change in found.changes] == [Status.BLOCKED]

    def test_is_unproven_though_nobody_signed_in_since_a_person_does_it(self, destination: Destination) -> None:
        environment = live_environment(link_writes_missing="Sign in")
        link = desired_link("account", destination=destination)
        assert [c.status for c in created(link, environment).changes] == [Status.UNPROVEN]
        assert [c.status for c in created(link, environment, allow=True).changes] == [Status.BLOCKED]

    def test_is_made_by_hand_whole_and_not_in_waves(self, destination: Destination) -> None:
        link = desired_link("account", "lead", "task", destination=destination, add_at_most=1)
        assert len(created(link).changes) == 1
        assert len(created(link, allow=True).changes) == 2


def test_a_table_without_change_tracking_has_it_switched_on_by_hand_first() -> None:
    link = desired_link("contoso_log", destination=INCREMENTAL, enable_change_tracking=True)
    (change,) = created(link).changes
    assert "contoso_log" in change.steps[0].instructions()[0]
    assert change.risk is Risk.IRREVERSIBLE


class TestALinkToFabric:
    def test_is_created_by_one_recorded_call(self) -> None:
        link = desired_link("account", destination=FABRIC)
        (change,) = created(link).changes
        assert (change.status, change.steps) == (
            Status.READY,
            (CreateFabricLink("w-1", "c-1", link.tables), VerifyLink()),
        )
        assert {"destination.fabricWorkspace", "destination.fabricConnection"} <= {f.path for f in change.fields}

    def test_needs_somebody_who_signed_in(self) -> None:
        environment = live_environment(link_writes_missing="Sign in")
        (change,) = created(desired_link("account", destination=FABRIC), environment).changes
        assert (change.status, change.missing) == (Status.BLOCKED, "Sign in")


class TestWaves:
    def test_the_first_is_created_and_the_rest_deferred(self) -> None:
        link = desired_link("account", "contact", "contoso_log", add_at_most=2, enable_change_tracking=True)
        creation, rest = created(link).changes
        (step,) = [step for step in creation.steps if isinstance(step, CreateLink)]
        assert [table.name for table in step.tables] == ["account", "contact"]
        assert not [step for step in creation.steps if isinstance(step, EnableChangeTracking)]
        assert (rest.status, [field.path for field in rest.fields]) == (Status.DEFERRED, ["tables[contoso_log]"])


class TestSettingsThatNoCreationBrings:
    def test_are_left_to_the_next_plan_with_a_word(self) -> None:
        found = created(desired_link("account", snapshots=3, suspend=True))
        assert [said.code for said in found.diagnostics] == ["set-after-creation"] * 2
        assert not [field for field in found.changes[0].fields if field.path in {"snapshots", "suspend"}]

    def test_need_no_word_where_a_new_link_has_them_anyhow(self) -> None:
        assert created(desired_link("account", suspend=False)).diagnostics == ()


class TestALostLink:
    container = Reading("ARM container", {"name": "dataverse-dev"})
    model = Reading("model.json", {"entities": 2})

    def evidence(self, **readings: Reading) -> dict[str, Any]:
        return {"evidence": {("dev", "devlake"): Evidence(readings)}}

    def test_is_made_again_only_by_consent(self) -> None:
        found = created(desired_link("account"), live_environment(former_links=(FORMER,)))
        (change,) = found.changes
        assert (change.reason, change.status) == (Reason.LOST, Status.BLOCKED)
        assert [said.code for said in found.diagnostics] == ["link-lost"]

    def test_is_cleaned_and_made_again_as_one_change(self) -> None:
        csv = desired_link("account", relink=Relink.CLEAN)
        (change,) = created(csv, **self.evidence(container=self.container, exportedModel=self.model)).changes
        assert [step.type for step in change.steps] == [
            "deleteContainer",
            "createLink",
            "activateProfile",
            "verifyLink",
        ]
        assert (change.risk, change.confirm, change.status) == (Risk.DATA_LOSS, "dataverse-dev", Status.READY)

    def test_is_cleaned_by_itself_where_a_person_makes_it_again(self) -> None:
        link = desired_link("account", relink=Relink.CLEAN, destination=DELTA)
        cleaning, creation = created(link, **self.evidence(container=self.container, exportedModel=self.model)).changes
        assert cleaning.steps == (
            DropLakeDatabase(workspace_id(), "convert", "dataverse_dev"),
            DeleteContainer(storage_id(), "dataverse-dev"),
        )
        assert (cleaning.action, cleaning.status, cleaning.missing) == (Action.DELETE, Status.READY, None)
        assert (creation.action, creation.status, creation.confirm) == (Action.CREATE, Status.UNPROVEN, None)

    def test_has_its_database_named_as_the_configuration_answers(self) -> None:
        link = desired_link("account", relink=Relink.CLEAN, destination=DELTA)
        live = snapshot(
            live_environment(unique_name="dev"), **self.evidence(container=self.container, exportedModel=self.model)
        )
        configuration = Configuration(assumptions={"lake-database-name": "hyphens"})
        cleaning, _ = create(link, desired_state(link), live, configuration).changes
        assert cleaning.steps[0] == DropLakeDatabase(workspace_id(), "convert", "dataverse-dev")
