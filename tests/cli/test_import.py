"""reconciler import: manifests of what exists, whose first plan is empty, whatever exists."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
import yaml

from benchmarks.linked_environment import LINKS, TABLES, linked_environment
from reconciler.cli.import_live import _read
from reconciler.cli.imported import write_new
from reconciler.manifests import load
from reconciler.model.cloud import CLOUDS
from reconciler.model.configuration import Configuration
from reconciler.model.errors import Refused
from reconciler.simulator import Cloud, running
from tests.cli.run import call
from tests.conftest import clients_of
from tests.fleet import CLOUD, ENVIRONMENTS, SALES, SERVICE, SUBSCRIPTION, TENANT
from tests.manifests.test_solution import SCHEMA, xml_of

Captured = pytest.CaptureFixture[str]
DELTA = {"environment": "service", "account": "servicelake", "type": "delta", "workspace": "ws-service"}
FABRIC = {"environment": "sales", "type": "fabric", "fabricWorkspace": SERVICE, "tables": ["account"]}


def seed(cloud: Cloud, *links: dict[str, Any], keep: bool = True) -> None:
    """The fleet with these links besides its own, or instead of them."""
    cloud.seed({**CLOUD, "links": [*(CLOUD["links"] if keep else ()), *links]}, replace=True)


def written(folder: Path) -> dict[str, bytes]:
    """All files below a folder."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_writes_manifests_whose_first_plan_is_empty(cloud: Cloud, folder: Path, capsys: Captured) -> None:
    call(capsys, "apply", "--yes")
    cloud.edit("sales", "saleslake", interval=45, attachments=True)
    said = call(capsys, "import", "out", "--tenant", TENANT)
    assert said.code == 0
    assert "Wrote 2 environments, 2 links, 6 tables to out." in said.out
    assert "Their first plan is empty." in said.out
    assert call(capsys, "plan", "--manifests", "out").out == "Plan: nothing to do. 2 environments read.\n"
    assert call(capsys, "drift", "--manifests", "out").code == 0
    link = yaml.safe_load((folder / "out/contoso-sales/contoso-sales-saleslake.yaml").read_text())
    assert link["spec"]["interval"] == "45m"
    assert link["spec"]["attachments"] is True


def test_keeps_settings_of_single_tables(cloud: Cloud, folder: Path, capsys: Captured) -> None:
    tables = [
        "account",
        {"name": "contact", "appendOnly": True, "partition": "Year"},
        {"name": "lead", "partition": "Year"},
        {"name": "task", "block": 500},
    ]
    seed(cloud, {**CLOUD["links"][0], "tables": tables}, keep=False)
    assert call(capsys, "import", "out", "--tenant", TENANT).code == 0
    assert call(capsys, "drift", "--manifests", "out").code == 0


def test_tables_in_common_become_lists_unless_told_otherwise(cloud: Cloud, folder: Path, capsys: Captured) -> None:
    tables = ["account", "contact", "task"]
    seed(cloud, {"environment": "service", "account": "servicelake", "container": "dataverse-x", "tables": tables})
    said = call(capsys, "import", "out", "--tenant", TENANT)
    assert "Wrote 2 environments, 2 links, 6 tables, 1 shared list to out." in said.out
    assert yaml.safe_load((folder / "out/tables/common-tables.yaml").read_text())["spec"]["tables"] == tables
    assert call(capsys, "import", "plain", "--tenant", TENANT, "--no-lists").code == 0
    assert not (folder / "plain/tables").exists()
    for where in ("out", "plain"):
        assert call(capsys, "drift", "--manifests", where).code == 0


def test_overwrites_nothing(folder: Path, capsys: Captured) -> None:
    before = written(folder / "manifests")
    said = call(capsys, "import", "manifests", "--tenant", TENANT)
    assert (said.code, "nothing is overwritten" in said.err, "--missing" in said.err) == (4, True, True)
    assert written(folder / "manifests") == before


