from __future__ import annotations

from pathlib import Path

import pytest

from reconciler.model.desired import Partition, Table, TableSource
from tests.manifests.texts import environment, link, loaded, only, tables


def merged(folder: Path, link_rest: str, *lists: str) -> dict[str, Table]:
    texts = [tables(f"list{number}", rest=rest) for number, rest in enumerate(lists)]
    result = loaded(folder, environment(), link(rest=link_rest), *texts)
    assert result.state is not None, result.diagnostics
    return {table.name: table for table in result.state.links[0].tables}


@pytest.mark.parametrize(
    ("own", "of_list", "of_link", "expected"),
    [
        (None, None, None, None),
        (None, None, "year", Partition.YEAR),
        (None, "month", "year", Partition.MONTH),
        ("year", "month", "month", Partition.YEAR),
        ("year", None, None, Partition.YEAR),
    ],
)
def test_own_before_list_before_link(
    tmp_path: Path, own: str | None, of_list: str | None, of_link: str | None, expected: object
) -> None:
    def defaults(value: str | None) -> str:
        return f"  tableDefaults: {{partition: {value}}}\n" if value else ""

    entry = f"{{name: lead, partition: {own}}}" if own else "lead"
    found = merged(tmp_path, defaults(of_link) + "  include: [list0]\n", defaults(of_list) + f"  tables: [{entry}]\n")
    assert found["lead"].partition is expected


def test_defaults_of_a_link_fill_its_own_tables_and_those_of_lists(tmp_path: Path) -> None:
    found = merged(
        tmp_path,
        "  tableDefaults: {partition: year, appendOnly: false, recordCountPerBlock: 9}\n"
        "  include: [list0]\n  tables: [account, {name: a, recordCountPerBlock: 5}]\n",
        "  tableDefaults: {partition: month}\n  tables: [lead]\n",
    )
    assert found == {
        "a": Table("a", TableSource.DATAVERSE, False, Partition.YEAR, 5),
        "account": Table("account", TableSource.DATAVERSE, False, Partition.YEAR, 9),
        "lead": Table("lead", TableSource.DATAVERSE, False, Partition.MONTH, 9),
    }


def test_a_default_of_a_link_is_no_conflict_with_a_list(tmp_path: Path) -> None:
    found = merged(
        tmp_path,
        "  tableDefaults: {partition: month}\n  include: [list0]\n  tables: [lead]\n",
        "  tables: [{name: lead, partition: year}]\n",
    )
    assert found["lead"].partition is Partition.YEAR


def test_what_only_one_says_counts(tmp_path: Path) -> None:
    found = merged(
        tmp_path,
        "  include: [list0, list1, list2]\n",
        "  tables: [{name: lead, appendOnly: true}]\n",
        "  tables: [{name: lead, partition: year}, task]\n",
        "  tables: [lead, task]\n",
    )
    assert found["lead"] == Table("lead", TableSource.DATAVERSE, True, Partition.YEAR)
    assert found["lead"].location is not None
    assert found["lead"].location.file.endswith("2.yaml")


@pytest.mark.parametrize(
    ("one", "two", "setting"),
    [
        ("appendOnly: true", "appendOnly: false", "appendOnly: false"),
        ("recordCountPerBlock: 5", "recordCountPerBlock: 6", "recordCountPerBlock: 6"),
        ("source: finops", "partition: year", "source: dataverse"),
    ],
)
def test_conflicts_show_both_places(tmp_path: Path, one: str, two: str, setting: str) -> None:
    result = loaded(
        tmp_path,
        environment(),
        link(rest=f"  include: [team]\n  tables: [{{name: lead, {one}}}]\n"),
        tables(rest=f"  tables: [{{name: lead, {two}}}]\n"),
    )
    (diagnostic,) = [each for each in result.diagnostics if each.code == "conflicting-settings"]
    assert diagnostic.found == setting
    assert [place.file[-6:] for place in diagnostic.related] == ["1.yaml"]


def test_a_conflict_between_lists_is_told_once_for_all_links(tmp_path: Path) -> None:
    include = "  include: [one, two]\n"
    result = loaded(
        tmp_path,
        environment(),
        link(rest=include),
        link("b", include + "  tables: [x]\n", account="laketwo"),
        tables("one", rest="  tables: [{name: lead, appendOnly: true}]\n"),
        tables("two", rest="  tables: [{name: lead, appendOnly: false}]\n"),
    )
    assert only(result).code == "conflicting-settings"
