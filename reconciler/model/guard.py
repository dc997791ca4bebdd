"""Guards: what stands between a plan that loses something and its being carried out."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Loss(StrEnum):
    """What a plan may cost. Stable words, used in reconciler.yaml, in plans and in approvals."""

    TABLES_REMOVED = "tablesRemoved"
    LINKS_UNLINKED = "linksUnlinked"
    ROWS_RELOADED = "rowsReloaded"
    ASSIGNMENTS_REVOKED = "assignmentsRevoked"


@dataclass(frozen=True, slots=True)
class GuardVerdict:
    """What one guard says of a plan.

    ``guard`` names it (``tablesRemoved``, ``freeze:year-end``, ``policy``); ``partition`` is empty where it looks at
    the whole run. ``found`` is what it counted, of ``of`` where there is a whole, against ``limit`` in words.
    ``approval`` is the word that lets it pass, None where only the configuration does. ``refused`` says that apply
    would not go on; a verdict that passes is information.
    """

    guard: str
    partition: str
    refused: bool
    summary: str
    found: int = 0
    of: int | None = None
    limit: str = ""
    approval: str | None = None
    remedy: str | None = None
