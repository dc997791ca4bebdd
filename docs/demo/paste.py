"""``make demo | python docs/demo/paste.py``: puts what the demo printed into the blocks of README.md that show it."""

from __future__ import annotations

import re
import sys
from pathlib import Path

README = Path(__file__).parents[2] / "README.md"
_BLOCK = re.compile(r"^```\n(\$ (.+)\n(?:.*\n)*?)```$", re.MULTILINE)


def shown(output: str) -> dict[str, str]:
    """What each command of the demo printed, itself in the first line, by command."""
    parts = re.split(r"^(?=\$ )|^== .*\n", output, flags=re.MULTILINE)
    return {part.partition("\n")[0][2:]: part.rstrip() + "\n" for part in parts if part.startswith("$ ")}


def blocks(page: str) -> dict[str, str]:
    """The blocks of a page that show a command of the demo, by command."""
    return {match[2]: match[1] for match in _BLOCK.finditer(page) if match[2].startswith("reconciler ")}


def pasted(page: str, output: str) -> str:
    """The page with the present output of every command that it shows."""
    printed = shown(output)
    return _BLOCK.sub(lambda match: f"```\n{printed.get(match[2], match[1])}```", page)


if __name__ == "__main__":
    README.write_text(pasted(README.read_text(encoding="utf-8"), sys.stdin.read()), encoding="utf-8")
