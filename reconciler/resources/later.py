"""Kinds that are validated and named in plans, and that this version does not carry out."""

from __future__ import annotations

from reconciler.model.address import Address
from reconciler.model.canonical import JsonValue
from reconciler.model.configuration import Configuration
from reconciler.model.desired import DesiredState, LaterResource, SynapseLink
from reconciler.model.diagnostic import Diagnostic, Location, Severity
from reconciler.model.live import Snapshot
from reconciler.resources.kind import Comparison


class LaterKinds:
    """RoleAssignment and LineageSource, and ``serviceRoles`` of links: said in plans, never done."""

    name = "later"

    def compare(self, desired: DesiredState, live: Snapshot, configuration: Configuration) -> Comparison:  # noqa: ARG002
        """An information for each that is of no environment or of one that was read, no change."""
        read = {"", *live.environments}
        found = [_manifest(resource) for resource in desired.later if resource.environment in read]
        for link in desired.links:
            if link.environment not in read:
                continue
            if link.service_roles not in {None, "none"}:
                found.append(_field(link, "serviceRoles"))
        return Comparison(diagnostics=tuple(found))

    def facts(self, partition: str, desired: DesiredState, live: Snapshot) -> JsonValue:  # noqa: ARG002
        """None: nothing live is compared."""
        return None


def _manifest(resource: LaterResource) -> Diagnostic:
    address = Address(resource.kind, resource.environment, resource.name)
    return _information(f"{resource.kind} '{resource.name}' is valid", address, resource.location)


def _field(link: SynapseLink, name: str) -> Diagnostic:
    address = Address("SynapseLink", link.environment, link.name)
    return _information(f"{name} of link '{link.name}' is valid", address, link.location)


def _information(summary: str, address: Address, location: Location) -> Diagnostic:
    return Diagnostic(
        Severity.INFORMATION,
        "not-carried-out",
        f"{summary}; this version neither plans nor applies it",
        location=location,
        address=address,
        partition=address.environment,
    )
