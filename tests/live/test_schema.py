from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Any

import pytest

from reconciler.clients.dataverse_schema import tables_in
from reconciler.live import schema
from reconciler.live.environment import read_environment
from reconciler.live.schema import schema_readings
from reconciler.model.configuration import Configuration
from reconciler.model.desired import Destination, DestinationType, SynapseLink
from reconciler.model.evidence import Reading
from reconciler.model.schema import Relationship, columns_of, exported_of, relationships_of, type_breaks
from reconciler.simulator import Cloud
from tests.conftest import clients_of
from tests.fleet import CLOUD, ENVIRONMENTS, SALES_LINK, SERVICE_LINK, tables

Start = Callable[..., AbstractContextManager[Cloud]]


def readings(cloud: Cloud, configuration: Configuration, link: SynapseLink = SALES_LINK) -> dict[str, Reading]:
    environment = ENVIRONMENTS[link.environment]
    with clients_of(cloud, configuration) as clients:
        return schema_readings(clients, environment, read_environment(clients, environment), link)


def test_columns_relationships_and_the_exported_model_are_read(cloud: Cloud, configuration: Configuration) -> None:
    found = readings(cloud, configuration)
    assert {name: reading.unread for name, reading in found.items()} == dict.fromkeys(found)
    columns = columns_of(found["columns"].value)
    assert columns.keys() == {"account", "contact", "lead", "task"}
    assert columns["account"]["openrevenue"].base_tables == ("opportunity",)
    assert columns["contact"]["birthdate"].type == "DateTime"
    assert Relationship("accountleads", "account", "lead") in relationships_of(found["relationships"].value)
    assert exported_of(found["exportedModel"].value)["account"]["revenue"] == "decimal"


def test_what_was_exported_fits_what_is_there(cloud: Cloud, configuration: Configuration) -> None:
    found = readings(cloud, configuration)
    columns, exported = columns_of(found["columns"].value), exported_of(found["exportedModel"].value)
    assert [type_breaks(columns[table], exported[table]) for table in ("account", "contact", "task")] == [[], [], []]


def test_a_type_that_changed_since_the_first_sync_shows(cloud: Cloud, configuration: Configuration) -> None:
    cloud.changes.apply("columns", {"environment": "sales", "table": "contact", "columns": {"birthdate": "String"}})
    found = readings(cloud, configuration)
    columns, exported = columns_of(found["columns"].value), exported_of(found["exportedModel"].value)
    assert type_breaks(columns["contact"], exported["contact"]) == [("birthdate", "dateTimeOffset", "String")]


def test_a_link_that_is_not_there_yet_has_no_model(cloud: Cloud, configuration: Configuration) -> None:
    found = readings(cloud, configuration, SERVICE_LINK)
    assert found.keys() == {"columns", "relationships", "rowCounts"}
    assert columns_of(found["columns"].value).keys() == {"contoso_warranty", "incident"}


def test_a_lake_that_may_not_be_read_is_a_reading_that_says_so(
    start_cloud: Start, configuration: Configuration
) -> None:
    seed = CLOUD | {"principals": {"app": {"storage": "none"}}}
    with start_cloud(seed) as cloud:
        found = readings(cloud, configuration)["exportedModel"]
    assert found.value is None
    assert found.unread is not None
    assert "AuthorizationPermissionMismatch" in found.unread
    assert found.source == "storage account saleslake, dataverse-sales/model.json"


def test_a_container_that_is_gone_has_no_model(cloud: Cloud, configuration: Configuration) -> None:
    environment = ENVIRONMENTS["sales"]
    with clients_of(cloud, configuration) as clients:
        live = read_environment(clients, environment)
        elsewhere = replace(live, links=tuple(replace(link, container="gone") for link in live.links))
        found = schema_readings(clients, environment, elsewhere, SALES_LINK)["exportedModel"]
    assert (found.value, found.unread) == (None, None)


@pytest.mark.parametrize("fault", ["error", "nonsense", "refused"])
def test_metadata_that_can_not_be_read_is_a_reading_that_says_so(
    cloud: Cloud, configuration: Configuration, fault: Any
) -> None:
    environment = ENVIRONMENTS["sales"]
    with clients_of(cloud, configuration) as clients:
        live = read_environment(clients, environment)
        cloud.faults.add(fault, "dataverse.definitions", times=100)
        found = schema_readings(clients, environment, live, SALES_LINK)
    assert found["columns"].unread
    assert found["relationships"].unread
    assert found["exportedModel"].unread is None


def test_tables_beyond_the_bound_are_left_out_and_said_to_be(
    cloud: Cloud, configuration: Configuration, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schema, "MOST_TABLES", 2)
    found = readings(cloud, configuration)["columns"]
    assert columns_of(found.value).keys() == {"account", "lead"}
    assert "of 2 of 4 tables" in found.source


def test_many_tables_take_few_requests(cloud: Cloud, configuration: Configuration) -> None:
    names = [f"contoso_t{number}" for number in range(320)] + ["account", "'; drop"]
    with clients_of(cloud, configuration) as clients:
        reader = clients.dataverse_schema(ENVIRONMENTS["sales"])
        before = sum(entry.route == "dataverse.batch" for entry in cloud.record[:])
        rows = reader.schemas(names)
        after = sum(entry.route == "dataverse.batch" for entry in cloud.record[:])
    assert [row["LogicalName"] for row in rows] == ["account"]
    assert after - before == 3


def test_no_tables_take_no_request(cloud: Cloud, configuration: Configuration) -> None:
    fabric = replace(SALES_LINK, destination=Destination(DestinationType.FABRIC), tables=())
    assert readings(cloud, configuration, fabric) == {
        "columns": Reading("Dataverse Web API, EntityDefinitions, Attributes", {}),
        "relationships": Reading("Dataverse Web API, EntityDefinitions, ManyToManyRelationships", []),
    }


@pytest.mark.parametrize(
    ("formula", "names"),
    [
        ('<x EntityName="contact" /><y EntityName="Account" /><z EntityLogicalName="lead"/>', ["contact", "lead"]),
        ("<x EntityName=&quot;task&quot; />", ["task"]),
        ('<x EntityName="__PrimaryEntity__" /><x EntityName="a b" /><x EntityName=', []),
        (None, []),
        (7, []),
    ],
)
def test_formulas_name_tables(formula: object, names: list[str]) -> None:
    assert tables_in(formula, "account") == names


def test_the_rows_of_tables_that_come_are_counted(cloud: Cloud, configuration: Configuration) -> None:
    grown = replace(SALES_LINK, tables=(*SALES_LINK.tables, *tables("goal", "quote")))
    counts = readings(cloud, configuration, grown)["rowCounts"]
    assert counts.value == {"lead": 23_000, "goal": 1_558, "quote": 21_000}


def test_rows_that_nobody_counts_are_said_to_be_unread(cloud: Cloud, configuration: Configuration) -> None:
    missing = replace(SALES_LINK, tables=tables("account", "contoso_nowhere"))
    counts = readings(cloud, configuration, missing)["rowCounts"]
    assert counts.unread
    assert "contoso_nowhere" in counts.unread
