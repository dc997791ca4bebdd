"""What is live, as manifests whose first plan is empty. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from reconciler.manifests.declaring import Declaration, declare, link_name
from reconciler.manifests.factoring import SharedList, fitting_lists, shared_lists
from reconciler.manifests.naming import Names
from reconciler.manifests.schemas import API_VERSION, accepts
from reconciler.manifests.writing import manifest_text
from reconciler.model.desired import Environment, ExportedTables, Partition, SynapseLink, Table, TableSource, duration
from reconciler.model.live import LiveEnvironment
from reconciler.model.phrases import counted

INCOMPLETE = ".incomplete"
"""What the name of a file ends in that no command reads before a person has filled in what is missing."""
_MOST_NAMES = 10
_Paths = dict[tuple[str | int | None, ...], list[str]]


@dataclass(frozen=True, slots=True)
class Composed:
    """Files by path below the chosen folder, and notes on what could not be written as a manifest.

    ``links`` are the names of the links that are declared now, ``incomplete`` those of links that a person must
    complete; their files end in ``.incomplete``.
    """

    files: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    incomplete: list[str] = field(default_factory=list)
    lists: list[str] = field(default_factory=list)
    tables: int = 0


@dataclass(frozen=True, slots=True)
class Taken:
    """Names of manifests that the folder has already, environments that need none, and lists that links may include."""

    links: Collection[str] = ()
    lists: Collection[str] = ()
    environments: Collection[str] = ()
    shared: Sequence[ExportedTables] = ()


def compose(
    found: Iterable[tuple[Environment, LiveEnvironment]], *, lists: bool = True, taken: Taken | None = None
) -> Composed:
    """The manifests of a fleet: a folder an environment, a file for it and one for each of its links, and lists of the
    tables that links have in common, where ``lists`` allows them."""
    taken = taken or Taken()
    names = Names(taken.links)
    files: dict[str, str] = {}
    notes: list[str] = []
    declarations: list[Declaration] = []
    for environment, live in found:
        if environment.name not in taken.environments:
            files[f"{environment.name}/environment.yaml"] = manifest_text(environment_manifest(environment))
        declarations += _declarations(environment, live, names)
        notes += _gone(environment, live)
    composed = compose_links(declarations, lists=lists, taken=taken)
    return replace(composed, files={**files, **composed.files}, notes=[*notes, *composed.notes])


def compose_links(declarations: Sequence[Declaration], *, lists: bool, taken: Taken) -> Composed:
    """The files of declared links, and of the lists that they share."""
    complete = {each.link.name: each for each in declarations if not each.missing and _accepted(each)}
    known, made = _lists([each.link for each in complete.values()], taken) if lists else ((), ())
    composed = Composed(lists=[each.name for each in made])
    for each in made:
        composed.files[f"tables/{each.name}.yaml"] = _list_text(each, [complete[name] for name in each.links])
    for declaration in declarations:
        _compose_link(declaration, (*known, *made), composed, complete=declaration.link.name in complete)
    composed.notes.extend(
        f"List '{each.name}', which was there, is included by {counted(each.links, _MOST_NAMES)}: "
        "it has these tables and settings."
        for each in known
    )
    return replace(composed, tables=sum(len(each.link.tables) for each in complete.values()))


def _lists(links: Sequence[SynapseLink], taken: Taken) -> tuple[tuple[SharedList, ...], tuple[SharedList, ...]]:
    """Lists that were there and fit, and new ones for what the links have in common besides."""
    known = fitting_lists(taken.shared, links)
    rest = []
    for link in links:
        listed = {table.name for each in known if link.name in each.links for table in each.tables}
        rest.append(replace(link, tables=tuple(table for table in link.tables if table.name not in listed)))
    return known, shared_lists(rest, Names(taken.lists))


def _compose_link(
    declaration: Declaration, shared: Sequence[SharedList], composed: Composed, *, complete: bool
) -> None:
    path = f"{declaration.link.environment}/{declaration.link.name}.yaml"
    if complete:
        composed.files[path] = _link_text(declaration, shared)
        composed.links.append(declaration.link.name)
        return
    if not declaration.missing:
        declaration.missing.append("Some of its values are none that a manifest may have: compare with the schema.")
    composed.files[path + INCOMPLETE] = _incomplete_text(declaration)
    composed.incomplete.append(declaration.link.name)
    composed.notes.append(
        f"{path}{INCOMPLETE}: the {declaration.link.destination.type} link is not declared yet. Missing: "
        + " ".join(declaration.missing)
    )


def environment_manifest(environment: Environment) -> dict[str, Any]:
    """The manifest of an environment as data."""
    return _manifest(
        "Environment",
        environment.name,
        {"environmentId": environment.environment_id, "url": environment.url, "tenantId": environment.tenant_id},
    )


def _declarations(environment: Environment, live: LiveEnvironment, names: Names) -> list[Declaration]:
    keys = Counter(link.key for link in live.links)
    found = []
    for link in live.links:
        name = names.free(link_name(environment.name, link.storage_account))
        declaration = declare(name, environment.name, link)
        if keys[link.key] > 1:
            declaration.missing.append(
                f"{keys[link.key]} links of the environment lead to one storage account, and a manifest can't say "
                "which of them it means: unlink all but one."
            )
        found.append(declaration)
    return found


def _gone(environment: Environment, live: LiveEnvironment) -> list[str]:
    present = {link.key[1] for link in live.links}
    gone = sorted({link.account for link in live.former_links} - present)
    if not gone:
        return []
    return [f"{environment.name}: links that are gone are not imported: {counted(gone, _MOST_NAMES)}."]


def _manifest(kind: str, name: str, spec: Mapping[str, Any]) -> dict[str, Any]:
    return {"apiVersion": API_VERSION, "kind": kind, "metadata": {"name": name}, "spec": dict(spec)}


def _accepted(declaration: Declaration) -> bool:
    """Whether the schema takes the whole link: what a service says may be anything."""
    return accepts("SynapseLink", _link_manifest(declaration.link, declaration.link.tables, ()))


def _link_text(declaration: Declaration, shared: Sequence[SharedList]) -> str:
    link = declaration.link
    included = sorted((each for each in shared if link.name in each.links), key=lambda each: each.name)
    listed = {table.name for each in included for table in each.tables}
    own = [table for table in link.tables if table.name not in listed]
    comments = {
        path: texts for path, texts in declaration.comments.items() if path[0] != "tables" or path[1] not in listed
    }
    return manifest_text(_link_manifest(link, own, [each.name for each in included]), _below_spec(comments))


def _incomplete_text(declaration: Declaration) -> str:
    head = "No manifest yet: no command reads the file. Fill in what is missing; take .incomplete from its name."
    manifest = _link_manifest(declaration.link, declaration.link.tables, ())
    return manifest_text(manifest, {(): [head, *declaration.missing], **_below_spec(declaration.comments)})


def _below_spec(comments: Mapping[tuple[str | int | None, ...], list[str]]) -> _Paths:
    return {("spec", *path): texts for path, texts in comments.items()}


def _link_manifest(link: SynapseLink, own: Sequence[Table], include: Sequence[str]) -> dict[str, Any]:
    destination = {
        "type": link.destination.type.value,
        "storageAccount": link.destination.storage_account,
        "container": link.destination.container,
        "workspace": link.destination.workspace,
        "sparkPool": link.destination.spark_pool,
        "fabricWorkspace": link.destination.fabric_workspace,
        "fabricConnection": link.destination.fabric_connection,
    }
    # Defaults of a link reach the tables of its lists, too: what one of them leaves open must stay open.
    defaults = table_defaults(link.tables)
    spec = {
        "environment": link.environment,
        "destination": _given(destination),
        "interval": duration(link.interval) if link.interval else None,
        "attachments": link.attachments,
        "files": link.files,
        "include": list(include) or None,
        "tableDefaults": (defaults or None) if own else None,
        "tables": [_table(table, defaults) for table in own] or None,
    }
    return _manifest("SynapseLink", link.name, _given(spec))


def _list_text(shared: SharedList, declarations: Iterable[Declaration]) -> str:
    defaults = table_defaults(shared.tables)
    spec = {"tableDefaults": defaults or None, "tables": [_table(table, defaults) for table in shared.tables]}
    comments: _Paths = {(): [f"What {len(shared.links)} links export alike: {counted(shared.links, _MOST_NAMES)}."]}
    names = {table.name for table in shared.tables}
    for each in declarations:
        for path, texts in each.comments.items():
            if path[0] == "tables" and path[1] in names:
                known = comments.setdefault(("spec", *path), [])
                known += [text for text in texts if text not in known]
    return manifest_text(_manifest("ExportedTables", shared.name, _given(spec)), comments)


def table_defaults(tables: Sequence[Table]) -> dict[str, Any]:
    """The commonest settings. One that some table leaves open is none: that table must not inherit it."""
    defaults: dict[str, Any] = {}
    only = _commonest(tables, lambda table: table.append_only)
    if only is not None:
        defaults["appendOnly"] = only
    partition = _commonest(tables, lambda table: table.partition)
    if partition is not None and not (only and partition is Partition.MONTH):
        defaults["partition"] = partition.value
    return defaults


def _commonest(tables: Sequence[Table], setting: Callable[[Table], Any]) -> Any:
    values = Counter(map(setting, tables))
    return None if None in values or not values else values.most_common(1)[0][0]


def _table(table: Table, defaults: Mapping[str, Any]) -> str | dict[str, Any]:
    settings = {
        "appendOnly": table.append_only,
        "partition": table.partition.value if table.partition else None,
        "recordCountPerBlock": table.record_count_per_block,
        "source": table.source.value if table.source is TableSource.FINOPS else None,
    }
    own = {key: value for key, value in _given(settings).items() if defaults.get(key) != value}
    return {"name": table.name, **own} if own else table.name


def _given(mapping: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in mapping.items() if value is not None}
