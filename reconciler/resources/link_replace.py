"""What can't be changed in place: a table's final settings, replaced by consent, and a destination, refused."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from reconciler.model.change import Action, Change, FieldChange, Reason, Risk, Status, Step
from reconciler.model.desired import DestinationType, Scalar, SynapseLink
from reconciler.model.diagnostic import Diagnostic, Severity
from reconciler.model.live import LiveEnvironment, LiveLink
from reconciler.model.phrases import counted
from reconciler.resources.link_access import SEE_ERRORS, write_status
from reconciler.resources.link_checks import link_address, problem
from reconciler.resources.link_fields import TableConflict
from reconciler.resources.link_steps import ActivateProfile, ResynchroniseFabric, RewriteProfile, VerifyLink


def resynchronising(link: SynapseLink, live: LiveLink) -> tuple[Step, ...]:
    """What a Link to Fabric needs after its profile was activated; nothing for any other."""
    if live.destination_type is not DestinationType.FABRIC:
        return ()
    return (ResynchroniseFabric(live.folder_id, live.fabric_workspace or link.destination.fabric_workspace or ""),)


def replace_table(
    link: SynapseLink,
    live: LiveLink,
    environment: LiveEnvironment,
    conflict: TableConflict,
    failing: Sequence[Diagnostic] = (),
) -> tuple[Change, list[Diagnostic]]:
    """Takes a table out and puts it back with other settings, each time activated; blocked without consent to exactly
    that. ``failing`` is what else keeps the link from being written."""
    name = conflict.table.name
    consented = any(
        consent.table == name
        and all(consent.before.get(path) == value for path, value in conflict.before.items())
        and all(consent.after.get(path) == value for path, value in conflict.after.items())
        for consent in link.replace_tables
    )
    problems = [] if consented else [_needs_consent(link, conflict)]
    status, missing = write_status(environment, (*problems, *failing))
    change = Change(
        address=link_address(link),
        action=Action.REPLACE,
        risk=Risk.DATA_LOSS,
        reason=Reason.IMMUTABLE,
        status=status,
        partition=link.environment,
        fields=conflict.fields,
        steps=(
            RewriteProfile(live.folder_id, remove=(name,)),
            ActivateProfile(),
            RewriteProfile(live.folder_id, ensure=(conflict.table,)),
            ActivateProfile(),
            *resynchronising(link, live),
            VerifyLink(),
        ),
        missing=missing,
        location=conflict.table.location or link.location,
    )
    return change, problems


def _needs_consent(link: SynapseLink, conflict: TableConflict) -> Diagnostic:
    name = conflict.table.name
    consent = f"{{table: {name}, from: {_flow(conflict.before)}, to: {_flow(conflict.after)}}}"
    return Diagnostic(
        Severity.ERROR,
        "immutable-setting",
        f"Table '{name}' of link '{link.name}' is linked with other settings, which are final: "
        "changing them drops its lake data and loads it again",
        location=conflict.table.location or link.location,
        address=link_address(link),
        partition=link.environment,
        found=_flow(conflict.before),
        expected=_flow(conflict.after),
        remedy=f"Take the setting out, or consent by adding to replaceTables of the link: - {consent}",
    )


def refuse_destination(link: SynapseLink, fields: list[FieldChange]) -> tuple[Change, list[Diagnostic]]:
    """A link that exists with another destination: nothing of it is changed."""
    names = counted([field.path for field in fields])
    refusal = problem(
        link,
        "immutable-destination",
        f"Link '{link.name}' exists with another {names}, which can't be changed in place",
        "Correct the manifest; or unlink first (state: absent, and data: keep or delete), then declare the new link.",
        found=counted([str(field.before) for field in fields]),
        expected=counted([str(field.after) for field in fields]),
    )
    change = Change(
        address=link_address(link),
        action=Action.REPLACE,
        risk=Risk.DATA_LOSS,
        reason=Reason.IMMUTABLE,
        status=Status.BLOCKED,
        partition=link.environment,
        fields=tuple(fields),
        missing=SEE_ERRORS,
        location=link.location,
    )
    return change, [refusal]


def _flow(settings: Mapping[str, Scalar]) -> str:
    """Settings as a YAML flow mapping, to be pasted into a manifest."""
    return "{" + ", ".join(f"{name}: {json.dumps(value).strip(chr(34))}" for name, value in settings.items()) + "}"
