"""``status --data``, run as a person runs it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from reconciler.simulator import Cloud
from tests.cli.run import call

Captured = pytest.CaptureFixture[str]
SALES = ("status", "--link", "sales-link", "--data")


def test_what_readers_find_stands_below_the_report(folder: Path, capsys: Captured) -> None:
    said = call(capsys, *SALES)
    assert "sales/sales-link  container dataverse-sales of saleslake\n" in said.out
    assert "  3 of 3 tables are complete\n" in said.out
    assert "container" not in call(capsys, *SALES[:-1]).out
    assert call(capsys, *SALES, "--all").out.count("snapshot files") == 3
    assert "### Data of `sales/sales-link`" in call(capsys, *SALES, "--format", "markdown").out


def test_json_holds_the_views_only_on_request(folder: Path, capsys: Captured) -> None:
    document = json.loads(call(capsys, *SALES, "--format", "json").out)
    (view,) = document["data"]
    assert view["container"] == "dataverse-sales"
    assert {finding["verdict"] for table in view["tables"] for finding in table["findings"]} == {"present"}
    assert "data" not in json.loads(call(capsys, *SALES[:-1], "--format", "json").out)


def test_a_container_that_is_gone_needs_somebody(folder: Path, cloud: Cloud, capsys: Captured) -> None:
    before = call(capsys, *SALES[:-1]).code
    world = cloud.state._world
    world.forget("container", "saleslake/dataverse-sales")
    said = call(capsys, *SALES)
    assert (before, said.code) == (0, 2)
    assert "the storage account has no container dataverse-sales" in said.out


def test_links_that_are_not_live_are_not_looked_at(folder: Path, capsys: Captured) -> None:
    assert "container" not in call(capsys, "status", "--link", "service-link", "--data").out


def test_a_column_that_changed_its_type_needs_somebody(folder: Path, cloud: Cloud, capsys: Captured) -> None:
    said = call(capsys, "simulator", "edit-table", "sales", "contact", "--column-type", "birthdate=String",
                "--state", cloud.directory)  # fmt: skip
    assert said.out == "12 columns.\n"
    said = call(capsys, *SALES)
    assert said.code == 2
    assert "contact.birthdate was exported as dateTimeOffset and is String now: a changed type breaks" in said.out
    assert call(capsys, "simulator", "edit-table", "sales", "nothing", "--column-type", "x=String",
                "--state", cloud.directory).code == 3  # fmt: skip
