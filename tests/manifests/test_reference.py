from __future__ import annotations

from pathlib import Path

import pytest

from reconciler.manifests.codes import CODES
from reconciler.manifests.reference import main, render_codes, render_kind, render_pages
from reconciler.manifests.schemas import KINDS

COMMITTED = Path(__file__).parents[2] / "docs" / "reference"


@pytest.mark.parametrize("name", [*(f"{kind}.md" for kind in KINDS), "diagnostics.md"])
def test_the_committed_pages_are_current(name: str) -> None:
    assert (COMMITTED / name).read_text(encoding="utf-8") == render_pages()[name], (
        "run: python -m reconciler.manifests.reference docs/reference"
    )


def test_a_page_says_every_field_and_rule() -> None:
    page = render_kind("SynapseLink")
    assert "| `spec.tables[].recordCountPerBlock` | integer from 1 to 2147483647 |" in page
    assert "- Where `spec.state` is `absent`: needs `spec.data`." in page
    assert "- Where `spec.destination.type` is `incremental`: takes no `spec.destination.workspace`" in page
    assert "`spec.principal` has exactly one of `user`, `group`" in render_kind("RoleAssignment")


def test_every_code_is_described() -> None:
    page = render_codes()
    for name, code in CODES.items():
        assert f"| `{name}` |" in page
        assert code.meaning.endswith(".")
        assert code.remedy.endswith(".")


def test_the_pages_are_written(tmp_path: Path) -> None:
    main(tmp_path / "reference")
    assert {path.name: path.read_text() for path in (tmp_path / "reference").iterdir()} == render_pages()
