"""What was read of one environment for a probe, and careful ways to look at it: any value may be of any type."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from reconciler.live.probe.report import Unread
from reconciler.live.times import moment

Document = Mapping[str, Any]
# What is read besides the entity sets, by the names under which ``unread`` tells them.
ORGANIZATION = "organization"
SERVICE = "service"
LAKES = "LakeDetail"
PROFILES = "LakeProfile"
FINOPS = "FnOTable"
APPLICATION = "application"


@dataclass(frozen=True, slots=True)
class Material:
    """One environment as read. ``sets`` are rows by entity set, ``profiles`` the service's documents by folder id,
    ``application_status`` the status of the service's answer to the application.

    ``unread`` says why what is not here is not: by entity set, or by the names above.
    """

    organization_id: str = ""
    sets: Mapping[str, list[Any]] = field(default_factory=dict)
    lakes: list[Any] | None = None
    profiles: Mapping[str, Any] = field(default_factory=dict)
    finops: list[Any] | None = None
    application_status: int | None = None
    unread: Mapping[str, Unread] = field(default_factory=dict)

    def rows(self, entity_set: str) -> Iterator[Document]:
        """The rows of an entity set that are objects."""
        return objects(self.sets.get(entity_set, ()))

    def document(self, profile: Document) -> Document:
        """The service's document of a profile row, empty where there is none."""
        found = self.profiles.get(text(profile, "_datalakefolder_value"))
        return found if isinstance(found, dict) else {}


def objects(values: Any) -> Iterator[Document]:
    """The objects of a list; none of what is no list."""
    return (value for value in (values if isinstance(values, (list, tuple)) else ()) if isinstance(value, dict))


def text(row: Document, key: str) -> str:
    """A text in lower case, empty for what is none: ids are compared so."""
    value = row.get(key)
    return value.lower() if isinstance(value, str) else ""


def number(row: Document, key: str) -> int | None:
    """A whole number, None for what is none."""
    value = row.get(key)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def time(row: Document, key: str) -> datetime | None:
    """A time of either service; None for what is none, and for the zero date."""
    return moment(row.get(key))


def latest(rows: Iterable[Document]) -> datetime | None:
    """The latest time in any column: services are at least as late."""
    return max((found for row in rows for value in row.values() if (found := moment(value))), default=None)


def container(folder: Document) -> str:
    """The container of a data lake folder, as its address tells it."""
    value = folder.get("containerendpoint")
    try:
        return urlsplit(value).path.strip("/").partition("/")[0] if isinstance(value, str) else ""
    except ValueError:
        return ""
