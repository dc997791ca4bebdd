"""Settings of a live link that no published call writes: suspending, and the number of snapshots.

Neither has a control in the portal. The profile's ``EnabledForJobs`` is described by one author as the link's on switch
(assumption ``suspend-by-enabled-for-jobs``); it is written only where unproven calls were allowed.
"""

from __future__ import annotations

from collections.abc import Sequence

from reconciler.model.change import Action, Change, Reason, Risk, Status
from reconciler.model.desired import SynapseLink
from reconciler.model.diagnostic import Diagnostic
from reconciler.model.live import LiveEnvironment, LiveLink
from reconciler.model.phrases import counted
from reconciler.resources.link_access import write_status
from reconciler.resources.link_checks import link_address
from reconciler.resources.link_fields import unproven_differences
from reconciler.resources.link_steps import ActivateProfile, RewriteProfile, VerifyLink


def switch_change(
    link: SynapseLink,
    live: LiveLink,
    environment: LiveEnvironment,
    failing: Sequence[Diagnostic],
    *,
    allow_unproven: bool,
) -> tuple[Change, ...]:
    """The change of such settings, none where they are as declared. Apart from the link's other change, which is proven
    and need not wait. ``failing`` is what keeps the link from being written."""
    fields = tuple(unproven_differences(link, live))
    if not fields:
        return ()
    status, missing = write_status(environment, failing)
    wanted = {field.path for field in fields}
    if not allow_unproven and not failing:
        status = Status.UNPROVEN
        missing = (
            f"No public evidence shows the call that sets {counted(sorted(wanted))}, and the portal has no control for "
            "it. --allow-unproven writes the field of the link's profile that is said to do it"
        )
    suspend = link.suspend if "suspend" in wanted else None
    rewrite = RewriteProfile(
        live.folder_id,
        enabled=None if suspend is None else not suspend,
        snapshots=link.snapshots if "snapshots" in wanted else None,
    )
    change = Change(
        address=link_address(link),
        action=Action.UPDATE,
        risk=Risk.NONE,
        reason=Reason.DIFFERENT,
        status=status,
        partition=link.environment,
        fields=fields,
        steps=(rewrite, ActivateProfile(), VerifyLink()) if allow_unproven else (),
        missing=missing,
        location=link.location,
    )
    return (change,)
