"""How does a seed become a cloud?

A seed is a YAML mapping that the schema beside this file describes. All of it is checked before anything is written:
form first, then names that are used twice or that nothing bears.
"""

from __future__ import annotations

import json
import re
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

import jsonschema
import jsonschema_rs
import yaml

from reconciler.simulator.building import Builder
from reconciler.simulator.profiles import MOST_LINKS

if TYPE_CHECKING:
    from pathlib import Path

    from reconciler.simulator.world import World

Seed = dict[str, Any]
Path_ = tuple[str | int, ...]
GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
NAMED = (
    "tenants", "subscriptions", "resourceGroups", "storageAccounts", "workspaces", "environments", "fabricWorkspaces",
    "fabricConnections",
)  # fmt: skip


class SeedError(Exception):
    """A seed that can't be used: one line a problem, each with its place."""


@cache
def schema() -> dict[str, Any]:
    """The JSON Schema of a seed."""
    text = resources.files("reconciler.simulator").joinpath("seed.schema.json").read_text("utf-8")
    loaded: dict[str, Any] = json.loads(text)
    return loaded


@cache
def _fast() -> jsonschema_rs.Draft202012Validator:
    return jsonschema_rs.Draft202012Validator(schema())


class Source:
    """Where a seed came from, so that a problem can be placed."""

    def __init__(self, name: str = "seed", root: yaml.Node | None = None) -> None:
        self._name = name
        self._root = root

    def place(self, path: Path_) -> str:
        """The file, the line where it is known, and the path inside the seed."""
        where = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path).lstrip(".") or "(root)"
        line = self._line(path)
        return f"{self._name}:{line}: {where}" if line else f"{self._name}: {where}"

    def _line(self, path: Path_) -> int | None:
        node = self._root
        for part in path:
            found = _child(node, part)
            if found is None:
                break
            node = found
        return None if node is None else node.start_mark.line + 1


def _child(node: yaml.Node | None, part: str | int) -> yaml.Node | None:
    if isinstance(node, yaml.MappingNode):
        return next((value for key, value in node.value if key.value == part), None)
    if isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
        child: yaml.Node = node.value[part]
        return child
    return None


def read_seed(path: Path) -> tuple[Seed, Source]:
    """The mapping in a file, with its places; SeedError where there is none."""
    try:
        loader = yaml.CSafeLoader(path.read_text("utf-8"))
        try:
            node = loader.get_single_node()
            loaded = loader.construct_document(node) if node is not None else None
        finally:
            loader.dispose()
    except (yaml.YAMLError, UnicodeDecodeError, OSError) as error:
        message = f"{path}: {' '.join(str(error).split())}"
        raise SeedError(message) from error
    if not isinstance(loaded, dict):
        found = "empty" if loaded is None else type(loaded).__name__
        message = f"{path}: a seed is a mapping with 'environments', not {found}"
        raise SeedError(message)
    return loaded, Source(str(path), node)


def check_seed(seed: Any, source: Source) -> None:
    """SeedError with every problem of a seed's form and names."""
    if not _fast().is_valid(seed):
        errors = sorted(
            jsonschema.Draft202012Validator(schema()).iter_errors(seed), key=lambda error: list(map(str, error.path))
        )
        raise SeedError("\n".join(f"{source.place(tuple(error.path))}: {_told(error)}" for error in errors))
    problems = [*_duplicates(seed, source), *_dangling(seed, source), *_unlinkable(seed, source)]
    if problems:
        raise SeedError("\n".join(problems))


def _told(error: jsonschema.ValidationError) -> str:
    best = jsonschema.exceptions.best_match([error])
    return best.message if best is not None else error.message


