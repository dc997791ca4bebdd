from __future__ import annotations

from typing import Any

from reconciler.model.address import Address
from reconciler.model.configuration import Configuration
from reconciler.model.desired import Destination, DestinationType, SynapseLink, Table, TableSource
from reconciler.model.diagnostic import Diagnostic, Location, Severity
from reconciler.resources.link_checks import MOST_LINKS, check_destination, check_tables
from tests.builders import (
    PLACE,
    azure_resource,
    definition,
    definitions,
    desired_link,
    diagnostic,
    live_environment,
    live_link,
    snapshot,
    storage_id,
    workspace_id,
)

UNTRACKED = definitions(
    "account", definition("task", tracked=False), definition("audit", tracked=False, trackable=False)
)


def checked(*tables: Table | str, **fields: Any) -> tuple[list[Diagnostic], list[str]]:
    link = desired_link(*tables, **fields)
    return check_tables(link, link.tables, UNTRACKED)


def test_a_table_with_change_tracking_has_no_problem() -> None:
    assert checked("account") == ([], [])


def test_change_tracking_that_is_off_is_an_error_unless_the_link_says_enable() -> None:
    (found,), to_enable = checked("task")
    assert (found.code, to_enable) == ("change-tracking-off", [])
    assert "never be switched off" in (found.remedy or "")
    assert checked("task", enable_change_tracking=True) == ([], ["task"])


def test_a_table_whose_change_tracking_cannot_be_enabled_cannot_be_exported_whatever_the_link_says() -> None:
    (found,), to_enable = checked("audit", enable_change_tracking=True)
    assert (found.code, to_enable) == ("table-not-exportable", [])


def test_tables_that_the_service_never_exports_are_refused_though_they_are_tracked() -> None:
    problems, _ = check_tables(desired_link(), [Table("stringmap")], definitions("stringmap"))
    assert [found.code for found in problems] == ["table-not-exportable"]


def test_a_table_that_is_not_there_is_an_error_at_its_line_with_the_nearest_name() -> None:
    line = Location("manifests/lists.yaml", 12, 5)
    (found,), _ = checked(Table("acount", location=line))
    assert (found.code, found.nearest, found.location, found.related) == ("unknown-table", "account", line, (PLACE,))
    assert (found.severity, found.address, found.partition) == (
        Severity.ERROR,
        Address("SynapseLink", "dev", "dev-link"),
        "dev",
    )


def test_a_name_like_no_other_is_given_no_nearest() -> None:
    (found,), _ = checked("zzz")
    assert (found.nearest, found.location, found.related) == (None, PLACE, ())


def test_finance_and_operations_tables_belong_to_other_types_of_link_than_csv() -> None:
    table = Table("CustTable", TableSource.FINOPS)
    (found,), _ = checked(table)
    assert found.code == "finops-on-csv"
    assert checked(table, destination=Destination(DestinationType.DELTA, storage_id())) == ([], [])


def codes(link: SynapseLink, links: int = 0, **fields: Any) -> list[str]:
    environment = live_environment(*[live_link()] * links)
    return [
        found.code for found in check_destination(link, environment, snapshot(environment, **fields), Configuration())
    ]


def test_a_destination_that_is_there_has_no_problem() -> None:
    assert codes(desired_link()) == []


def test_a_new_link_needs_a_container() -> None:
    assert codes(desired_link(destination=Destination(DestinationType.CSV, storage_id()))) == ["container-missing"]


def test_an_environment_holds_a_bounded_number_of_links() -> None:
    assert codes(desired_link(), links=MOST_LINKS - 1) == []
    assert codes(desired_link(), links=MOST_LINKS) == ["too-many-links"]
    fabric = Destination(DestinationType.FABRIC, fabric_workspace="w", fabric_connection="c")
    assert codes(desired_link(destination=fabric), links=MOST_LINKS) == ["too-many-links"]


def test_an_account_or_workspace_that_is_not_seen_is_an_error() -> None:
    both = Destination(DestinationType.CSV, storage_id(), "c", workspace_id())
    assert codes(desired_link(destination=both), resources=[]) == ["resource-not-visible"] * 2


def test_where_azure_was_not_read_nothing_is_concluded_from_what_is_not_seen() -> None:
    assert codes(desired_link(), resources=[], resources_unreadable=diagnostic()) == []


def test_an_account_without_a_hierarchical_namespace_is_an_error() -> None:
    flat = azure_resource(storage_id(), isHnsEnabled=False)
    assert codes(desired_link(), resources=[flat]) == ["not-hierarchical"]


def test_a_link_to_fabric_has_no_container_of_ones_own() -> None:
    fabric = Destination(DestinationType.FABRIC, fabric_workspace="f", fabric_connection="c")
    assert codes(desired_link(destination=fabric)) == []


def test_what_its_provider_says_is_not_there_is_not_there_though_the_index_was_not_read() -> None:
    missing = frozenset({storage_id()})
    unread = {"resources": [], "resources_unreadable": diagnostic()}
    assert codes(desired_link(), **unread, resources_missing=missing) == ["resource-not-visible"]
