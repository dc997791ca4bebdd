"""Names for manifests of what exists: short, valid, and free."""

from __future__ import annotations

import re
from collections.abc import Iterable

LONGEST_NAME = 63
_NOT_IN_NAMES = re.compile(r"[^a-z0-9]+")


def slug(text: str, instead: str = "unnamed") -> str:
    """The text as a manifest may be called: lower-case letters, digits and single hyphens, at most 63 of them.

    Names come from services: nothing of ``../`` or of a line's end is left.
    """
    return _NOT_IN_NAMES.sub("-", text.lower()).strip("-")[:LONGEST_NAME].rstrip("-") or instead


class Names:
    """Names that are taken. What is given out is taken, too."""

    def __init__(self, taken: Iterable[str] = ()) -> None:
        self._taken = set(taken)

    def free(self, wanted: str) -> str:
        """The name itself, or the first of ``name-2``, ``name-3`` that is free."""
        name, number = wanted, 1
        while name in self._taken:
            number += 1
            suffix = f"-{number}"
            name = wanted[: LONGEST_NAME - len(suffix)].rstrip("-") + suffix
        self._taken.add(name)
        return name
