"""Preflight: what must hold before a link is created or changed, row by row of the reference. Pure.

One file for each group of rules; ``checks_of`` makes the checks of one link, ``hold_back`` turns those that failed into
what a plan says and does about it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from reconciler.model.address import Address
from reconciler.model.change import Action, Change, Status
from reconciler.model.check import Check, Verdict, Weight
from reconciler.model.configuration import Configuration
from reconciler.model.desired import DesiredState, Environment, SynapseLink
from reconciler.model.diagnostic import Diagnostic, Severity
from reconciler.model.evidence import Evidence
from reconciler.model.live import Snapshot
from reconciler.model.phrases import number_of
from reconciler.resources.kind import Comparison
from reconciler.resources.link_checks import link_address
from reconciler.resources.preflight import environment as environments
from reconciler.resources.preflight import roles, storage, tables, workspace
from reconciler.resources.preflight.case import Case, Rule

_PARTS = (environments.RULES, storage.RULES, workspace.RULES, roles.RULES, tables.RULES)
RULES: tuple[Rule, ...] = tuple(sorted((rule for part in _PARTS for rule in part), key=lambda rule: rule.section))
SAID_BY_PLANS = frozenset(
    {
        "base-table-missing",
        "change-tracking-off",
        "container-missing",
        "finops-needs-new-link",
        "finops-on-csv",
        "intersect-table-missing",
        "not-hierarchical",
        "resource-not-visible",
        "table-not-exportable",
        "too-many-links",
        "unknown-table",
    }
)
"""Checks that plans make with or without evidence, and say in their own diagnostics or as impacts."""
_LOST = frozenset({"link-lost", "link-leftovers"})
"""What plans say of a link that is gone, and of the container that it left."""
_SEVERITIES = {
    Weight.BLOCKS: Severity.ERROR,
    Weight.BREAKS: Severity.WARNING,
    Weight.WARNS: Severity.WARNING,
    Weight.INFORMS: Severity.INFORMATION,
}
_HELD_BACK = frozenset({Action.CREATE, Action.UPDATE, Action.REPLACE})


def checks_of(
    link: SynapseLink, environment: Environment, live: Snapshot, configuration: Configuration
) -> tuple[Check, ...]:
    """Every check of a declared link: passed, failed and unknown. None of an environment that could not be read.

    A check whose reading was not looked for is left out; one whose reading failed is unknown.
    """
    found = live.environments.get(link.environment)
    if found is None or found.unreadable or link.absent:
        return ()
    current = next((candidate for candidate in found.links if candidate.key == link.key), None)
    evidence = live.evidence.get(link.key, Evidence())
    case = Case(link, environment, found, live, configuration, current, evidence)
    return tuple(check for rule in RULES for check in rule.checks(case))


def hold_back(
    comparison: Comparison, desired: DesiredState, live: Snapshot, configuration: Configuration
) -> Comparison:
    """The comparison with what checks found at links that evidence was read for: a failed blocking check blocks the
    changes of its link, and of no other."""
    blocked: set[Address] = set()
    lost = {diagnostic.address for diagnostic in comparison.diagnostics if diagnostic.code in _LOST}
    said: list[Diagnostic] = []
    for link in desired.links:
        if link.key not in live.evidence:
            continue
        checks = checks_of(link, desired.environments[link.environment], live, configuration)
        if any(check.verdict is Verdict.FAILED and check.weight is Weight.BLOCKS for check in checks):
            blocked.add(link_address(link))
        known = SAID_BY_PLANS | ({"container-left-over"} if link_address(link) in lost else set())
        said += _diagnostics(link, [check for check in checks if check.code not in known])
    changes = tuple(_blocked(change) if change.address in blocked else change for change in comparison.changes)
    return Comparison(changes, (*comparison.diagnostics, *said))


def _blocked(change: Change) -> Change:
    if change.action not in _HELD_BACK or change.status is Status.DEFERRED:
        return change
    return replace(change, status=Status.BLOCKED, missing="See the errors at this link")


def _diagnostics(link: SynapseLink, checks: Sequence[Check]) -> list[Diagnostic]:
    found = [_diagnostic(link, check) for check in checks if check.verdict is Verdict.FAILED]
    unknown = [check for check in checks if check.verdict is Verdict.UNKNOWN and not check.by_eye]
    if unknown:
        names = ", ".join(sorted({check.code for check in unknown}))
        found.append(
            Diagnostic(
                Severity.INFORMATION,
                "checks-not-made",
                f"{number_of(len(unknown), 'check')} of link '{link.name}' could not be made: {names}",
                location=link.location,
                address=link_address(link),
                partition=link.environment,
                remedy=f"'reconciler preflight --link {link.name}' says why.",
            )
        )
    return found


def _diagnostic(link: SynapseLink, check: Check) -> Diagnostic:
    return Diagnostic(
        _SEVERITIES[check.weight],
        check.code,
        f"Link '{link.name}' fails the check '{check.title}'. {check.consequence}",
        location=check.location,
        address=check.address,
        partition=check.partition,
        found=check.found,
        expected=check.expected,
        remedy=check.remedy,
    )
