"""Values and bytes that are nearly right: made from a schema, or from a sound document by changing some of it."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Mapping
from typing import Any

HOSTILE: tuple[Any, ...] = (
    None,
    True,
    0,
    -1,
    1.5,
    10**400,
    1e308,
    "",
    " ",
    "\ud800",
    "\x1b[2J\x1b]0;title\x07",
    "\u202egnp.exe",
    "::set-output name=x::y",
    "<script>alert(1)</script>",
    "${values.a}",
    "${values.${values.a}}",
    "${{ secrets.TOKEN }}",
    "../../../../etc/passwd",
    "https://attacker.example/",
    "9" * 5000,
    "a" * 70_000,
    "NaN",
    "0001-01-01T00:00:00Z",
    "9999-12-31T23:59:59.9999999Z",
    "PT1H",
    [],
    {},
    [[]],
    {"": None},
    [None] * 2000,
)
TOKENS = (
    b"\0",
    b"\xff\xfe",
    b"\xed\xa0\x80",
    b"\t",
    b"- ",
    b": ",
    b"&a ",
    b"*a",
    b"<<: *a",
    b"!!python/object:os.system ",
    b"---\n",
    b"...\n",
    b"{",
    b"}",
    b"[",
    b"]",
    b'"',
    b"\\u",
    b"\\ud800",
    b"NaN",
    b"Infinity",
    b"-",
    b"1e999",
    b"<",
    b"&#0;",
    b"]]>",
    b"<!DOCTYPE x [<!ENTITY a 'a'>]>",
    b"%YAML 9.9\n",
    b"\r",
    b"\xc2\x85",
    b"\xe2\x80\xa8",
    b"${values.",
    b"9" * 400,
    b"[" * 3000,
    b"{a: " * 1500,
    b'{"a":' * 3000,
    b"- " * 3000,
)
_TYPES = ("string", "integer", "number", "boolean", "null", "array", "object")


def of_schema(root: Mapping[str, Any], node: Any, chance: random.Random, depth: int = 0) -> Any:
    """A value that keeps to a JSON Schema most of the time, and then does not in some place."""
    while isinstance(node, dict) and "$ref" in node:
        node = root["$defs"][node["$ref"].rpartition("/")[2]]
    if not isinstance(node, dict) or chance.random() < 0.02 or depth > 12:
        return hostile(chance)
    if "const" in node:
        return node["const"]
    for choice in ("enum", "examples"):
        if node.get(choice) and (choice == "enum" or chance.random() < 0.7):
            return copy.deepcopy(chance.choice(node[choice]))
    for choice in ("oneOf", "anyOf"):
        if node.get(choice) and (not node.get("properties") or chance.random() < 0.3):
            return of_schema(root, chance.choice(node[choice]), chance, depth + 1)
    kinds = node.get("type") or ("object" if "properties" in node else chance.choice(_TYPES))
    kind = chance.choice(kinds) if isinstance(kinds, list) else kinds
    if kind == "object":
        return _object(root, node, chance, depth)
    if kind == "array":
        least = node.get("minItems", 0)
        return [of_schema(root, node.get("items", {}), chance, depth + 1) for _ in range(least + chance.randint(0, 2))]
    return _scalar(kind, node, chance)


def _object(root: Mapping[str, Any], node: dict[str, Any], chance: random.Random, depth: int) -> dict[str, Any]:
    required = node.get("required", [])
    found = {
        name: of_schema(root, field, chance, depth + 1)
        for name, field in node.get("properties", {}).items()
        if chance.random() < (0.98 if name in required else 0.4)
    }
    others = node.get("additionalProperties")
    if isinstance(others, dict):
        found |= {
            chance.choice("abcde"): of_schema(root, others, chance, depth + 1) for _ in range(chance.randint(0, 3))
        }
    return found


def _scalar(kind: str, node: dict[str, Any], chance: random.Random) -> Any:
    if kind in ("integer", "number"):
        return node.get("minimum", 0) + chance.choice((0, 1, 5, 59, 10**6))
    if kind == "boolean":
        return chance.random() < 0.5
    if kind == "null":
        return None
    return chance.choice(
        ("a", "account", "sales", "dev", "60m", "1h", "0f1d3c5b-7a92-4e86-b1d4-000000000001", "lakeone")
    )


def hostile(chance: random.Random) -> Any:
    """A value that nobody expects there."""
    if chance.random() < 0.02:
        return deep(chance.choice(("list", "mapping")), chance.choice((40, 110, 200)))
    return copy.deepcopy(chance.choice(HOSTILE))


def deep(kind: str, depth: int) -> Any:
    """A list in a list, or a mapping in a mapping, so often."""
    value: Any = []
    for _ in range(depth):
        value = [value] if kind == "list" else {"a": value}
    return value


def changed(value: Any, chance: random.Random) -> Any:
    """A copy with one to three places of it changed: removed, doubled, renamed, of another type, or hostile."""
    found = copy.deepcopy(value)
    for _ in range(chance.randint(1, 3)):
        places = list(_places(found))
        if not places:
            return hostile(chance)
        container, key = chance.choice(places)
        _change(container, key, chance)
    return found


def _places(value: Any) -> Any:
    stack = [value]
    while stack:
        node = stack.pop()
        keys = list(node) if isinstance(node, dict) else range(len(node)) if isinstance(node, list) else ()
        for key in keys:
            yield node, key
            stack.append(node[key])


def _change(container: Any, key: Any, chance: random.Random) -> None:
    what = chance.randrange(5)
    if what == 0:
        del container[key]
    elif what == 1:
        value = container[key]
        container[key] = str(value) if not isinstance(value, str) else [value]
    elif what == 2 and isinstance(container, dict):
        container[str(key).swapcase()] = container.pop(key)
    elif what == 3 and isinstance(container, list):
        container.append(copy.deepcopy(container[key]))
    else:
        container[key] = hostile(chance)


def encoded(value: Any, chance: random.Random) -> bytes:
    """JSON of a value, lone surrogates included, sometimes with a key doubled or in another encoding."""
    text = json.dumps(value, ensure_ascii=chance.random() < 0.5, indent=chance.choice((None, 2)))
    if chance.random() < 0.05:
        text = text.replace("{", '{"a": 1, "a": 2, ' if '": ' in text else "{", 1)
    if chance.random() < 0.03:
        return text.encode(chance.choice(("utf-16", "utf-8-sig", "utf-32-le")), "surrogatepass")
    return text.encode(errors="surrogatepass")


def damaged(content: bytes, chance: random.Random) -> bytes:
    """Bytes with one to four places of them damaged: flipped, cut, doubled, or with something put in."""
    found = bytearray(content)
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(found) + 1)
        length = min(chance.choice((0, 1, 1, 2, 5, 40, 400)), len(found) - at)
        piece = bytes(found[at : at + length])
        put = chance.choice((b"", chance.choice(TOKENS), chance.randbytes(3), piece * 2, piece * 40))
        found[at : at + length] = put
    if chance.random() < 0.05:
        del found[chance.randrange(len(found) + 1) :]
    return bytes(found)
