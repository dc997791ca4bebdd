from __future__ import annotations

from pathlib import Path

import pytest

from reconciler.manifests.configuration import load_configuration
from reconciler.model.cloud import CLOUDS
from reconciler.model.configuration import Configuration, SignIn
from reconciler.model.diagnostic import Diagnostic
from reconciler.model.errors import InvalidInput

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


@pytest.mark.parametrize(
    ("text", "code", "line", "nearest"),
    [
        ("cloud: gccc\n", "not-one-of", 3, "gcc"),
        ("manifest: x\n", "unknown-field", 3, "manifests"),
        ("concurrency: 0\n", "out-of-range", 3, None),
        ("signIn: off\n", "ambiguous-scalar", 3, None),
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
