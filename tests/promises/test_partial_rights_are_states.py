"""Promise 7: partial rights and partial knowledge are states, not crashes."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from reconciler.model.change import Action, Status
from reconciler.model.configuration import Configuration, SignIn
from reconciler.model.desired import DestinationType
from reconciler.model.outcome import Result
from reconciler.simulator import Cloud
from tests.cli.run import call
from tests.conftest import clients_of
from tests.fleet import CLOUD, SALES_LINK, SERVICE_LINK, changed, fleet, storage, write_manifests
from tests.run import apply, plan, results

Start = Callable[..., AbstractContextManager[Cloud]]


def with_rights(**principals: Any) -> dict[str, Any]:
    """The fleet's cloud with other rights of its application and user."""
    return {**CLOUD, "principals": principals}


def codes(diagnostics: Any) -> set[str]:
    return {diagnostic.code for diagnostic in diagnostics}


def test_without_a_person_link_writes_are_blocked_and_all_is_still_planned(
    cloud: Cloud, configuration: Configuration
) -> None:
    with clients_of(cloud, replace(configuration, sign_in=SignIn.NONE)) as clients:
        found = plan(clients, fleet(), replace(configuration, sign_in=SignIn.NONE))
        assert {change.status for change in found.pending} == {Status.BLOCKED}
        assert all("az login" in (change.missing or "") for change in found.pending)
    assert {entry.identity for entry in cloud.record} <= {"app", None}


def test_what_is_blocked_is_not_tried_and_ends_with_its_own_exit_code(
    cloud: Cloud, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    write_manifests(tmp_path / "manifests")
    said = call(capsys, "apply", "--yes", "--sign-in", "none", "--endpoints", cloud.endpoints)
    assert said.code == 5
    assert "2 blocked" in said.out
    assert cloud.record.writes == []


def test_a_declined_sign_in_blocks_with_the_services_own_reason(cloud: Cloud, configuration: Configuration) -> None:
    cloud.configure(sign_in="declined")
    with clients_of(cloud, configuration) as clients:
        found = plan(clients, fleet(SALES_LINK), configuration)
    assert [change.status for change in found.pending] == [Status.BLOCKED]
    assert "No user's token" in (found.pending[0].missing or "")


def test_without_admin_rights_the_host_is_unknown_and_only_link_writes_are_blocked(
    start_cloud: Start, configuration: Configuration
) -> None:
    with start_cloud(with_rights(app={"bap": False})) as cloud, clients_of(cloud, configuration) as clients:
        found = plan(clients, fleet(SALES_LINK), configuration)
        assert [change.status for change in found.pending] == [Status.BLOCKED]
        assert "admin management application" in (found.pending[0].missing or "")


def test_a_user_without_rights_in_the_environment_blocks_it_and_says_which(
    start_cloud: Start, configuration: Configuration
) -> None:
    with (
        start_cloud(with_rights(user={"linkAdministrator": False})) as cloud,
        clients_of(cloud, configuration) as clients,
    ):
        found = plan(clients, fleet(SALES_LINK), configuration)
        assert [change.status for change in found.pending] == [Status.BLOCKED]
        assert "System Administrator" in (found.pending[0].missing or "")


def test_an_environment_that_may_not_be_read_is_an_error_of_its_own_and_the_rest_goes_on(
    start_cloud: Start, configuration: Configuration
) -> None:
    with start_cloud(with_rights(app={"dataverse": ["sales"]})) as cloud, clients_of(cloud, configuration) as clients:
        found = plan(clients, fleet(), configuration)
        assert [change.environment for change in found.pending] == ["sales"]
        assert list(found.fingerprints) == ["sales"]
        assert codes(found.diagnostics) == {"environment-not-authorised"}
        assert results(apply(clients, fleet(), configuration)) == [Result.DONE]


def test_azure_that_may_not_be_read_leaves_a_new_link_to_be_created(
    start_cloud: Start, configuration: Configuration
) -> None:
    with start_cloud(with_rights(app={"azure": "none"})) as cloud, clients_of(cloud, configuration) as clients:
        found = plan(clients, fleet(SERVICE_LINK), configuration)
        assert [change.action for change in found.pending] == [Action.CREATE]
        assert "resource-not-visible" in codes(found.diagnostics) or "azure-unreadable" in codes(found.diagnostics)


def test_metadata_that_may_not_be_written_fails_that_step_and_touches_no_link(
    start_cloud: Start, configuration: Configuration
) -> None:
    with start_cloud(with_rights(app={"metadataWrite": False})) as cloud, clients_of(cloud, configuration) as clients:
        (outcome,) = apply(clients, fleet(SERVICE_LINK), configuration)
        assert (outcome.result, outcome.done) == (Result.FAILED, ())
        assert "Enable change tracking" in (outcome.stopped_at or "")
        assert [link.environment for link in cloud.state.links] == ["sales"]


def test_a_link_of_another_type_is_unproven_with_the_portals_words(cloud: Cloud, configuration: Configuration) -> None:
    delta = changed(
        SERVICE_LINK, destination=replace(SERVICE_LINK.destination, type=DestinationType.DELTA, spark_pool="spark")
    )
    with clients_of(cloud, configuration) as clients:
        (change,) = plan(clients, fleet(delta), configuration).pending
        assert (change.status, [step.type for step in change.steps]) == (
            Status.UNPROVEN,
            ["doInPortal", "verifyLink"],
        )
        assert any("New link" in line for line in change.steps[0].instructions())
        assert results(apply(clients, fleet(delta), configuration)) == [Result.BLOCKED]
    assert cloud.record.writes == []


def test_a_field_that_cannot_be_read_is_neither_drift_nor_equal_and_is_asserted_when_written(
    start_cloud: Start, configuration: Configuration
) -> None:
    alone = replace(configuration, sign_in=SignIn.NONE)
    with start_cloud(assume={"csv-interval-row": "none"}) as cloud, clients_of(cloud, alone) as clients:
        same = changed(SALES_LINK, tables=SALES_LINK.tables[:2])
        found = plan(clients, fleet(same), alone)
        assert (found.pending, codes(found.diagnostics)) == ((), {"unknown-value"})
        (change,) = plan(clients, fleet(SALES_LINK), alone).pending
        assert [field.path for field in change.fields] == ["tables[lead]"]
        assert "interval 30" in change.steps[0].describe()


def test_a_storage_account_without_hierarchical_namespace_blocks_a_new_link(
    cloud: Cloud, configuration: Configuration
) -> None:
    flat = changed(SERVICE_LINK, destination=replace(SERVICE_LINK.destination, storage_account=storage("flatlake")))
    with clients_of(cloud, configuration) as clients:
        found = plan(clients, fleet(flat), configuration)
    assert [change.status for change in found.pending] == [Status.BLOCKED]
    assert "not-hierarchical" in codes(found.diagnostics)


@pytest.mark.parametrize("lag", [0, 3600])
def test_an_index_that_lags_is_not_believed_when_something_is_missing(
    start_cloud: Start, configuration: Configuration, lag: int
) -> None:
    with start_cloud() as cloud, clients_of(cloud, configuration) as clients:
        cloud.configure(index_lag_seconds=lag)
        found = plan(clients, fleet(SERVICE_LINK), configuration)
        assert [change.status for change in found.pending] == [Status.READY]


def test_a_person_is_asked_to_sign_in_once_however_many_environments_there_are(
    cloud: Cloud, configuration: Configuration
) -> None:
    with clients_of(cloud, configuration) as clients:
        plan(clients, fleet(), configuration)
    assert cloud.record.count(route="entra.devicecode") == 1
