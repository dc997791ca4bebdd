"""reconciler export --solution: a declared link in the form that solutions have."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.run import call
from tests.cli.test_startup import CLOUD as CLOUD_PACKAGES
from tests.cli.test_startup import imported

Captured = pytest.CaptureFixture[str]
ID = "653ae937-c02f-ed11-9db1-0022482dfdbf"


@pytest.fixture(autouse=True)
def offline(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RECONCILER_ENDPOINTS")


def test_a_link_is_written_and_what_is_not_in_it_is_said(folder: Path, capsys: Captured) -> None:
    said = call(capsys, "export", "--solution", "service-link", "--out", "customizations.xml")
    assert (said.code, said.out) == (0, "Wrote 1 link to customizations.xml.\n")
    assert "note: service-link: the container (dataverse-service) is not in it" in said.err
    assert "note: service-link: attachments is not in it" in said.err
    text = (folder / "customizations.xml").read_text()
    assert call(capsys, "export", "--solution", "service-link").out == text


def test_import_of_an_export_exports_the_same(folder: Path, capsys: Captured) -> None:
    call(capsys, "export", "--solution", "sales-link", "service-link", "--out", "one.xml")
    for name, container in (("sales", "dataverse-sales"), ("service", "dataverse-service")):
        call(capsys, "export", "--solution", f"{name}-link", "--out", f"{name}.xml")
        (folder / name).mkdir()
        (folder / name / "environments.yaml").write_text((folder / "manifests/environments.yaml").read_text())
        words = ("--solution", f"{name}.xml", "--environment", name, "--container", container)
        assert call(capsys, "import", name, *words).code == 0
        said = call(capsys, "export", "--solution", f"{name}-{name}lake", "-m", name)
        assert said.out == (folder / f"{name}.xml").read_text()
    assert (folder / "one.xml").read_text().count("<msdyn_name>") == 2


def test_the_id_may_be_given(folder: Path, capsys: Captured) -> None:
    assert f'id="{ID}"' in call(capsys, "export", "--solution", "sales-link", "--id", ID).out
    assert call(capsys, "export", "--solution", "sales-link", "service-link", "--id", ID).code == 3


def test_a_file_is_replaced_only_where_that_is_said(folder: Path, capsys: Captured) -> None:
    (folder / "customizations.xml").write_text("mine")
    words = ("export", "--solution", "sales-link", "--out", "customizations.xml")
    said = call(capsys, *words)
    assert (said.code, "exists already" in said.err) == (4, True)
    assert (folder / "customizations.xml").read_text() == "mine"
    assert call(capsys, *words, "--overwrite").code == 0


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (("--solution", "sale-link"), 3, "Did you mean 'sales-link'?"),
        (("--solution", "\x1b[31m"), 3, "\\x1b"),
        (("sales-link",), 3, "--solution"),
        (("--solution",), 3, "LINK"),
        (("--solution", "sales-link", "-m", "nowhere"), 3, "nowhere"),
    ],
)
def test_bad_words(folder: Path, capsys: Captured, words: tuple[str, ...], code: int, message: str) -> None:
    said = call(capsys, "export", *words)
    assert (said.code, message in said.err) == (code, True)


def test_what_the_form_cannot_say_is_refused(folder: Path, capsys: Captured) -> None:
    path = folder / "manifests/links.yaml"
    path.write_text(path.read_text().replace("{type: csv", "{type: incremental"))
    said = call(capsys, "export", "--solution", "sales-link", "--out", "x.xml")
    assert (said.code, "a solution can say csv alone" in said.err) == (4, True)
    assert not (folder / "x.xml").exists()


@pytest.mark.parametrize(
    "words",
    [("export", "--solution", "no-such-link"), ("import", "x", "--solution", "README.md", "--environment", "dev")],
)
def test_the_forms_of_solutions_need_no_cloud_package(words: tuple[str, ...]) -> None:
    assert not imported(*words) & set(CLOUD_PACKAGES)
