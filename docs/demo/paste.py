"""``make demo | python docs/demo/paste.py``: puts what the demo printed into the blocks of README.md that show it."""

from __future__ import annotations

import re
import sys
from pathlib import Path

README = Path(__file__).parents[2] / "README.md"
_BLOCK = re.compile(r"^```\n(\$ (.+)\n(?:.*\n)*?)```$", re.MULTILINE)
_AGE = re.compile(r"(less than a minute|\d+ (min|h|days?)( \d+ (min|h))?) ago")


def shown(output: str) -> dict[str, str]:
    """What each command of the demo printed, itself in the first line, by command."""
    parts = re.split(r"^(?=\$ )|^== .*\n", output, flags=re.MULTILINE)
    return {part.partition("\n")[0][2:]: part.rstrip() + "\n" for part in parts if part.startswith("$ ")}


def blocks(page: str) -> dict[str, str]:
    """The blocks of a page that show a command of the demo, by command."""
    return {match[2]: match[1] for match in _BLOCK.finditer(page) if match[2].startswith("reconciler ")}


def timeless(block: str) -> list[str]:
    """Its lines, sorted, without what differs from run to run: how long ago something was written, and the order of the
    lines that tell of environments side by side."""
    return sorted(_AGE.sub("... ago", line) for line in block.splitlines())


def pasted(page: str, output: str) -> str:
    """The page with the present output of every command that it shows, where more than times differs."""
    printed = shown(output)

    def block(match: re.Match[str]) -> str:
        now = printed.get(match[2], match[1])
        return f"```\n{match[1] if timeless(now) == timeless(match[1]) else now}```"

    return _BLOCK.sub(block, page)


if __name__ == "__main__":
    README.write_text(pasted(README.read_text(encoding="utf-8"), sys.stdin.read()), encoding="utf-8")
