"""Environment manifests to environments: hosts checked against the cloud, nothing described twice."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from reconciler.manifests.findings import Finding
from reconciler.manifests.intake import Manifest
from reconciler.model.cloud import CLOUDS, Cloud
from reconciler.model.desired import Environment

_DEFAULT_ENVIRONMENT = "Default-"


def resolve_environments(
    manifests: Iterable[Manifest], cloud: Cloud, findings: list[Finding]
) -> dict[str, Environment]:
    """Environments by name, sorted. Hosts outside the cloud, and two manifests of one environment, are findings."""
    ordered = sorted(manifests, key=lambda manifest: manifest.order)
    for manifest in ordered:
        _check_host(manifest, cloud, findings)
    _check_unique(ordered, "environmentId", environment_id, findings)
    _check_unique(ordered, "url", _host, findings)
    return {manifest.name: _environment(manifest) for manifest in sorted(ordered, key=lambda item: item.name)}


def environment_id(manifest: Manifest) -> str:
    """The id in the one spelling that is compared: lower case but for the prefix of a default environment."""
    written = str(manifest.spec["environmentId"])
    prefix = _DEFAULT_ENVIRONMENT if written.startswith(_DEFAULT_ENVIRONMENT) else ""
    return prefix + written.removeprefix(prefix).lower()


def _host(manifest: Manifest) -> str:
    return str(manifest.spec["url"]).removeprefix("https://").removesuffix("/").lower()


def _environment(manifest: Manifest) -> Environment:
    spec = manifest.spec
    return Environment(
        name=manifest.name,
        environment_id=environment_id(manifest),
        url="https://" + _host(manifest),
        tenant_id=str(spec["tenantId"]).lower(),
        location=manifest.location,
        labels=manifest.labels,
        values=dict(sorted(spec.get("values", {}).items())),
    )


def _check_host(manifest: Manifest, cloud: Cloud, findings: list[Finding]) -> None:
    host = _host(manifest)
    if cloud.is_dataverse_host(host):
        return
    others = [other.name for other in CLOUDS.values() if other.is_dataverse_host(host)]
    remedy = (
        f"The host belongs to the cloud '{others[0]}': set cloud in reconciler.yaml."
        if others
        else "Copy the environment's address from the Power Platform admin center. No token is sent to other hosts."
    )
    findings.append(
        Finding(
            code="foreign-host",
            summary=f"The host is no Dataverse address of the cloud '{cloud.name}'.",
            place=manifest.place("spec", "url"),
            found=host,
            expected=f"a host of Dataverse in the cloud '{cloud.name}'",
            remedy=remedy,
        )
    )


def _check_unique(
    manifests: list[Manifest], field: str, key: Callable[[Manifest], str], findings: list[Finding]
) -> None:
    first: dict[str, Manifest] = {}
    for manifest in manifests:
        known = first.setdefault(key(manifest), manifest)
        if known is not manifest:
            findings.append(
                Finding(
                    code="duplicate-environment",
                    summary=f"Environments '{known.name}' and '{manifest.name}' have the same {field}.",
                    place=manifest.place("spec", field),
                    found=key(manifest),
                    remedy="Describe an environment once, and let its links name that manifest.",
                    related=(known.place("spec", field),),
                )
            )
