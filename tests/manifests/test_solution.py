"""Links in a solution's customizations.xml: read with care, and written so that reading gives the same again."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.manifests import solution_file
from reconciler.manifests.solution import declare_entry, entry_id, solution_xml, unsaid, unsayable
from reconciler.manifests.solution_file import SolutionEntry, read_solution
from reconciler.model.cloud import CLOUDS
from reconciler.model.desired import Destination, DestinationType, Partition, SynapseLink, Table, TableSource
from reconciler.model.diagnostic import Diagnostic, Location
from tests.fleet import ENVIRONMENTS, SUBSCRIPTION, storage, workspace

SALES = ENVIRONMENTS["sales"]
SCHEMA: dict[str, Any] = {
    "SubscriptionId": SUBSCRIPTION,
    "ResourceGroupName": "rg-data",
    "StorageAccountName": "saleslake",
    "FileSystemEndpoint": "https://saleslake.dfs.core.windows.net/",
    "SqlODEndpoint": "ws-service-ondemand.sql.azuresynapse.net",
    "WorkspaceDevEndpoint": "https://ws-service.dev.azuresynapse.net",
    "Entities": [
        {"Type": "contact", "PartitionStrategy": "Month", "RecordCountPerBlock": 125, "AppendOnlyMode": False},
        {"Type": "account", "PartitionStrategy": "Year", "RecordCountPerBlock": 500, "AppendOnlyMode": True},
    ],
    "RetryPolicy": {"MaxRetryCount": 12, "IntervalInSeconds": 5},
    "DestinationType": "Adls",
    "WriteDeleteLog": True,
    "IsOdiEnabled": False,
    "SchedulerIntervalInMinutes": 90,
}


def xml_of(*schemas: Any, name: str = "saleslake") -> str:
    """A customizations.xml with these links, among what else a solution holds."""
    links = "\n".join(
        f'<msdyn_exporttodatalakeconfig msdyn_exporttodatalakeconfigid="653ae937-c02f-ed11-9db1-0022482dfdbf">\n'
        f"<iscustomizable>1</iscustomizable><msdyn_name>{name}</msdyn_name>\n"
        f"<msdyn_schema>{schema if isinstance(schema, str) else json.dumps(schema)}</msdyn_schema>\n"
        f"<statecode>0</statecode><statuscode>1</statuscode></msdyn_exporttodatalakeconfig>"
        for schema in schemas
    )
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n'
        "<ImportExportXml><Entities><msdyn_schema>x</msdyn_schema></Entities>\n"
        f"<msdyn_exporttodatalakeconfigs>\n{links}\n</msdyn_exporttodatalakeconfigs></ImportExportXml>"
    )


def read(folder: Path, content: str | bytes) -> tuple[list[SolutionEntry], list[Diagnostic]]:
    path = folder / "customizations.xml"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return read_solution(path)


def declared(folder: Path, schema: Any, container: str | None = None) -> tuple[SynapseLink, Any, list[Diagnostic]]:
    entries, problems = read(folder, xml_of(schema))
    assert problems == []
    declaration, wrong = declare_entry(entries[0], "sales-saleslake", "sales", container)
    return declaration.link, declaration.comments, wrong


def test_a_link_becomes_what_a_manifest_says(tmp_path: Path) -> None:
    link, comments, wrong = declared(tmp_path, SCHEMA, "dataverse-sales")
    assert wrong == []
    assert link.destination == Destination(
        DestinationType.CSV,
        storage("saleslake"),
        "dataverse-sales",
        workspace("ws-service"),
    )
    assert link.interval == 90
    assert link.tables == (
        Table("account", append_only=True, partition=Partition.YEAR, record_count_per_block=500),
        Table("contact", append_only=False, partition=Partition.MONTH),
    )
    assert list(comments) == [("destination", "workspace")]


def test_what_a_solution_leaves_open_stays_open(tmp_path: Path) -> None:
    bare = {key: SCHEMA[key] for key in ("SubscriptionId", "ResourceGroupName", "StorageAccountName")}
    link, comments, wrong = declared(tmp_path, {**bare, "Entities": [{"Type": "account"}], "WorkspaceDevEndpoint": ""})
    assert wrong == []
    assert (link.tables, link.interval, link.destination.workspace) == ((Table("account"),), None, None)
    assert link.destination.container == "${values.container}"
    assert "don't hold the container" in comments["destination", "container"][0]


@pytest.mark.parametrize(
    ("change", "path", "words"),
    [
        ({"FileSystemEndpoint": "https://other.dfs.core.windows.net/"}, ("destination", "storageAccount"), "another"),
        ({"StorageAccountName": "newlake"}, ("destination", "storageAccount"), "calls the link 'saleslake'"),
        (
            {"Entities": [{"Type": "account", "PartitionStrategy": "Month", "AppendOnlyMode": True}]},
            ("tables", "account"),
            "Month, append-only",
        ),
        ({"Entities": [{"Type": "account", "PartitionStrategy": "FiveDay"}]}, ("tables", "account"), "FiveDay"),
    ],
)
def test_choices_are_said(tmp_path: Path, change: dict[str, Any], path: tuple[str, ...], words: str) -> None:
    _, comments, wrong = declared(tmp_path, {**SCHEMA, **change}, "dataverse-sales")
    assert wrong == []
    assert words in comments[path][0]


@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        ({"SubscriptionId": None}, "missing-field", "SubscriptionId"),
        ({"ResourceGroupName": ""}, "missing-field", "ResourceGroupName"),
        ({"StorageAccountName": 7}, "wrong-type", "StorageAccountName"),
        ({"StorageAccountName": "../x"}, "wrong-format", "StorageAccountName"),
        ({"StorageAccountName": "${values.x}"}, "wrong-format", "StorageAccountName"),
        ({"SubscriptionId": "x"}, "wrong-format", "SubscriptionId"),
        ({"DestinationType": "Sql"}, "not-one-of", "DestinationType"),
        ({"WorkspaceDevEndpoint": "https://"}, "wrong-format", "WorkspaceDevEndpoint"),
        ({"WorkspaceDevEndpoint": "https://a_b.dev"}, "wrong-format", "WorkspaceDevEndpoint"),
        ({"WorkspaceDevEndpoint": ["ws.dev"]}, "wrong-format", "WorkspaceDevEndpoint"),
        ({"SchedulerIntervalInMinutes": "60"}, "wrong-type", "SchedulerIntervalInMinutes"),
        ({"SchedulerIntervalInMinutes": True}, "wrong-type", "SchedulerIntervalInMinutes"),
        ({"SchedulerIntervalInMinutes": 0}, "wrong-type", "SchedulerIntervalInMinutes"),
        ({"Entities": None}, "missing-field", "Entities"),
        ({"Entities": []}, "wrong-type", "Entities"),
        ({"Entities": {}}, "wrong-type", "Entities"),
        ({"Entities": ["account"]}, "wrong-type", "Entities, number 1"),
        ({"Entities": [{"Type": "no name"}]}, "wrong-format", "Type of Entities, number 1"),
        ({"Entities": [{}]}, "wrong-format", "Type of Entities"),
        ({"Entities": [{"Type": "Account"}]}, "wrong-format", "Type of Entities"),
        ({"Entities": [{"Type": "account"}] * 2}, "duplicate-table", "Entities"),
        ({"Entities": [{"Type": "account", "AppendOnlyMode": "yes"}]}, "wrong-type", "AppendOnlyMode"),
        ({"Entities": [{"Type": "account", "PartitionStrategy": 1}]}, "not-one-of", "PartitionStrategy"),
        ({"Entities": [{"Type": "account", "RecordCountPerBlock": -1}]}, "wrong-type", "RecordCountPerBlock"),
        ({"Entities": [{"Type": "account", "RecordCountPerBlock": "x" * 500}]}, "wrong-type", "RecordCountPerBlock"),
    ],
)
def test_each_mistake_is_one_error_with_a_place(tmp_path: Path, change: dict[str, Any], code: str, field: str) -> None:
    _, _, wrong = declared(tmp_path, {**SCHEMA, **change})
    assert [problem.code for problem in wrong] == [code]
    assert field in wrong[0].summary
    assert wrong[0].location == Location(str(tmp_path / "customizations.xml"), 6)
    assert wrong[0].found
    assert len(wrong[0].found) < 400
    assert wrong[0].expected
    assert wrong[0].remedy


BOMB = '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]>\n'
EXTERNAL = '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/hostname">]>\n'


@pytest.mark.parametrize(
    ("content", "code", "line"),
    [
        ("", "xml-syntax", 1),
        ("<a>\n<b></a>", "xml-syntax", 2),
        (b"\xff\xfe\x00", "xml-syntax", 1),
        ('<?xml version="1.0" encoding="no-such"?><a/>', "xml-syntax", 1),
        ("<a>&nothing;</a>", "xml-syntax", 1),
        ("<html/>", "not-a-solution", 1),
        ("<ImportExportXml><Entities/></ImportExportXml>", "not-a-solution", 1),
        (BOMB + "<ImportExportXml>&b;</ImportExportXml>", "xml-doctype", 1),
        (EXTERNAL + "<ImportExportXml>&a;</ImportExportXml>", "xml-doctype", 1),
        (xml_of("{"), "json-syntax", 6),
        (xml_of('{\n"a":\n}'), "json-syntax", 8),
        (xml_of("[]"), "json-syntax", 6),
        (xml_of(""), "json-syntax", 6),
        (xml_of('{"a": 1, "a": 2}'), "json-syntax", 6),
        (xml_of("[" * 100_000), "json-syntax", 6),
        (xml_of('{"a": ' + "9" * 10_000 + "}"), "json-syntax", 6),
        (xml_of(SCHEMA).replace("msdyn_schema>", "other>"), "missing-field", 4),
    ],
)
def test_a_file_that_is_no_solution_is_one_error(tmp_path: Path, content: str | bytes, code: str, line: int) -> None:
    entries, problems = read(tmp_path, content)
    assert entries == []
    assert [(problem.code, problem.location and problem.location.line) for problem in problems] == [(code, line)]
    assert problems[0].remedy


@given(st.binary(max_size=200) | st.text(max_size=200).map(lambda text: xml_of(text).encode("utf-8", "replace")))
@settings(deadline=None)
def test_whatever_the_file_holds_nothing_is_raised(content: bytes) -> None:
    with TemporaryDirectory() as folder:
        entries, problems = read(Path(folder), content)
    assert problems or entries


def test_sound_links_are_read_beside_broken_ones(tmp_path: Path) -> None:
    entries, problems = read(tmp_path, xml_of(SCHEMA, "{"))
    assert (len(entries), [problem.code for problem in problems]) == (1, ["json-syntax"])


def zipped(path: Path, **members: str) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name.replace("_dot_", "."), content)
    return path


def test_a_solution_may_be_zipped(tmp_path: Path) -> None:
    path = zipped(tmp_path / "s.zip", solution_dot_xml="<x/>", Customizations_dot_xml=xml_of(SCHEMA))
    entries, problems = read_solution(path)
    assert problems == []
    assert entries[0].location.file == f"{path}/customizations.xml"


def test_a_zip_without_customizations_is_no_solution(tmp_path: Path) -> None:
    _, (problem,) = read_solution(zipped(tmp_path / "s.zip", solution_dot_xml="<x/>"))
    assert problem.code == "not-a-solution"


def test_sizes_are_bounded_whatever_the_archive_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(solution_file, "MOST_BYTES", 1000)
    path = zipped(tmp_path / "s.zip", customizations_dot_xml=" " * 100_000)
    assert [problem.code for problem in read_solution(path)[1]] == ["too-large"]
    assert [problem.code for problem in read(tmp_path, " " * 1001)[1]] == ["too-large"]


def test_the_directory_of_an_archive_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = zipped(tmp_path / "s.zip", customizations_dot_xml=xml_of(SCHEMA), **{f"a{n}": "" for n in range(100)})
    assert read_solution(path)[1] == []
    monkeypatch.setattr(solution_file, "MOST_DIRECTORY_BYTES", 1000)
    (problem,) = read_solution(path)[1]
    assert problem.code == "unreadable-file"
    assert problem.found == "the directory of the archive has more than 1,000 bytes"


def test_a_broken_archive_is_said(tmp_path: Path) -> None:
    path = zipped(tmp_path / "s.zip", customizations_dot_xml=xml_of(SCHEMA))
    content = bytearray(path.read_bytes())
    content[60:80] = bytes(20)
    path.write_bytes(content)
    assert [problem.code for problem in read_solution(path)[1]] == ["unreadable-file"]
    assert [problem.code for problem in read_solution(tmp_path / "absent.xml")[1]] == ["unreadable-file"]


tables = st.builds(
    Table,
    st.sampled_from(["account", "contact", "no", "e3", "contoso_x"]),
    append_only=st.just(False),
    partition=st.sampled_from([Partition.YEAR, Partition.MONTH]),
    record_count_per_block=st.sampled_from([None, 500]),
) | st.builds(Table, st.sampled_from(["lead", "task"]), append_only=st.just(True), partition=st.just(Partition.YEAR))
links = st.builds(
    SynapseLink,
    st.just("sales-saleslake"),
    st.just("sales"),
    st.builds(
        Destination,
        st.just(DestinationType.CSV),
        st.just(storage("saleslake")),
        st.just("dataverse-sales"),
        st.sampled_from([None, workspace("ws-service")]),
    ),
    st.just(Location("x")),
    interval=st.integers(1, 999_999),
    tables=st.lists(tables, min_size=1, unique_by=lambda table: table.name).map(
        lambda found: tuple(sorted(found, key=lambda table: table.name))
    ),
)


@given(links, st.sampled_from(list(CLOUDS.values())))
@settings(deadline=None)
def test_import_of_an_export_is_the_same_link(link: SynapseLink, cloud: Any) -> None:
    text = solution_xml([(link, SALES, None)], cloud)
    with TemporaryDirectory() as folder:
        entries, problems = read(Path(folder), text)
    declaration, wrong = declare_entry(entries[0], link.name, link.environment, "dataverse-sales")
    assert (problems, wrong) == ([], [])
    assert declaration.link == link
    assert solution_xml([(declaration.link, SALES, entries[0].identifier)], cloud) == text


def test_the_form_has_all_its_fields() -> None:
    link = SynapseLink(
        "l",
        "sales",
        Destination(DestinationType.CSV, storage("saleslake"), "dataverse-sales", workspace("ws-service")),
        Location("x"),
        tables=(Table("account"), Table("lead", append_only=True)),
    )
    (element,) = ET.fromstring(solution_xml([(link, SALES, None)], CLOUDS["public"])).iter(
        "msdyn_exporttodatalakeconfig"
    )
    assert element.get("msdyn_exporttodatalakeconfigid") == entry_id(link, SALES)
    assert [child.tag for child in element] == [
        "iscustomizable",
        "msdyn_name",
        "msdyn_schema",
        "statecode",
        "statuscode",
    ]
    schema = json.loads(element.findtext("msdyn_schema") or "")
    assert set(schema) == {*SCHEMA, "BlobEndpoint", "QueueEndpoint", "TableEndpoint", "FileEndpoint"}
    for name in ("FileSystemEndpoint", "SqlODEndpoint", "WorkspaceDevEndpoint", "RetryPolicy", "DestinationType"):
        assert schema[name] == SCHEMA[name]
    assert schema["SchedulerIntervalInMinutes"] == 60
    assert [entity["PartitionStrategy"] for entity in schema["Entities"]] == ["Month", "Year"]
    assert any("as the portal would choose" in note for note in unsaid(link))
    assert any("60 minutes" in note for note in unsaid(link))


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"destination": Destination(DestinationType.DELTA)}, "csv alone"),
        ({"absent": True}, "absent"),
        ({"tables": (Table("CustTable", TableSource.FINOPS),)}, "finance and operations"),
    ],
)
def test_what_the_form_cannot_say_is_refused(fields: dict[str, Any], words: str) -> None:
    destination = Destination(DestinationType.CSV, storage("saleslake"), "c")
    link = SynapseLink(
        **{"name": "l", "environment": "sales", "destination": destination, "location": Location("x"), **fields}
    )
    assert words in unsayable(link)[0]


def test_what_the_form_leaves_out_is_noted() -> None:
    elsewhere = workspace("ws-service").replace("rg-data", "rg-other")
    destination = Destination(DestinationType.CSV, storage("saleslake"), "c", elsewhere)
    notes = unsaid(SynapseLink("l", "sales", destination, Location("x"), attachments=True, suspend=False, interval=60))
    for word in ("container", "resource group", "attachments", "suspend"):
        assert any(word in note for note in notes)
