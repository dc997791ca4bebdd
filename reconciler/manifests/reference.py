"""``python -m reconciler.manifests.reference docs/reference``: the reference pages, made from schemas and codes."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from reconciler.manifests.codes import CODES
from reconciler.manifests.schemas import KINDS, resolve_reference, schema

_TYPES = {"string": "text", "object": "mapping", "array": "list", "boolean": "`true` or `false`"}
_NOTICE = "<!-- Made by `python -m reconciler.manifests.reference docs/reference`. Change the schemas instead. -->\n"


def render_pages() -> dict[str, str]:
    """Every page by file name: one a kind, and the diagnostics."""
    pages = {f"{kind}.md": render_kind(kind) for kind in KINDS}
    pages["diagnostics.md"] = render_codes()
    return pages


def render_kind(kind: str) -> str:
    """The page of one kind: what it says, an example, every field, and what goes with what."""
    root = schema(kind)
    example = yaml.safe_dump(root["examples"][0], sort_keys=False, allow_unicode=True, width=1000)
    rows = [
        "| field | type | needed | default | meaning |",
        "|---|---|---|---|---|",
        *(_row(*field) for field in _fields(root, root, "")),
    ]
    rules = list(_rules(root, root, ""))
    parts = [
        f"{_NOTICE}\n# {kind}\n\n{root['description']}\n",
        f"## Example\n\n```yaml\n{example}```\n",
        "## Fields\n\n" + "\n".join(rows) + "\n",
    ]
    if rules:
        parts.append("## What goes with what\n\n" + "\n".join(f"- {rule}" for rule in rules) + "\n")
    parts.append(f"The schema itself: `reconciler schema {kind}`.\n")
    return "\n".join(parts)


def render_codes() -> str:
    """The page of all codes."""
    rows = [f"| `{name}` | {_cell(code.meaning)} | {_cell(code.remedy)} |" for name, code in sorted(CODES.items())]
    return (
        f"{_NOTICE}\n# Diagnostics of manifests\n\n"
        "What `reconciler validate`, and every command that reads manifests, may say. Codes are stable and may be "
        "matched by scripts; texts may change. All are errors unless the table says otherwise.\n\n"
        "| code | meaning | what to do |\n|---|---|---|\n" + "\n".join(rows) + "\n"
    )


def _fields(root: dict[str, Any], node: Any, prefix: str) -> Iterator[tuple[str, dict[str, Any], bool]]:
    """Every field below a schema, with its path, depth first, in the order that the schema gives."""
    node = resolve_reference(root, node)
    required = node.get("required", ())
    for name, child in node.get("properties", {}).items():
        path = f"{prefix}{name}"
        yield path, _described(root, child), name in required
        yield from _fields(root, _described(root, child), f"{path}.")
    for container, suffix in (("items", "[]"), ("additionalProperties", "{name}")):
        child = node.get(container)
        if isinstance(child, dict):
            path, entry = f"{prefix.removesuffix('.')}{suffix}", _described(root, child)
            if isinstance(entry.get("type"), list):
                yield path, entry, False
            yield from _fields(root, entry, f"{path}.")


def _described(root: dict[str, Any], node: dict[str, Any]) -> dict[str, Any]:
    """The schema of a field; of a field that may be filled in, with its own words and the shape of what is wanted."""
    resolved: dict[str, Any] = resolve_reference(root, node)
    if "anyOf" in resolved:
        wanted = resolve_reference(root, resolved["anyOf"][0])
        return {**wanted, **{key: value for key, value in resolved.items() if key != "anyOf"}, "fillable": True}
    return resolved


def _row(path: str, node: dict[str, Any], required: bool) -> str:
    default = f"`{json.dumps(node['default'])}`" if "default" in node else ""
    meaning = node.get("description", node.get("title", ""))
    if "$comment" in node:
        meaning += f" Written as: {node['$comment']}."
    if node.get("fillable"):
        meaning += " May be a placeholder."
    return f"| `{path}` | {_cell(_type(node))} | {'yes' if required else ''} | {_cell(default)} | {_cell(meaning)} |"


def _type(node: dict[str, Any]) -> str:
    if "enum" in node:
        return ", ".join(f"`{option}`" for option in node["enum"])
    if "const" in node:
        return f"`{node['const']}`"
    declared = node.get("type", "")
    names: list[str] = declared if isinstance(declared, list) else [declared]
    text = " or ".join(_TYPES.get(name, name) for name in names)
    bounds = [f"{word} {node[key]}" for key, word in (("minimum", "from"), ("maximum", "to")) if key in node]
    return " ".join([text, *bounds])


def _rules(root: dict[str, Any], node: Any, prefix: str) -> Iterator[str]:
    """The conditions below a schema, as sentences."""
    node = resolve_reference(root, node)
    for rule in [node, *node.get("allOf", ())]:
        if "if" in rule:
            condition = _condition(rule["if"], prefix)
            yield from _consequences(f"Where {condition}", rule.get("then", {}), prefix)
            yield from _consequences(f"Unless {condition}", rule.get("else", {}), prefix)
    if "oneOf" in node:
        yield (
            f"`{prefix.removesuffix('.')}` has exactly one of " + _names(b["required"][0] for b in node["oneOf"]) + "."
        )
    for name, child in node.get("properties", {}).items():
        yield from _rules(root, child, f"{prefix}{name}.")
    if isinstance(items := node.get("items"), dict):
        yield from _rules(root, items, f"{prefix.removesuffix('.')}[].")


def _condition(node: dict[str, Any], prefix: str) -> str:
    tests = []
    for name, child in node.get("properties", {}).items():
        if "const" in child or "enum" in child:
            tests.append(
                f"`{prefix}{name}` is " + " or ".join(_literal(v) for v in child.get("enum", [child.get("const")]))
            )
        else:
            tests.append(_condition(child, f"{prefix}{name}."))
    return " and ".join(tests) or " and ".join(f"`{prefix}{name}` is given" for name in node.get("required", ()))


def _consequences(start: str, node: dict[str, Any], prefix: str) -> Iterator[str]:
    forbidden = [name for name, child in node.get("properties", {}).items() if "not" in child]
    fixed = {name: child["const"] for name, child in node.get("properties", {}).items() if "const" in child}
    if node.get("required"):
        yield f"{start}: needs {_names(f'{prefix}{name}' for name in node['required'])}."
    if forbidden:
        yield f"{start}: takes no {_names(f'{prefix}{name}' for name in forbidden)}."
    for name, value in fixed.items():
        yield f"{start}: `{prefix}{name}` is {_literal(value)}."


def _literal(value: Any) -> str:
    return f"`{value if isinstance(value, str) else json.dumps(value)}`"


def _names(names: Iterator[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def main(folder: Path) -> None:
    """Writes the pages into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in render_pages().items():
        (folder / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
