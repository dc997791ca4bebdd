"""All manifests of a run to one desired state: names looked up, lists merged, nothing described twice."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from reconciler.manifests.environments import environment_id, resolve_environments
from reconciler.manifests.findings import Finding
from reconciler.manifests.intake import Manifest
from reconciler.manifests.later import LATER_KINDS, resolve_later
from reconciler.manifests.links import LinkResolver
from reconciler.manifests.merging import find_duplicates
from reconciler.manifests.references import References
from reconciler.model.cloud import Cloud
from reconciler.model.desired import DesiredState, ExportedTables, LaterResource, SynapseLink
from reconciler.model.diagnostic import Severity


def resolve(
    manifests: Iterable[Manifest], wrong: Mapping[str, frozenset[str]], cloud: Cloud, *, complete: bool
) -> tuple[DesiredState, list[Finding]]:
    """The desired state of what could be resolved, and what is wrong with the rest.

    The result does not depend on the order of the manifests. ``wrong`` are names of refused documents by kind;
    ``complete`` is False where files could not be read to their end.
    """
    findings: list[Finding] = []
    by_kind = _by_kind_and_name(sorted(manifests, key=lambda manifest: manifest.order), findings)
    references = References(by_kind, wrong, complete, findings)
    environments = resolve_environments(by_kind.get("Environment", {}).values(), cloud, findings)
    resolver = LinkResolver(references, findings)
    links = [(manifest, resolver.resolve(manifest)) for manifest in by_kind.get("SynapseLink", {}).values()]
    _check_keys([(manifest, link) for manifest, link in links if link is not None], references)
    lists = by_kind.get("ExportedTables", {})
    unused = [manifest for name, manifest in lists.items() if name not in resolver.included]
    for manifest in unused:
        find_duplicates(manifest.tables, findings)
    if complete and not wrong:
        findings += [_unused(manifest) for manifest in unused]
    later = [resolve_later(manifest, references) for kind in LATER_KINDS for manifest in by_kind.get(kind, {}).values()]
    state = DesiredState(
        environments=environments,
        links=tuple(sorted((link for _, link in links if link is not None), key=lambda link: link.name)),
        lists=tuple(_list(lists[name]) for name in sorted(lists)),
        later=tuple(sorted((item for item in later if item is not None), key=_later_order)),
    )
    return state, findings


def _by_kind_and_name(manifests: list[Manifest], findings: list[Finding]) -> dict[str, dict[str, Manifest]]:
    by_kind: dict[str, dict[str, Manifest]] = {}
    for manifest in manifests:
        known = by_kind.setdefault(manifest.kind, {}).setdefault(manifest.name, manifest)
        if known is not manifest:
            findings.append(
                Finding(
                    code="duplicate-resource",
                    summary=f"There are two {manifest.kind} manifests named '{manifest.name}'.",
                    place=manifest.place("metadata", "name"),
                    found=manifest.name,
                    expected=f"a name that no other {manifest.kind} has",
                    remedy="Rename one of them, or delete it.",
                    related=(known.place("metadata", "name"),),
                )
            )
    return by_kind


def _check_keys(links: list[tuple[Manifest, SynapseLink]], references: References) -> None:
    """Two manifests of one live link: each would undo the other."""
    first: dict[tuple[str, str], Manifest] = {}
    for manifest, link in links:
        environment = references.manifests["Environment"][link.environment]
        account = link.key[1]
        known = first.setdefault((environment_id(environment), account), manifest)
        if known is manifest:
            continue
        what = "the same storage account" if link.destination.storage_account else "a Link to Fabric"
        references.findings.append(
            Finding(
                code="duplicate-link",
                summary=f"Links '{known.name}' and '{manifest.name}' describe one live link.",
                place=manifest.place("spec", "destination", key=True),
                found=f"{what} and the same environment: {account}",
                expected="one manifest for an environment and storage account, or for an environment's Link to Fabric",
                remedy="Merge the two; a list of tables may serve several links, a link has one manifest.",
                related=(known.place("spec", "destination", key=True),),
            )
        )


def _unused(manifest: Manifest) -> Finding:
    return Finding(
        code="unused-list",
        summary=f"No link includes the list '{manifest.name}'.",
        place=manifest.place("metadata", "name"),
        remedy="Add its name to include of a link, or delete the list.",
        severity=Severity.WARNING,
    )


def _list(manifest: Manifest) -> ExportedTables:
    return ExportedTables(manifest.name, manifest.location, tuple(manifest.tables), manifest.labels)


def _later_order(item: LaterResource) -> tuple[str, str]:
    return (item.kind, item.name)