@pytest.mark.parametrize(
    "words",
    [
        ("--url", "https://contoso-sales.crm4.dynamics.com/"),
        ("--environment-id", SALES.upper()),
        ("--url", "https://contoso-sales.crm4.dynamics.com", "--environment-id", SALES),
    ],
)
def test_takes_one_environment_alone(folder: Path, capsys: Captured, words: tuple[str, ...]) -> None:
    assert call(capsys, "import", "out", "--tenant", TENANT, *words).code == 0
    assert [path.name for path in (folder / "out").iterdir()] == ["contoso-sales"]


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (("--tenant", TENANT, "--url", "https://evil.example"), 4, "evil.example"),
        (("--tenant", TENANT, "--url", "http://x"), 3, "no address"),
        (("--tenant", TENANT, "--environment-id", "x"), 3, "no id of an environment"),
        (("--tenant", TENANT, "--environment-id", SUBSCRIPTION), 1, "shows no environment"),
        (("--tenant", TENANT, "--container", "x"), 3, "go with --solution"),
        ((), 3, "--tenant"),
    ],
)
def test_bad_words_write_nothing(
    folder: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], code: int, message: str
) -> None:
    monkeypatch.delenv("AZURE_TENANT_ID", raising=False)
    said = call(capsys, "import", "out", *words)
    assert (said.code, message in said.err) == (code, True), said.err
    assert not (folder / "out").exists()


def test_delta_links_are_declared_where_their_pool_can_be_told(cloud: Cloud, folder: Path, capsys: Captured) -> None:
    seed(cloud, {**DELTA, "sparkPool": "convert", "tables": ["account"]})
    assert call(capsys, "import", "out", "--tenant", TENANT).code == 0
    text = (folder / "out/contoso-service/contoso-service-servicelake.yaml").read_text()
    assert yaml.safe_load(text)["spec"]["destination"]["sparkPool"] == "convert"
    assert "# Inferred from the link's sparkpoolconfig" in text
    assert call(capsys, "drift", "--manifests", "out").code == 0


def test_links_that_nobody_can_declare_are_written_for_a_person(cloud: Cloud, folder: Path, capsys: Captured) -> None:
    seed(cloud, FABRIC)
    said = call(capsys, "import", "out", "--tenant", TENANT)
    assert said.code == 0
    assert "1 link to be completed by hand" in said.out
    assert "contoso-sales-fabric.yaml.incomplete: the fabric link is not declared yet" in said.out
    assert call(capsys, "validate", "out").code == 0
    before = written(folder / "out")
    again = call(capsys, "import", "out", "--tenant", TENANT, "--missing")
    assert again.code == 0
    assert written(folder / "out") == before


def test_links_that_are_gone_are_told(cloud: Cloud, folder: Path, capsys: Captured) -> None:
    seed(cloud, {"environment": "service", "account": "flatlake", "state": "deleted", "tables": ["account"]})
    said = call(capsys, "import", "out", "--tenant", TENANT)
    assert (said.code, "links that are gone are not imported: flatlake" in said.out) == (0, True)


def test_one_environment_that_cannot_be_read_does_not_stop_the_others(
    cloud: Cloud, folder: Path, capsys: Captured
) -> None:
    cloud.seed({**CLOUD, "principals": {"app": {"dataverse": ["sales"]}}}, replace=True)
    said = call(capsys, "import", "out", "--tenant", TENANT)
    assert said.code == 1
    assert "environment-not-authorised" in said.err
    assert "Wrote 1 environment, 1 link, 3 tables to out." in said.out
    assert "Their first plan is empty." in said.out


def test_missing_adds_what_is_not_declared_and_touches_nothing(cloud: Cloud, folder: Path, capsys: Captured) -> None:
    call(capsys, "apply", "--yes")
    (folder / "manifests/links.yaml").write_text(
        (folder / "manifests/links.yaml").read_text().partition("---\n")[0], encoding="utf-8"
    )
    before = written(folder / "manifests")
    said = call(capsys, "import", "manifests", "--tenant", TENANT, "--missing")
    assert said.code == 0
    assert "Wrote 0 environments, 1 link, 2 tables to manifests." in said.out
    after = written(folder / "manifests")
    assert sorted(after.keys() - before.keys()) == ["service/service-servicelake.yaml"]
    assert {name: after[name] for name in before} == before
    assert call(capsys, "plan").code == 0
    again = call(capsys, "import", "manifests", "--tenant", TENANT, "--missing")
    assert (again.code, again.out) == (0, "Nothing is missing: manifests declare every link that was found.\n")


def test_missing_finds_other_names_where_its_own_are_taken(cloud: Cloud, folder: Path, capsys: Captured) -> None:
    text = (folder / "manifests/environments.yaml").read_text().partition("\n---\n")[0]
    (folder / "manifests/environments.yaml").write_text(text.replace("name: sales", "name: contoso-service"))
    links = (folder / "manifests/links.yaml").read_text().partition("---\n")[0]
    links = links.replace("environment: sales", "environment: contoso-service").replace("30m", "1h")
    (folder / "manifests/links.yaml").write_text(links.replace("lead", "task"))
    said = call(capsys, "import", "manifests", "--tenant", TENANT, "--missing")
    assert said.code == 0, said
    assert (folder / "manifests/contoso-service-2/environment.yaml").exists()
    assert call(capsys, "plan").code == 0


