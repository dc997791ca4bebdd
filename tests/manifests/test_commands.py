from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from reconciler.cli.schema import schema
from reconciler.cli.validate import validate
from reconciler.manifests.schemas import KINDS, PLAN, schema_text
from tests.manifests.texts import environment, link


@pytest.fixture
def fleet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "manifests"
    folder.mkdir()
    (folder / "a.yaml").write_text(environment())
    (folder / "b.yaml").write_text(link())
    return folder


def test_valid(fleet: Path) -> None:
    result = CliRunner().invoke(validate, [])
    assert result.exit_code == 0
    assert result.output == "Valid: 2 files, 2 documents, 0 errors, 0 warnings.\n"


def test_not_valid(fleet: Path) -> None:
    (fleet / "b.yaml").write_text(link(env="prd"))
    result = CliRunner().invoke(validate, ["manifests"])
    assert result.exit_code == 3
    assert "at manifests/b.yaml:6:16\n" in result.output
    assert "did you mean 'prod'?" in result.output
    assert result.output.endswith("Not valid: 2 files, 2 documents, 1 error, 0 warnings.\n")


def test_json(fleet: Path) -> None:
    (fleet / "b.yaml").write_text(link(env="prd"))
    result = CliRunner().invoke(validate, ["manifests", "--format", "json"])
    assert result.exit_code == 3
    report = json.loads(result.output)
    assert report["valid"] is False
    assert report["summary"] == {"files": 2, "documents": 2, "errors": 1, "warnings": 0}
    assert report["diagnostics"][0]["location"] == {"file": "manifests/b.yaml", "line": 6, "column": 16}


def test_schema() -> None:
    for kind in (*KINDS, PLAN):
        assert CliRunner().invoke(schema, [kind]).output == schema_text(kind)
    assert CliRunner().invoke(schema, []).output == schema_text()


def test_schema_of_nothing() -> None:
    result = CliRunner().invoke(schema, ["SynapseLnk"])
    assert result.exit_code == 2
    assert "Did you mean 'SynapseLink'?" in result.output
    assert "Did you mean" not in CliRunner().invoke(schema, ["x"]).output


def test_validating_imports_no_cloud_package(fleet: Path) -> None:
    code = """
import sys
from click.testing import CliRunner
from reconciler.cli.validate import validate
assert CliRunner().invoke(validate, [sys.argv[1]]).exit_code == 0
heavy = {"azure", "msgraph", "requests", "jsonschema", "rich", "deepdiff", "uvicorn", "trustme"}
print(sorted(heavy & {name.partition(".")[0] for name in sys.modules}))
"""
    done = subprocess.run(
        [sys.executable, "-c", code, str(fleet)],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[2],
    )
    assert done.stdout == "[]\n"
