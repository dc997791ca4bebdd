"""YAML text to nodes, with bounds: libyaml's C parser, and no resolving of types."""

from __future__ import annotations

from collections.abc import Iterator

from yaml._yaml import CParser
from yaml.nodes import Node

MAX_DEPTH = 48
"""Nesting that is accepted. The schemas need eight; C code recurses, so a bound has to be there."""


class TooDeep(Exception):
    """Nested more deeply than ``MAX_DEPTH``; ``line`` and ``column`` of the last node before, counted from 1."""

    def __init__(self, line: int, column: int) -> None:
        self.line, self.column = line, column
        super().__init__(f"nested too deeply at {line}:{column}")


class Composer(CParser):
    """The C composer with its calls into Python's resolver answered at once.

    An explicit tag is a string in ``node.tag``; all other nodes have None there.
    """

    def __init__(self, content: bytes) -> None:
        super().__init__(content)
        self._depth = 0

    def resolve(self, _kind: type, _value: object, _implicit: object) -> None:
        """No type is given to scalars here: what they mean is decided where they are read."""

    def descend_resolver(self, parent: Node | None, _index: object) -> None:
        """Called by the C code before each node, which makes it the place to count the depth."""
        self._depth += 1
        if self._depth > MAX_DEPTH:
            mark = parent.start_mark if parent is not None else None
            raise TooDeep(mark.line + 1 if mark else 1, mark.column + 1 if mark else 1)

    def ascend_resolver(self) -> None:
        """Called by the C code after each node."""
        self._depth -= 1


def compose(content: bytes) -> Iterator[Node]:
    """The root node of each document. Raises yaml.YAMLError for text that is no YAML, TooDeep for too much nesting."""
    composer = Composer(content)
    while composer.check_node():
        node = composer.get_node()
        if node is not None:
            yield node