def test_missing_refuses_a_folder_that_it_cannot_read(folder: Path, capsys: Captured) -> None:
    (folder / "manifests/broken.yaml").write_text("a: [", encoding="utf-8")
    assert call(capsys, "import", "manifests", "--tenant", TENANT, "--missing").code == 3


def test_nothing_is_written_through_links_that_lead_out(folder: Path, capsys: Captured) -> None:
    (folder / "elsewhere").mkdir()
    (folder / "out").mkdir()
    (folder / "out/contoso-sales").symlink_to(folder / "elsewhere")
    said = call(capsys, "import", "out", "--tenant", TENANT)
    assert (said.code, "leads out of the folder" in said.err) == (4, True)
    assert list((folder / "elsewhere").iterdir()) == []
    assert [path.name for path in (folder / "out").iterdir()] == ["contoso-sales"]


def test_a_profile_that_was_never_activated_is_told(cloud: Cloud, folder: Path, capsys: Captured) -> None:
    cloud.edit("sales", "saleslake", leave_inactive=True, interval=15)
    said = call(capsys, "import", "out", "--tenant", TENANT)
    assert (said.code, "The first plan is not empty: see above." in said.err) == (1, True)
    assert "contoso-sales-saleslake" in said.out


def test_a_file_that_stands_in_the_way_is_said(folder: Path, capsys: Captured) -> None:
    (folder / "out").mkdir()
    (folder / "out/contoso-sales").write_text("mine")
    said = call(capsys, "import", "out", "--tenant", TENANT)
    assert (said.code, "contoso-sales" in said.err) == (1, True)
    assert (folder / "out/contoso-sales").read_text() == "mine"


@pytest.mark.parametrize("fault", ["nonsense", "refused", "reset-before", "error"])
def test_a_service_that_answers_nonsense_is_said(cloud: Cloud, folder: Path, capsys: Captured, fault: str) -> None:
    cloud.faults.add(fault, "dataverse.*", times=50)
    said = call(capsys, "import", "out", "--tenant", TENANT)
    assert said.code == 1
    assert "could not be read" in said.err


def test_an_environment_that_no_manifest_could_describe_is_as_good_as_unreadable(
    cloud: Cloud, configuration: Configuration
) -> None:
    strange = replace(ENVIRONMENTS["sales"], environment_id="none")
    with clients_of(cloud, configuration) as clients:
        live = _read(clients, [strange, ENVIRONMENTS["service"]], configuration)
    assert live["sales"].unreadable is not None
    assert live["sales"].unreadable.remedy
    assert live["service"].unreadable is None


@pytest.fixture(scope="module")
def big_cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    """An environment with as many links as the service allows, and 2,000 tables."""
    with ExitStack() as stack:
        yield stack.enter_context(running(tmp_path_factory.mktemp("big"), seed=linked_environment()))


