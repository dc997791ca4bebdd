"""Promise 6: every error says where and what to do: place, code, found, expected, nearest valid name."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import pytest

from reconciler.manifests.codes import CODES
from reconciler.manifests.files import MAX_BYTES
from tests.manifests.texts import ACCOUNT, documents, environment, link, loaded, tables


@dataclass(frozen=True)
class Case:
    """Files, and the one diagnostic that they give: code, place as file:line:column, and some of its words."""

    code: str
    at: str
    files: tuple[str | bytes, ...]
    found: str | None = None
    nearest: str | None = None
    remedy: str = ""
    related: tuple[str, ...] = ()


def role(scope: str, principal: str = "{group: Readers}", rest: str = "") -> str:
    return f"""\
apiVersion: reconciler/v1
kind: RoleAssignment
metadata: {{name: readers}}
spec:
  principal: {principal}
  role: Reader
  scope: {scope}
{rest}"""


LINEAGE = """\
apiVersion: reconciler/v1
kind: LineageSource
metadata: {name: a}
spec:
  workspace: {link: sales}
  publish: [catalog]
"""


def own(*lines: str) -> tuple[str, ...]:
    """An environment in 0.yaml, a link in 1.yaml whose further fields begin in line 11."""
    return (environment(), link(rest="".join(f"  {line}\n" for line in lines)))


TWO_LISTS = (
    documents(environment(), link(rest="  include: [team, other]\n")),
    tables(rest="  tables:\n  - {name: lead, partition: year}\n"),
    tables("other", rest="  tables:\n  - {name: lead, partition: month}\n"),
)


def own_of_type(kind: str, *lines: str) -> tuple[str, ...]:
    """The same for a link of another type than csv."""
    return tuple(text.replace("type: csv", f"type: {kind}") for text in own(*lines))


CASES = [
    Case("ambiguous-scalar", "1.yaml:11:16", own("attachments: yes", "tables: [account]"), "yes", remedy="Write true."),
    Case(
        "ambiguous-scalar",
        "0.yaml:9:18",
        (environment(values="{land: no}"),),
        "no",
        remedy="Write false. For text write 'no'.",
    ),
    Case(
        "ambiguous-scalar",
        "0.yaml:9:15",
        (environment(values="{a: 1e3}"),),
        "1e3",
        remedy="Write 1000. For text write '1e3'.",
    ),
    Case(
        "ambiguous-scalar",
        "0.yaml:9:15",
        (environment(values="{a: 12:30}"),),
        "12:30",
        remedy="Write it in quotes: '12:30'.",
    ),
    Case(
        "ambiguous-scalar",
        "0.yaml:9:15",
        (environment(values="{a: 2024-01-31}"),),
        "2024-01-31",
        remedy="Write it in quotes: '2024-01-31'.",
    ),
    Case(
        "ambiguous-scalar", "0.yaml:9:15", (environment(values="{a: 010}"),), "010", remedy="Write it in quotes: '010'."
    ),
    Case("ambiguous-scalar", "0.yaml:9:15", (environment(values="{a: ~}"),), "~", remedy="Write it in quotes: '~'."),
    Case(
        "ambiguous-scalar",
        "1.yaml:13:26",
        own("tables:", "- name: contact", "  recordCountPerBlock: 1_000"),
        "1_000",
        remedy="Write 1000.",
    ),
    Case("append-only-needs-year", "1.yaml:12:44", own("tables:", "- {name: a, appendOnly: true, partition: month}")),
    Case(
        "append-only-needs-year",
        "1.yaml:13:5",
        own("tableDefaults: {partition: month}", "tables:", "- {name: a, appendOnly: true}"),
    ),
    Case("conflicting-settings", "2.yaml:7:5", TWO_LISTS, "partition: month", related=("1.yaml:7:5",)),
    Case("control-character", "0.yaml:1:4", (b"a: \x01",), "U+0001"),
    Case(
        "duplicate-environment",
        "0.yaml:16:18",
        (documents(environment(), environment("other", url="https://b.crm.dynamics.com")),),
        related=("0.yaml:6:18",),
    ),
    Case(
        "duplicate-environment",
        "1.yaml:7:8",
        (environment(), environment("other", 2, url="https://Contoso1.crm4.dynamics.com/")),
        "contoso1.crm4.dynamics.com",
        related=("0.yaml:7:8",),
    ),
    Case(
        "duplicate-key",
        "1.yaml:12:3",
        own("tables: [account]", "tables: [lead]"),
        "tables, given before in line 11",
        related=("1.yaml:11:3",),
    ),
    Case(
        "duplicate-link",
        "2.yaml:7:3",
        (*own("tables: [account]"), link("second", "  tables: [lead]\n")),
        related=("1.yaml:7:3",),
    ),
    Case("duplicate-resource", "1.yaml:4:9", (environment(), environment(number=2)), "prod", related=("0.yaml:4:9",)),
    Case("duplicate-table", "1.yaml:11:21", own("tables: [account, account]"), "account", related=("1.yaml:11:12",)),
    Case(
        "duplicate-table",
        "1.yaml:12:24",
        own("tables: [account]", "absentTables: [lead, lead]"),
        "lead",
        related=("1.yaml:12:18",),
    ),
    Case(
        "duplicate-table",
        "0.yaml:6:18",
        (tables(rest="  tables: [lead, lead]\n"), *own("include: [team]")),
        "lead",
        related=("0.yaml:6:12",),
    ),
    Case("empty-file", "1.yaml:1:1", (environment(), "# nothing\n")),
    Case("field-not-allowed", "1.yaml:11:3", own("data: keep", "tables: [account]"), "data"),
    Case(
        "field-not-allowed",
        "0.yaml:8:3",
        (role(ACCOUNT + "/lakeone", rest="  condition: x\n  system: synapse\n"),),
        "condition",
    ),
    Case(
        "field-not-allowed",
        "0.yaml:5:25",
        (role(ACCOUNT + "/lakeone", "{group: g, principalType: Group}"),),
        "principalType",
    ),
    Case(
        "foreign-host",
        "0.yaml:7:8",
        (environment(url="https://contoso.crm4.dynamics.com.example.net"),),
        "contoso.crm4.dynamics.com.example.net",
    ),
    Case(
        "foreign-host",
        "0.yaml:7:8",
        (environment(url="https://contoso.crm.dynamics.cn"),),
        remedy="The host belongs to the cloud 'china': set cloud in reconciler.yaml.",
    ),
    Case("invalid-name", "0.yaml:9:12", (environment(values="{a-b: x}"),), "a-b"),
    Case(
        "invalid-placeholder", "1.yaml:11:13", own("interval: ${env.interval}", "tables: [account]"), "${env.interval}"
    ),
    Case(
        "invalid-placeholder",
        "1.yaml:11:13",
        own("interval: ${values.a} ${b}", "tables: [account]"),
        "${values.a} ${b}",
    ),
    Case("key-not-text", "1.yaml:11:3", own("12: x", "tables: [account]"), "12", remedy="Write it in quotes: '12'."),
    Case("key-not-text", "1.yaml:11:5", own("? [a]", "tables: [account]")),
    Case("merge-key", "1.yaml:11:3", own("<<: {a: b}", "tables: [account]"), "<<"),
    Case(
        "missing-field",
        "1.yaml:7:3",
        (environment(), link().replace("    container: dataverse-contoso\n", "")),
        "type, storageAccount",
    ),
    Case("missing-field", "0.yaml:1:1", ("a: b\n",), "a"),
    Case(
        "no-such-part",
        "2.yaml:7:28",
        (*own("tables: [account]"), role("{link: sales, at: workspace}")),
        "workspace",
        related=("1.yaml:7:3",),
    ),
    Case(
        "no-such-part",
        "2.yaml:5:21",
        (
            *own("tables: [account]"),
            LINEAGE,
        ),
        "sales",
        related=("1.yaml:7:3",),
    ),
    Case("no-tables", "1.yaml:5:1", own("attachments: true")),
    Case("not-a-mapping", "1.yaml:1:1", (environment(), "- a\n"), "a list"),
    Case("not-a-mapping", "0.yaml:1:1", ("word\n",), "a single value"),
    Case("not-one-of", "1.yaml:11:19", own("changeTracking: enabled", "tables: [account]"), "enabled (text)", "enable"),
    Case("not-one-of", "0.yaml:1:13", (environment().replace("/v1", "/v2"),), "reconciler/v2 (text)", "reconciler/v1"),
    Case("not-utf8", "0.yaml:2:5", (b"a: b\nname\xe9: x",), "the byte 0xe9"),
    Case("not-utf8", "0.yaml:1:1", ("a: b".encode("utf-16"),), "UTF-16"),
    Case("one-of-fields", "0.yaml:5:3", (role(ACCOUNT + "/lakeone", "{group: a, user: b}"),), "user, group"),
    Case("out-of-range", "1.yaml:12:36", own("tables:", "- {name: a, recordCountPerBlock: 0}"), "0 (a number)"),
    Case("placeholder-not-allowed", "1.yaml:4:9", (environment(), link("${values.name}")), "${values.name}"),
    Case(
        "placeholder-not-allowed",
        "1.yaml:11:19",
        own("changeTracking: ${values.a}", "tables: [account]"),
        "${values.a}",
    ),
    Case("tab-indentation", "0.yaml:2:1", ("a:\n\tb: c\n",)),
    Case("table-name-case", "1.yaml:12:5", own("tables:", "- {name: Contact}"), "Contact", "contact"),
    Case(
        "table-present-and-absent",
        "1.yaml:12:18",
        own("tables: [account]", "absentTables: [account]"),
        "account",
        related=("1.yaml:11:12",),
    ),
    Case("too-deep", "0.yaml:1:48", ("[" * 200_000,)),
    Case("too-many-aliases", "0.yaml:1:4", ("a: &a [*a]\n",)),
    Case(
        "undefined-value",
        "1.yaml:11:13",
        (environment(values="{interval: 1h}"), link(rest="  interval: ${values.intervall}\n  tables: [a]\n")),
        "${values.intervall}",
        "interval",
        related=("0.yaml:9:3",),
    ),
    Case("unknown-field", "1.yaml:11:3", own("intervall: 1h", "tables: [account]"), "intervall", "interval"),
    Case("unknown-kind", "0.yaml:1:7", ("kind: Enviroment\n",), "Enviroment", "Environment"),
    Case("unknown-reference", "1.yaml:6:16", (environment(), link(env="prd")), "prd", "prod"),
    Case(
        "unknown-reference",
        "1.yaml:11:13",
        (
            *own("include: [tean]", "tables: [account]"),
            documents(tables(), link("b", "  include: [team]\n", account="other")),
        ),
        "tean",
        "team",
    ),
    Case("unused-list", "0.yaml:4:9", (tables(),)),
    Case("wrong-format", "1.yaml:4:9", (environment(), link("Sales_Link")), "Sales_Link", "sales-link"),
    Case("wrong-format", "1.yaml:11:12", own("tables: [Account]"), "Account", "account"),
    Case(
        "wrong-type",
        "1.yaml:11:13",
        own("interval: 15", "tables: [account]"),
        "15 (a number)",
        remedy="Write a time in minutes or hours, such as 15m or 1h.",
    ),
    Case(
        "wrong-type",
        "1.yaml:11:16",
        own("attachments: 'true'", "tables: [account]"),
        "true (text)",
        remedy="Write true or false, without quotes.",
    ),
    Case("wrong-type", "1.yaml:11:10", own("tables:"), "nothing", remedy="Write a value, or delete the line."),
    Case(
        "wrong-type",
        "0.yaml:5:21",
        (environment().replace("spec:", "  labels: {version: 1.10}\nspec:"),),
        "1.1 (a number)",
        remedy="Write it in quotes: '1.10'.",
    ),
    Case(
        "wrong-type",
        "1.yaml:11:16",
        (environment(values="{a: 'true'}"), link(rest="  attachments: ${values.a}\n  tables: [x]\n")),
        "true (text)",
        related=("0.yaml:9:15",),
    ),
    Case(
        "finops-on-csv",
        "1.yaml:12:5",
        own("tables:", "- {name: CustTable, source: finops}"),
        "type: csv",
        related=("1.yaml:8:11",),
    ),
    Case(
        "interval-too-short",
        "1.yaml:11:13",
        own_of_type("incremental", "interval: 10m", "tables: [a]"),
        "10m",
        remedy="Write 15m",
    ),
    Case(
        "interval-too-short",
        "1.yaml:11:13",
        (environment(values="{a: 5m}"), own_of_type("incremental", "interval: ${values.a}", "tables: [a]")[1]),
        "5m",
    ),
    Case(
        "setting-ignored",
        "1.yaml:8:11",
        own_of_type("incremental", "tableDefaults: {partition: year}", "tables:", "- a", "- b"),
        "type: incremental",
        related=("1.yaml:13:5",),
    ),
    Case(
        "field-not-allowed",
        "1.yaml:11:3",
        own_of_type("incremental", "snapshots: 5", "tables: [a]"),
    ),
    Case("out-of-range", "1.yaml:11:14", own("addAtMost: 0", "tables: [a]")),
    Case("out-of-range", "1.yaml:11:14", own("snapshots: 101", "tables: [a]")),
    Case(
        "field-not-allowed",
        "1.yaml:12:16",
        own("relink: clean", "cleanUpPool: small", "tables: [a]"),
        related=("1.yaml:8:5",),
    ),
    Case("field-not-allowed", "1.yaml:11:16", own("cleanUpPool: small", "tables: [a]"), related=("1.yaml:8:5",)),
    Case("not-one-of", "1.yaml:11:11", own("relink: always", "tables: [a]"), "always (text)"),
    Case("yaml-syntax", "0.yaml:2:3", ("a: b\n c: d\n",)),
    Case("yaml-syntax", "0.yaml:1:4", ("a: *nothing\n",), "found undefined alias"),
    Case("yaml-tag", "1.yaml:11:16", own("attachments: !!bool true", "tables: [account]"), "tag:yaml.org,2002:bool"),
]
SHOWN_ELSEWHERE = {
    "invalid-guard",
    "invalid-manifest",
    "json-syntax",
    "link-to-folder",
    "no-manifests",
    "no-such-path",
    "not-a-solution",
    "not-one-document",
    "outside-root",
    "too-large",
    "too-many-errors",
    "too-many-files",
    "unknown-assumption",
    "unreadable-file",
    "xml-doctype",
    "xml-syntax",
}


@pytest.mark.parametrize("case", CASES, ids=[f"{number}-{case.code}" for number, case in enumerate(CASES)])
def test_says_where_and_what_to_do(case: Case, tmp_path: Path) -> None:
    result = loaded(tmp_path, *case.files)
    diagnostics = [d for d in result.diagnostics if d.code == case.code]
    assert diagnostics, result.diagnostics
    diagnostic = diagnostics[0]
    assert diagnostic.location is not None
    assert str(diagnostic.location).removeprefix(f"{tmp_path}{os.sep}") == case.at
    assert diagnostic.summary.endswith((".", "?"))
    assert diagnostic.remedy
    assert diagnostic.nearest == case.nearest
    if case.found is not None:
        assert diagnostic.found == case.found
    assert diagnostic.remedy.startswith(case.remedy)
    assert tuple(str(place).removeprefix(f"{tmp_path}{os.sep}") for place in diagnostic.related) == case.related
    others = {d.code for d in result.diagnostics} - {case.code, "no-manifests", "missing-field", "not-one-of"}
    assert not others


def test_every_code_has_a_case() -> None:
    assert {case.code for case in CASES} | SHOWN_ELSEWHERE == set(CODES)
    assert not {case.code for case in CASES} & SHOWN_ELSEWHERE


def test_all_errors_of_a_run_are_shown_sorted(tmp_path: Path) -> None:
    result = loaded(
        tmp_path, link("b", "  intervall: 1h\n  attachments: 3\n", env="nowhere"), b"\xff", "a: [\n", tables("Bad")
    )
    assert result.state is None
    assert [(d.location.file[-6:], d.code) for d in result.diagnostics if d.location] == [
        ("0.yaml", "unknown-field"),
        ("0.yaml", "wrong-type"),
        ("1.yaml", "not-utf8"),
        ("2.yaml", "yaml-syntax"),
        ("3.yaml", "wrong-format"),
    ]
    assert list(result.diagnostics) == sorted(result.diagnostics, key=lambda d: d.sort_key())


def test_the_source_line_is_shown(tmp_path: Path) -> None:
    result = loaded(tmp_path, environment(), link(rest="  attachments: perhaps  # so\n  tables: [account]\n"))
    assert [d.excerpt for d in result.diagnostics] == ["  attachments: perhaps  # so"]


def test_errors_of_one_document_have_a_bound(tmp_path: Path) -> None:
    result = loaded(tmp_path, tables(rest="  tables:\n" + "  - 1\n" * 5000))
    codes = [d.code for d in result.diagnostics]
    assert codes.count("wrong-type") == 100
    assert codes.count("too-many-errors") == 1


def test_a_refused_document_is_known_by_name(tmp_path: Path) -> None:
    """One mistake, one diagnostic: what refers to the document is not wrong because the document is."""
    result = loaded(
        tmp_path,
        environment().replace("tenantId", "tenant"),
        link(rest="  include: [team]\n"),
        tables(rest="  table: []\n"),
    )
    assert [d.code for d in result.diagnostics] == ["unknown-field", "unknown-field"]


def test_an_unreadable_rest_hides_no_reference(tmp_path: Path) -> None:
    """Names may stand in what could not be read: nothing is said of them."""
    result = loaded(tmp_path, link(), "a: [\n")
    assert [d.code for d in result.diagnostics] == ["yaml-syntax"]


def test_too_large(tmp_path: Path) -> None:
    result = loaded(tmp_path, b"#" * (MAX_BYTES + 1))
    assert [d.code for d in result.diagnostics] == ["too-large"]
