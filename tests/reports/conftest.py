"""Golden files: what a renderer gave when somebody last read it with a reader's eye.

A test compares with tests/reports/golden/<name>. After a change that is meant, run ``RENEW_GOLDEN=1 pytest
tests/reports``, read the difference that git shows, and commit it with the change.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

GOLDEN = Path(__file__).parent / "golden"


@pytest.fixture
def assert_golden() -> Callable[[str, str], None]:
    """Compares a text with a golden file, or renews the file."""

    def compare(text: str, name: str) -> None:
        path = GOLDEN / name
        if os.environ.get("RENEW_GOLDEN"):
            path.write_text(text, encoding="utf-8", newline="\n")
        assert text == path.read_text(encoding="utf-8"), f"{name} differs: if that is meant, RENEW_GOLDEN=1 pytest"

    return compare
