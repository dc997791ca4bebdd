from __future__ import annotations

from pathlib import Path

import pytest

from reconciler.manifests.configuration import load_configuration
from reconciler.manifests.schemas import CONFIGURATION, schema
from reconciler.model.cloud import CLOUDS
from reconciler.model.configuration import BlobLease, Configuration, SignIn
from reconciler.model.diagnostic import Diagnostic
from reconciler.model.errors import InvalidInput
from reconciler.model.limits import LIMITS, Limits, Service, Share

HEAD = "apiVersion: reconciler/v1\nkind: Configuration\n"


def refused(folder: Path, text: str) -> list[Diagnostic]:
    path = folder / "reconciler.yaml"
    path.write_text(text)
    with pytest.raises(InvalidInput) as error:
        load_configuration(path)
    return list(error.value.diagnostics)


def test_defaults_without_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert load_configuration(None) == Configuration()


def test_the_file_at_the_root_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("reconciler.yaml").write_text(HEAD + "cloud: gcc\n")
    assert load_configuration(None).cloud is CLOUDS["gcc"]


def test_everything(tmp_path: Path) -> None:
    path = tmp_path / "c.yaml"
    path.write_text(
        HEAD
        + "cloud: china\nmanifests: fleet\nconcurrency: 4\nsignIn: deviceCode\n"
        + "assumptions: {rows-change-at: activate}\n"
    )
    assert load_configuration(path) == Configuration(
        CLOUDS["china"], "fleet", 4, SignIn.DEVICE_CODE, {"rows-change-at": "activate"}
    )


def test_limits_that_are_left_out_keep_their_defaults(tmp_path: Path) -> None:
    path = tmp_path / "c.yaml"
    path.write_text(HEAD + "limits:\n  dataverse: {percent: 50}\n  graph: {concurrent: 2}\n  minutesPerChange: 5\n")
    assert load_configuration(path).limits == Limits(
        {Service.DATAVERSE: Share(50), Service.GRAPH: Share(100, 2)}, minutes_per_change=5
    )


def test_the_schema_tells_the_defaults_that_hold() -> None:
    """What editors show and what a run does are written in two places."""
    described = schema(CONFIGURATION)["properties"]["limits"]["properties"]
    assert set(described) == {*Service, "minutesPerEnvironment", "minutesPerChange"}
    for service, limit in LIMITS.items():
        told = described[service]["properties"].get("concurrent")
        assert told is None or told["default"] == limit.concurrent
    assert described["minutesPerEnvironment"]["default"] == Limits().minutes_per_environment
    assert described["minutesPerChange"]["default"] == Limits().minutes_per_change


@pytest.mark.parametrize(
    ("text", "code", "line", "nearest"),
    [
        ("cloud: gccc\n", "not-one-of", 3, "gcc"),
        ("manifest: x\n", "unknown-field", 3, "manifests"),
        ("concurrency: 0\n", "out-of-range", 3, None),
        ("signIn: off\n", "ambiguous-scalar", 3, None),
        ("limits: {dataversee: {percent: 5}}\n", "unknown-field", 3, "dataverse"),
        ("limits: {dataverse: {percent: 0}}\n", "out-of-range", 3, None),
        ("limits: {storageProvider: {concurrent: 4}}\n", "unknown-field", 3, None),
        ("limits: {minutesPerEnvironment: 0}\n", "out-of-range", 3, None),
        ("assumptions: {rows-change: put}\n", "unknown-assumption", 3, "rows-change-at"),
        ("assumptions: {rows-change-at: puts}\n", "not-one-of", 3, "put"),
        ("---\n" + HEAD, "not-one-document", 4, None),
        ("a: [\n", "yaml-syntax", 4, None),
    ],
)
def test_mistakes(tmp_path: Path, text: str, code: str, line: int, nearest: str | None) -> None:
    (diagnostic,) = refused(tmp_path, HEAD + text)
    assert diagnostic.location is not None
    assert (diagnostic.code, diagnostic.location.line, diagnostic.nearest) == (code, line, nearest)
    assert diagnostic.remedy


def test_no_manifest_is_a_configuration(tmp_path: Path) -> None:
    (diagnostic,) = refused(tmp_path, "apiVersion: reconciler/v1\nkind: Environment\n")
    assert (diagnostic.code, diagnostic.expected) == ("unknown-kind", "one of Configuration")


def test_empty_and_missing(tmp_path: Path) -> None:
    assert [d.code for d in refused(tmp_path, "# nothing\n")] == ["not-one-document"]
    with pytest.raises(InvalidInput) as error:
        load_configuration(tmp_path / "gone.yaml")
    assert [d.code for d in error.value.diagnostics] == ["unreadable-file"]


TENANT = "2B8E4D6F-1a3c-4c5e-8f70-9a1b2c3d4e5f"


def test_locks_are_files_unless_a_container_is_named(tmp_path: Path) -> None:
    path = tmp_path / "c.yaml"
    path.write_text(HEAD + "lock: {type: file}\n")
    assert load_configuration(path).lock is None
    path.write_text(
        HEAD + f"lock: {{type: blob, storageAccount: abc, container: locks, tenantId: {TENANT}, prefix: a/}}\n"
    )
    assert load_configuration(path).lock == BlobLease("abc", "locks", TENANT.lower(), "a/")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("{type: table}", "not-one-of"),
        ("{type: file, container: locks}", "field-not-allowed"),
        (f"{{type: blob, storageAccount: abc, tenantId: {TENANT}}}", "missing-field"),
        (f"{{type: blob, storageAccount: abc.example, container: locks, tenantId: {TENANT}}}", "wrong-format"),
        (f"{{type: blob, storageAccount: abc, container: locks, tenantId: {TENANT}, prefix: ../a}}", "wrong-format"),
        ("blob", "wrong-type"),
    ],
)
def test_a_lock_names_things_and_no_addresses(tmp_path: Path, text: str, code: str) -> None:
    assert [found.code for found in refused(tmp_path, HEAD + f"lock: {text}\n")] == [code]
