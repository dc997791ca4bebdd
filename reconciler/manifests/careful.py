"""The slow reading of a document that is irregular: says what is wrong, and reads on as well as it can."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from yaml.nodes import MappingNode, Node, ScalarNode

from reconciler.manifests.findings import MOST_FINDINGS, Finding, Path, too_many
from reconciler.manifests.scalars import Ambiguous, read_plain
from reconciler.model.diagnostic import Location

MAX_ALIASED_NODES = 10_000
"""Nodes that aliases of one document may add to what is written."""


@dataclass(frozen=True, slots=True)
class Doubt:
    """An ambiguous scalar in the place of a value: what to write depends on what the schema wants there."""

    path: Path
    scalar: Ambiguous
    location: Location


class _Enough(Exception):
    """A bound is reached; reading on would only cost more."""


@dataclass(slots=True)
class CarefulReading:
    """Data of one document with findings and doubts. Equals the quick reading wherever that succeeds."""

    file: str
    findings: list[Finding] = field(default_factory=list)
    doubts: list[Doubt] = field(default_factory=list)
    _seen: set[int] = field(default_factory=set)
    _open: set[int] = field(default_factory=set)
    _aliased: int = 0

    def read(self, node: Node) -> Any:
        """The data of a document; None where aliases multiply beyond the bound, or too much is wrong."""
        try:
            return self._value(node, (), aliased=False)
        except _Enough:
            return None

    def _value(self, node: Node, path: Path, *, aliased: bool) -> Any:
        self._stop_where_enough()
        # The composer gives an alias the very node of its anchor: a node met again is an alias.
        aliased = aliased or id(node) in self._seen
        self._seen.add(id(node))
        if aliased:
            self._count_alias(node)
        if isinstance(node.tag, str):
            self._refuse_tag(node)
        if isinstance(node, ScalarNode):
            return self._scalar(node, path)
        self._open.add(id(node))
        if isinstance(node, MappingNode):
            result: Any = self._mapping(node, path, aliased=aliased)
        else:
            result = [self._value(item, (*path, index), aliased=aliased) for index, item in enumerate(node.value)]
        self._open.discard(id(node))
        return result

    def _stop_where_enough(self) -> None:
        if len(self.findings) + len(self.doubts) > MOST_FINDINGS:
            self.findings.append(too_many(self.file, "document", MOST_FINDINGS))
            raise _Enough

    def _count_alias(self, node: Node) -> None:
        self._aliased += 1
        if self._aliased > MAX_ALIASED_NODES or id(node) in self._open:
            self.findings.append(
                Finding(
                    code="too-many-aliases",
                    summary="The aliases of this document multiply without bound.",
                    place=self._location(node),
                    expected=f"at most {MAX_ALIASED_NODES:,} values that come from aliases, and none that holds itself",
                    remedy="Write the values out, or share tables through an ExportedTables list.",
                )
            )
            raise _Enough

    def _refuse_tag(self, node: Node) -> None:
        self.findings.append(
            Finding(
                code="yaml-tag",
                summary="Manifests have no YAML tags.",
                place=self._location(node),
                found=str(node.tag),
                remedy="Leave the tag out: the field says what type its value has. Quotes make text.",
            )
        )

    def _scalar(self, node: ScalarNode, path: Path) -> Any:
        if node.style:
            return node.value
        value = read_plain(node.value)
        if isinstance(value, Ambiguous):
            self.doubts.append(Doubt(path, value, self._location(node)))
            return value.text
        return value

    def _mapping(self, node: MappingNode, path: Path, *, aliased: bool) -> dict[str, Any]:
        result: dict[str, Any] = {}
        places: dict[str, Location] = {}
        for key_node, value_node in node.value:
            self._stop_where_enough()
            name = self._key(key_node)
            if name is None:
                continue
            location = self._location(key_node)
            if name in places:
                self._refuse_duplicate(name, location, places[name])
                continue
            places[name] = location
            result[name] = self._value(value_node, (*path, name), aliased=aliased)
        return result

    def _key(self, node: Node) -> str | None:
        if isinstance(node.tag, str):
            self._refuse_tag(node)
        if not isinstance(node, ScalarNode):
            self.findings.append(
                Finding(
                    code="key-not-text",
                    summary="The name of a field is text, not a list or mapping.",
                    place=self._location(node),
                    remedy="A value with braces or brackets at its begin has to be quoted.",
                )
            )
            return None
        value = node.value if node.style else read_plain(node.value)
        if isinstance(value, str):
            return value
        self._refuse_key(node)
        return None

    def _refuse_key(self, node: ScalarNode) -> None:
        text = node.value
        if text == "<<":
            self.findings.append(
                Finding(
                    code="merge-key",
                    summary="Manifests have no merge keys.",
                    place=self._location(node),
                    found="<<",
                    remedy="Write the fields out, or use tableDefaults. Plain aliases (*name) work.",
                )
            )
            return
        self.findings.append(
            Finding(
                code="key-not-text",
                summary="The name of a field is text; this one is read as something else.",
                place=self._location(node),
                found=text or "nothing",
                expected="text",
                remedy=f"Write it in quotes: '{text}'." if text else "Write the name before the colon.",
            )
        )

    def _refuse_duplicate(self, name: str, second: Location, first: Location) -> None:
        self.findings.append(
            Finding(
                code="duplicate-key",
                summary=f"'{name}' is given twice in one mapping.",
                place=second,
                found=f"{name}, given before in line {first.line}",
                remedy="Delete one of the two, or merge what they hold.",
                related=(first,),
            )
        )

    def _location(self, node: Node) -> Location:
        return Location(self.file, node.start_mark.line + 1, node.start_mark.column + 1)
