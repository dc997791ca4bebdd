from __future__ import annotations

from pathlib import Path

from reconciler.model.desired import Partition, Table, TableSource
from tests.manifests.texts import ACCOUNT, documents, environment, link, loaded, only, tables

VALUES = "{account: lakeone, hours: 2, attach: true, block: 500, part: year, quoted: '500', ratio: 1.5}"


def test_values_are_typed(tmp_path: Path) -> None:
    text = link(
        rest="""\
  interval: ${values.hours}h
  attachments: ${values.attach}
  tableDefaults: {recordCountPerBlock: "${values.block}"}
  tables:
    - {name: lead, partition: "${values.part}"}
    - task
""",
        account="${values.account}",
    )
    result = loaded(tmp_path, environment(values=VALUES), text)
    assert result.state is not None, result.diagnostics
    (found,) = result.state.links
    assert found.interval == 120
    assert found.attachments is True
    assert found.destination.storage_account == f"{ACCOUNT}/lakeone".lower()
    assert found.tables == (
        Table("lead", TableSource.DATAVERSE, None, Partition.YEAR, 500),
        Table("task", TableSource.DATAVERSE, None, None, 500),
    )
    assert [table.location.line for table in found.tables if table.location] == [15, 16]


def test_a_list_is_filled_for_each_environment(tmp_path: Path) -> None:
    result = loaded(
        tmp_path,
        documents(environment(values="{p: year}"), environment("test", 2, values="{p: month}")),
        documents(
            link(rest="  include: [team]\n"),
            link("b", "  include: [team]\n", env="test"),
            link("c", "  include: [team]\n", account="laketwo"),
        ),
        tables(rest="  description: ${values.free} text\n  tables: [{name: lead, partition: '${values.p}'}]\n"),
    )
    assert result.state is not None, result.diagnostics
    by_name = {item.name: item for item in result.state.links}
    assert by_name["sales"].tables[0].partition is Partition.YEAR
    assert by_name["b"].tables[0].partition is Partition.MONTH
    assert by_name["sales"].tables is by_name["c"].tables
    assert result.state.lists[0].tables == ()


def test_a_value_of_the_wrong_type_shows_both_places(tmp_path: Path) -> None:
    result = loaded(
        tmp_path,
        environment(values=VALUES),
        link(rest="  include: [team]\n"),
        tables(rest="  tables:\n  - {name: a, recordCountPerBlock: '${values.quoted}'}\n"),
    )
    diagnostic = only(result)
    assert diagnostic.code == "wrong-type"
    assert "Environment 'prod'" in diagnostic.summary
    assert diagnostic.location is not None
    assert (diagnostic.location.file[-6:], diagnostic.location.line) == ("2.yaml", 7)
    assert [place.line for place in diagnostic.related] == [9]


def test_text_is_checked_once_it_is_filled_in(tmp_path: Path) -> None:
    result = loaded(tmp_path, environment(values=VALUES), link(account="${values.account}/../x"))
    assert only(result).code == "wrong-format"
    result = loaded(tmp_path, environment(values=VALUES), link(account="lake${values.ratio}"))
    assert only(result).code == "wrong-format"


def test_nothing_is_filled_in_twice(tmp_path: Path) -> None:
    result = loaded(tmp_path, environment(values="{a: '${values.b}', b: x}"))
    assert only(result).code == "wrong-format"


def test_an_append_only_table_by_values(tmp_path: Path) -> None:
    """Filled in, the same rules hold as for what is written."""
    result = loaded(
        tmp_path,
        environment(values="{p: month, a: true}"),
        link(rest="  tables:\n  - {name: lead, partition: '${values.p}', appendOnly: '${values.a}'}\n"),
    )
    assert only(result).code == "append-only-needs-year"


def test_undefined_in_a_list(tmp_path: Path) -> None:
    result = loaded(
        tmp_path,
        environment(),
        link(rest="  include: [team]\n  tables: [account]\n"),
        tables(rest="  tables: [{name: lead, partition: '${values.p}'}]\n"),
    )
    diagnostic = only(result)
    assert (diagnostic.code, diagnostic.expected) == (
        "undefined-value",
        "spec.values of the environment, which has none",
    )
    assert diagnostic.location is not None
    assert diagnostic.location.file.endswith("2.yaml")