def _duplicates(seed: Seed, source: Source) -> list[str]:
    problems = []
    for section in NAMED:
        first: dict[str, int] = {}
        for index, entry in enumerate(seed.get(section, [])):
            if first.setdefault(entry["name"], index) != index:
                place = source.place((section, index))
                problems.append(f"{place}: the name {entry['name']!r} is taken by {section}[{first[entry['name']]}]")
    hosts: dict[str, int] = {}
    for index, entry in enumerate(seed["environments"]):
        url = entry.get("url", "").rstrip("/")
        if url and hosts.setdefault(url, index) != index:
            problems.append(
                f"{source.place(('environments', index))}: the url {url} is taken by environments[{hosts[url]}]"
            )
    keys: dict[tuple[str, str], int] = {}
    for index, link in enumerate(seed.get("links", [])):
        key = (link["environment"], link.get("account", "fabric"))
        if link.get("state") != "deleted" and keys.setdefault(key, index) != index:
            problems.append(f"{source.place(('links', index))}: links[{keys[key]}] links {key[0]} to {key[1]} already")
    return problems


REFERENCES = (
    ("subscriptions", "tenant", "tenants"),
    ("resourceGroups", "subscription", "subscriptions"),
    ("storageAccounts", "resourceGroup", "resourceGroups"),
    ("workspaces", "resourceGroup", "resourceGroups"),
    ("workspaces", "storageAccount", "storageAccounts"),
    ("workspaces", "linkedServices", "storageAccounts"),
    ("environments", "tenant", "tenants"),
    ("environments", "tableSets", "tableSets"),
    ("links", "environment", "environments"),
    ("links", "account", "storageAccounts"),
    ("links", "workspace", "workspaces"),
    ("links", "fabricConnection", "fabricConnections"),
    ("leftovers", "environment", "environments"),
    ("leftovers", "account", "storageAccounts"),
    ("leftovers", "workspace", "workspaces"),
    ("fabricWorkspaces", "environment", "environments"),
    ("fabricConnections", "environment", "environments"),
)


def _dangling(seed: Seed, source: Source) -> list[str]:
    names = {section: {entry["name"] for entry in seed.get(section, [])} for section in NAMED}
    names["tableSets"] = set(seed.get("tableSets", {}))
    problems = []
    for section, field, target in REFERENCES:
        for index, entry in enumerate(seed.get(section, [])):
            asked = entry.get(field, [])
            for name in asked if isinstance(asked, list) else [asked]:
                if name not in names[target]:
                    known = ", ".join(sorted(names[target])[:10]) or "none"
                    place = source.place((section, index, field))
                    problems.append(f"{place}: no {target} entry is named {name!r} (there are: {known})")
    return problems


def _unlinkable(seed: Seed, source: Source) -> list[str]:
    """Links that the service would not hold: to a Fabric workspace that nothing bears, and the eleventh."""
    problems = []
    places = {entry["name"] for entry in seed.get("fabricWorkspaces", [])}
    count: dict[str, int] = {}
    for index, link in enumerate(seed.get("links", [])):
        place = link.get("fabricWorkspace")
        if place is not None and place not in places and not GUID.fullmatch(place):
            known = ", ".join(sorted(places)[:10]) or "none"
            where = source.place(("links", index, "fabricWorkspace"))
            problems.append(
                f"{where}: no fabricWorkspaces entry is named {place!r} (there are: {known}), nor is it an id"
            )
        if link.get("state") != "deleted":
            count[link["environment"]] = count.get(link["environment"], 0) + 1
            if count[link["environment"]] == MOST_LINKS + 1:
                where = source.place(("links", index))
                problems.append(f"{where}: {link['environment']} has {MOST_LINKS} links already, and can't have more")
    return problems


def apply_seed(world: World, seed: Any, *, source: Source | None = None, replace: bool = False) -> None:
    """Fill the world from a seed, whole or not at all."""
    if world.seeded and not replace:
        raise SeedError("the cloud is seeded already: --replace throws away what is there")
    check_seed(seed, source or Source())
    try:
        documents, settings = Builder(seed, world.now(), world.instance, world.settings.assumptions).documents()
        answers = settings.pop("assumptions", {})
        for assumption, answer in answers.items():
            world.assume(assumption, answer)
    except LookupError as error:
        raise SeedError(str(error)) from error
    for name, value in settings.items():
        setattr(world.settings, name, value)
    world.replace_all(documents)
    world.save_settings()
