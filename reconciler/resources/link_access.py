"""Whether a link may be written: by this identity, and in the state that it is in."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlsplit

from reconciler.model.change import Status
from reconciler.model.desired import Environment, SynapseLink
from reconciler.model.diagnostic import Diagnostic
from reconciler.model.live import LiveEnvironment, LiveLink
from reconciler.resources.link_checks import problem

SEE_ERRORS = "See the errors at this link"


def write_status(environment: LiveEnvironment, problems: Sequence[Diagnostic]) -> tuple[Status, str | None]:
    """Blocked by problems, or by a missing right, with the words for it; else ready."""
    if problems:
        return Status.BLOCKED, SEE_ERRORS
    if environment.link_writes_missing:
        return Status.BLOCKED, environment.link_writes_missing
    return Status.READY, None


def renamed(link: SynapseLink, live: LiveLink, environment: Environment) -> list[Diagnostic]:
    """An error where the service still believes the environment to have another address: such a link has failed, and
    writing it would mend nothing (documented). Only the service tells, so without a signed-in user nothing is said."""
    believed, actual = _host(live.organization_url), _host(environment.url)
    if not believed or believed == actual:
        return []
    return [
        problem(
            link,
            "environment-renamed",
            f"The environment of link '{link.name}' has another address than when it was linked: the link fails",
            "Unlink it (state: absent), then declare it again; what the old link left has to be cleaned up first, see "
            "relink. If the address in the manifest is the wrong one, correct the Environment.",
            found=believed,
            expected=actual,
        )
    ]


def _host(url: str | None) -> str:
    try:
        return (urlsplit(url or "").hostname or "").lower()
    except ValueError:
        return ""
