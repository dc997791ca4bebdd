"""Kinds that this version validates and does not carry out: their references are looked up all the same."""

from __future__ import annotations

from typing import Any

from reconciler.manifests.findings import Finding
from reconciler.manifests.intake import Manifest
from reconciler.manifests.references import References
from reconciler.model.desired import LaterResource

LATER_KINDS = ("RoleAssignment", "LineageSource")
_STORAGE_PARTS = ("storageAccount", "container", "resourceGroup")


def resolve_later(manifest: Manifest, references: References) -> LaterResource | None:
    """The manifest as plans name it, None where a link that it speaks of is unknown or lacks the part."""
    before = len(references.findings)
    of_kind = _links_of_role if manifest.kind == "RoleAssignment" else _links_of_lineage
    links = of_kind(manifest, references)
    if len(references.findings) > before or None in links:
        return None
    environments = {str(link.spec["environment"]) for link in links if link is not None}
    return LaterResource(
        kind=manifest.kind,
        name=manifest.name,
        environment=environments.pop() if len(environments) == 1 else "",
        spec=manifest.spec,
        location=manifest.location,
    )


def _links_of_role(manifest: Manifest, references: References) -> list[Manifest | None]:
    scope = manifest.spec["scope"]
    if isinstance(scope, str):
        return []
    link = references.find("SynapseLink", scope["link"], manifest.place("spec", "scope", "link"))
    if link is not None:
        _check_part(manifest, link, scope["at"], references.findings)
    return [link]


def _check_part(manifest: Manifest, link: Manifest, part: str, findings: list[Finding]) -> None:
    destination = link.spec["destination"]
    parts = ["environment"]
    if "storageAccount" in destination:
        parts += _STORAGE_PARTS
    if "workspace" in destination:
        parts.append("workspace")
    if part not in parts:
        findings.append(
            Finding(
                code="no-such-part",
                summary=f"Link '{link.name}' has no {part}.",
                place=manifest.place("spec", "scope", "at"),
                found=part,
                expected="one of " + ", ".join(sorted(parts)),
                remedy="Name a part that the destination of the link has, or a resource id.",
                related=(link.place("spec", "destination", key=True),),
            )
        )


def _links_of_lineage(manifest: Manifest, references: References) -> list[Manifest | None]:
    spec = manifest.spec
    links: list[Manifest | None] = []
    if isinstance(workspace := spec["workspace"], dict):
        link = references.find("SynapseLink", workspace["link"], manifest.place("spec", "workspace", "link"))
        if link is not None:
            _check_workspace(manifest, link, references.findings)
        links.append(link)
    included: Any = spec.get("include", {}).get("links", "all")
    if isinstance(included, list):
        links += [
            references.find("SynapseLink", name, manifest.place("spec", "include", "links", index))
            for index, name in enumerate(included)
        ]
    return links


def _check_workspace(manifest: Manifest, link: Manifest, findings: list[Finding]) -> None:
    if "workspace" not in link.spec["destination"]:
        findings.append(
            Finding(
                code="no-such-part",
                summary=f"Link '{link.name}' has no workspace.",
                place=manifest.place("spec", "workspace", "link"),
                found=link.name,
                expected="a link with a workspace, or the resource id of one",
                remedy="Name another link, or the workspace itself.",
                related=(link.place("spec", "destination", key=True),),
            )
        )