def test_ten_links_and_two_thousand_tables(
    big_cloud: Cloud, tmp_path: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("RECONCILER_ENDPOINTS", str(big_cloud.endpoints))
    began = time.monotonic()
    said = call(capsys, "import", "out", "--tenant", TENANT)
    assert said.code == 0
    assert "Their first plan is empty." in said.out
    assert call(capsys, "plan", "--manifests", "out").out == "Plan: nothing to do. 1 environment read.\n"
    assert time.monotonic() - began < 60
    state = load(tmp_path / "out", CLOUDS["public"]).state
    assert state is not None
    assert len(state.links) == LINKS
    assert len({table.name for link in state.links for table in link.tables}) == TABLES
    lines = sum(len(path.read_text().splitlines()) for path in (tmp_path / "out").rglob("*.yaml"))
    assert lines < sum(len(link.tables) for link in state.links) / 2


def solution(folder: Path, *schemas: dict[str, Any]) -> Path:
    """A file with links in a solution's form."""
    path = folder / "customizations.xml"
    path.write_text(xml_of(*(schemas or (SCHEMA,))), encoding="utf-8")
    return path


XML = ("--solution", "customizations.xml", "--environment")


def test_a_solution_becomes_manifests_offline(
    cloud: Cloud, folder: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("RECONCILER_ENDPOINTS")
    solution(folder)
    said = call(capsys, "import", "out", *XML, "sales", "--container", "dataverse-sales")
    assert said.code == 0
    assert "Complete out/sales/environment.yaml.incomplete" in said.out
    link = yaml.safe_load((folder / "out/sales/sales-saleslake.yaml").read_text())
    assert link["spec"]["destination"]["container"] == "dataverse-sales"
    assert len(cloud.record) == 0


def test_a_solution_is_added_to_manifests_and_planned(cloud: Cloud, folder: Path, capsys: Captured) -> None:
    environments = (folder / "manifests/environments.yaml").read_text()
    out = folder / "out"
    out.mkdir()
    (out / "environments.yaml").write_text(environments, encoding="utf-8")
    solution(folder, {**SCHEMA, "WorkspaceDevEndpoint": "", "Entities": [{"Type": "account"}, {"Type": "lead"}]})
    said = call(capsys, "import", "out", *XML, "sales")
    assert (said.code, "Add container to spec.values of Environment 'sales'" in said.out) == (0, True)
    assert "no value named 'container'" in call(capsys, "validate", "out").out
    (out / "environments.yaml").write_text(
        environments.replace("  tenantId", "  values: {container: dataverse-sales}\n  tenantId"), encoding="utf-8"
    )
    assert call(capsys, "validate", "out").code == 0
    plan = json.loads(call(capsys, "plan", "-m", "out", "--format", "json").out)
    paths = {field["path"] for change in plan["changes"] for field in change["fields"]}
    assert {"interval", "tables[lead]"} <= paths
    assert "declare every link of customizations.xml" in call(capsys, "import", "out", *XML, "sales").out


def test_the_links_of_a_solution_share_lists(folder: Path, capsys: Captured) -> None:
    entities = [{"Type": name} for name in ("account", "contact", "task")]
    solution(folder, {**SCHEMA, "Entities": entities}, {**SCHEMA, "StorageAccountName": "b" * 5, "Entities": entities})
    assert "1 shared list" in call(capsys, "import", "out", *XML, "sales").out
    assert "shared list" not in call(capsys, "import", "plain", *XML, "sales", "--no-lists").out


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (("--solution", "customizations.xml"), 3, "--environment"),
        ((*XML, "No Name"), 3, "--environment"),
        ((*XML, "sales", "--container", "A_B"), 3, "can't be a container"),
        ((*XML, "sales", "--url", "https://contoso-sales.crm4.dynamics.com"), 3, "no meaning with --solution"),
        (("--solution", "absent.xml", "--environment", "sales"), 3, "absent.xml"),
    ],
)
def test_bad_words_with_a_solution(
    folder: Path, capsys: Captured, words: tuple[str, ...], code: int, message: str
) -> None:
    solution(folder)
    said = call(capsys, "import", "out", *words)
    assert (said.code, message in said.err) == (code, True)
    assert not (folder / "out").exists()


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ("<a", "xml-syntax"),
        ("<!DOCTYPE a><a/>", "xml-doctype"),
        (xml_of("{"), "json-syntax"),
        (xml_of({**SCHEMA, "Entities": 7}), "wrong-type"),
        (xml_of(SCHEMA, SCHEMA), "duplicate-link"),
    ],
)
def test_a_bad_solution_is_said_with_its_place(folder: Path, capsys: Captured, content: str, code: str) -> None:
    (folder / "customizations.xml").write_text(content, encoding="utf-8")
    said = call(capsys, "import", "out", *XML, "sales")
    assert said.code == 3
    assert f"[{code}]" in said.err
    assert "at customizations.xml" in said.err
    assert not (folder / "out").exists()


def test_a_solution_is_not_added_to_manifests_that_are_wrong(folder: Path, capsys: Captured) -> None:
    solution(folder)
    (folder / "manifests/broken.yaml").write_text("a: [", encoding="utf-8")
    before = written(folder / "manifests")
    assert call(capsys, "import", "manifests", *XML, "sales").code == 3
    assert written(folder / "manifests") == before


def test_a_solution_in_a_zip_becomes_the_same_manifests(folder: Path, capsys: Captured) -> None:
    with ZipFile(folder / "solution.zip", "w") as archive:
        archive.write(solution(folder), "customizations.xml")
    for name, file in (("one", "customizations.xml"), ("two", "solution.zip")):
        assert call(capsys, "import", name, "--solution", file, "--environment", "sales").code == 0
    assert written(folder / "one") == written(folder / "two")


def test_files_that_are_there_are_never_overwritten(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("mine")
    (tmp_path / "b.yaml.incomplete").write_text("half")
    with pytest.raises(Refused, match="exists already"):
        write_new(tmp_path, {"new.yaml": "x", "a.yaml": "theirs"})
    assert not (tmp_path / "new.yaml").exists()
    write_new(tmp_path, {"b.yaml.incomplete": "theirs", "new.yaml": "x"})
    assert (tmp_path / "b.yaml.incomplete").read_text() == "half"
