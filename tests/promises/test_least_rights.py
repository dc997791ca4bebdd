"""docs/least-rights.md, row by row: a command does its work with exactly the rights that stand there, and says what it
misses without one of them."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from reconciler.cli import _COMMANDS
from reconciler.simulator import Cloud
from tests.cli.run import Said, call
from tests.fleet import CLOUD, SALES, TENANT, write_manifests

Start = Callable[..., AbstractContextManager[Cloud]]
NOTHING = {
    "app": dict.fromkeys(("dataverse", "bap", "azure", "metadataWrite", "storage", "synapse", "directory"), False),
    "user": dict.fromkeys(
        ("dataverse", "bap", "azure", "metadataWrite", "storage", "synapse", "directory", "linkAdministrator"), False
    ),
}
URL = "https://contoso-sales.crm4.dynamics.com"


@dataclass(frozen=True)
class Row:
    """A command, the rights of the application and the person that it works with, and what ends it well."""

    words: str
    app: tuple[str, ...] = ()
    user: tuple[str, ...] = ()
    codes: tuple[int, ...] = (0, 2)

    def cloud(self, *, without: str = "") -> dict[str, Any]:
        principals = {
            "app": NOTHING["app"] | {right: True for right in self.app if f"app.{right}" != without},
            "user": NOTHING["user"] | {right: True for right in self.user if f"user.{right}" != without},
        }
        return {**CLOUD, "principals": principals}

    @property
    def rights(self) -> list[str]:
        return [f"app.{right}" for right in self.app] + [f"user.{right}" for right in self.user]


ADMINISTRATOR = ("dataverse", "linkAdministrator")  # System Administrator of the environment, as its two systems see it
ROWS = [
    Row("plan --sign-in none", ("dataverse", "azure")),
    Row("drift --sign-in none", ("dataverse", "azure")),
    Row("status --sign-in none", ("dataverse",)),
    Row("probe --sign-in none", ("dataverse", "bap"), codes=(0,)),
    Row(f"import found --sign-in none --tenant {TENANT} --url {URL}", ("dataverse",), codes=(0,)),
    Row(f"import found --sign-in none --tenant {TENANT} --environment-id {SALES}", ("dataverse", "bap"), codes=(0,)),
    Row("apply --yes --environment sales", ("dataverse", "azure", "bap"), ADMINISTRATOR, codes=(0,)),
    Row("apply --yes", ("dataverse", "azure", "bap", "metadataWrite"), ADMINISTRATOR, codes=(0,)),
]


@pytest.fixture
def said(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Callable[[Cloud, str], Said]:
    """Runs a command in a folder of the fleet's manifests."""

    def run(cloud: Cloud, words: str) -> Said:
        monkeypatch.chdir(tmp_path)
        monkeypatch.setenv("RECONCILER_ENDPOINTS", str(cloud.endpoints))
        write_manifests(tmp_path / "manifests")
        return call(capsys, *words.split())

    return run


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.words[:30])
def test_a_command_does_its_work_with_these_rights_alone(start_cloud: Start, said: Any, row: Row) -> None:
    with start_cloud(row.cloud()) as cloud:
        found = said(cloud, row.words)
        assert found.code in row.codes, found
        assert "unreadable" not in found.out + found.err


MISSED = {
    "app.dataverse": "answered 403|not read",
    "app.azure": "[Rr]eader|can't be told|could not be|not visible|unknown",
    "app.bap": "admin management application|answered 403|not read",
    "app.metadataWrite": "answered 403",
    "user.dataverse": "System Administrator",
    "user.linkAdministrator": "System Administrator",
}
CASES = [(row, right) for row in ROWS for right in row.rights]


@pytest.mark.parametrize(("row", "right"), CASES, ids=[f"{row.words[:24]}, {right}" for row, right in CASES])
def test_without_one_of_them_it_says_what_it_misses(start_cloud: Start, said: Any, row: Row, right: str) -> None:
    with start_cloud(row.cloud(without=right)) as cloud:
        found = said(cloud, row.words)
    assert re.search(MISSED[right], found.out + found.err), found


def test_every_command_has_its_row() -> None:
    page = (Path(__file__).parents[2] / "docs" / "least-rights.md").read_text(encoding="utf-8")
    rows = "".join(line.split("|")[1] for line in page.splitlines() if line.startswith("|"))
    told = set(re.findall(r"`([a-z]+)", rows))
    assert set(_COMMANDS) - {"simulator"} <= told
