"""The error codes that the portal shows for tables and links: what each means, and what to do. Pure.

Source: the troubleshooting guide behind docs/sources.md, Synapse Link tables; the page docs/status.md holds this table
too, and a test compares them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from reconciler.model.health import SyncError


@dataclass(frozen=True, slots=True)
class PortalError:
    """A known code. ``pauses``: the service stops the sync itself, and goes on by itself when the cause is gone."""

    code: str
    meaning: str
    remedy: str
    pauses: bool = False


PORTAL_ERRORS: tuple[PortalError, ...] = (
    PortalError(
        "MSI-801",
        "The storage account can't be reached through the managed identity",
        "Restore the enterprise policy and its grants on the storage account; the sync resumes by itself.",
        pauses=True,
    ),
    PortalError(
        "ADLS-802",
        "The storage account can't be reached",
        "See that the account exists and that the service still has Owner on it; the sync resumes by itself.",
        pauses=True,
    ),
    PortalError(
        "CT-803",
        "The row-version configuration key of Finance and Operations is off",
        "Switch it on again, then remove the Finance and Operations tables from the link and add them anew.",
    ),
    PortalError(
        "DV-804",
        "The environment is in admin mode",
        "Leave admin mode and enable background operations; the sync resumes by itself.",
        pauses=True,
    ),
    PortalError(
        "SYN-805",
        "The Synapse workspace can't be reached",
        "Allow Azure services in the workspace's firewall.",
    ),
    PortalError(
        "SYN-806",
        "The default container of the Synapse workspace is missing",
        "Create it again with the same name.",
    ),
    PortalError(
        "SPARK-807",
        "The Spark pool is gone",
        "Create it again with the same name.",
    ),
    PortalError(
        "SPARK-808",
        "The Spark pool is too small",
        "Give the pool more cores.",
    ),
    PortalError(
        "SYN-809",
        "The workspace has data exfiltration protection, which a link of type delta does not work with",
        "Choose another workspace: unlink, then declare the link with it.",
    ),
    PortalError(
        "SYN-810",
        "The network of the workspace's default container is restricted, which a link of type delta does not work with",
        "Remove the restriction.",
    ),
    PortalError(
        "CT-809",
        "Row-version tracking of the Finance and Operations table is off",
        "A developer has to switch it on for the table.",
    ),
    PortalError(
        "CT-810",
        "Row-version tracking of the Finance and Operations table is not allowed",
        "A developer has to allow it for the table, or the table is taken out of the link.",
    ),
    PortalError(
        "FnO-810",
        "The Finance and Operations environment is down",
        "See to the environment; the page of the code in the portal says more.",
    ),
    PortalError(
        "FnO-811",
        "The Finance and Operations environment is outdated",
        "Update the environment; the page of the code in the portal says more.",
    ),
    PortalError(
        "FnO-812",
        "An index of the Finance and Operations table is missing",
        "A developer has to add it; the page of the code in the portal says more.",
    ),
    PortalError(
        "FnO-813",
        "The Finance and Operations table holds a null that is not expected",
        "Correct the data; the page of the code in the portal says more.",
    ),
)
_BY_CODE = {error.code.lower(): error for error in PORTAL_ERRORS}
_LONGEST = 4000
_CODE = re.compile(r"\b(?:MSI|ADLS|CT|DV|SYN|SPARK|FnO)-\d{3}\b", re.IGNORECASE)
_NOT_TRACKED = PortalError(
    "",
    "Change tracking of the table is off",
    "Switch it on, or set changeTracking: enable in the link; it can't be switched off again.",
)
_MISSING_APPLICATION = PortalError(
    "",
    "An application of Microsoft's that the service needs is missing in the tenant",
    "Create its service principal by its application id: preflight names those that are missing.",
)
_BY_TEXT = (
    (re.compile(r"change ?tracking is (?:disabled|off|not enabled)", re.IGNORECASE), _NOT_TRACKED),
    (
        re.compile(r"missing app|service principals?\b.{0,80}\b(?:missing|not found)", re.IGNORECASE),
        _MISSING_APPLICATION,
    ),
)
_UNLISTED = PortalError(
    "",
    "The service reports an error that is in no published list",
    "Look at the table in the maker portal; a table can be removed and added again, which loads it anew.",
)
_UNTOLD = PortalError(
    "",
    "The sync failed; why is not in the tables of Dataverse",
    "Sign in (--sign-in) to read the service's own error, or look at the table in the maker portal.",
)


def known_error(code: str, message: str, details: str = "") -> PortalError | None:
    """The published error that a code or a text stands for: whether the service puts the portal's code into the one or
    the other is not known. None for one that is in no list."""
    for text in (code, message, details):
        for found in _CODE.findall(text[:_LONGEST]):
            if found.lower() in _BY_CODE:
                return _BY_CODE[found.lower()]
    for text in (code, message, details):
        for pattern, error in _BY_TEXT:
            if pattern.search(text[:_LONGEST]):
                return error
    return None


def sync_error(code: str, message: str, details: str = "") -> SyncError:
    """An error of the service with what it means; its texts are cut at 4,000 characters."""
    known = known_error(code, message, details) or (_UNLISTED if code or message else _UNTOLD)
    return SyncError(known.code or code[:_LONGEST], message[:_LONGEST], details[:_LONGEST], known.meaning, known.remedy)


def pauses(code: str, message: str, details: str = "") -> bool:
    """Whether the error is one at which the service only pauses."""
    known = known_error(code, message, details)
    return known is not None and known.pauses
