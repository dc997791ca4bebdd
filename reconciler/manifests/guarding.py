"""The guards of reconciler.yaml as values: what a schema can't check is checked here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime, tzinfo
from pathlib import Path as FilePath
from typing import Any, NamedTuple

from reconciler.manifests.findings import Finding, Path, Place
from reconciler.model.guard import (
    DEFAULT_LIMITS,
    Freeze,
    Guards,
    Limit,
    Loss,
    Policy,
    Protected,
    Prune,
    Span,
    Weekly,
)

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class Guarding(NamedTuple):
    """The part of the configuration that stands before apply, by the names that it has there."""

    guards: Guards
    freezes: tuple[Freeze, ...]
    protected: tuple[Protected, ...]
    policies: tuple[Policy, ...]
    prune: tuple[Prune, ...]
    namespace: str | None


class _Wrong(Exception):
    """A time that can't be: field, what is wrong, and what is expected."""

    def __init__(self, field: str, summary: str, expected: str) -> None:
        super().__init__(summary)
        self.field, self.expected = field, expected


def guarding(data: Mapping[str, Any], file: str) -> Guarding:
    """The guards of a configuration that keeps to its schema and that ``check_guarding`` finds nothing in."""
    guards = data.get("guards", {})
    return Guarding(
        guards=Guards(
            {loss: _limit(loss, guards.get(loss.value, {})) for loss in Loss},
            empty_input=guards.get("emptyInput") == "allow",
        ),
        freezes=tuple(map(_freeze, data.get("freeze", ()))),
        protected=tuple(map(_protected, data.get("protected", ()))),
        policies=tuple(_policy(each, file) for each in data.get("policy", ())),
        prune=tuple(Prune(each["kind"], frozenset(each["environments"])) for each in data.get("prune", ())),
        namespace=data.get("namespace"),
    )


def check_guarding(data: Mapping[str, Any], file: str, document: int) -> list[Finding]:
    """What is wrong with times, and names that are there twice."""
    findings = []
    for number, freeze in enumerate(data.get("freeze", ())):
        try:
            _when(freeze)
        except _Wrong as wrong:
            findings.append(_at(file, document, ("freeze", number, wrong.field), str(wrong), wrong.expected, freeze))
    for group in ("freeze", "policy"):
        names = Counter(each["name"] for each in data.get(group, ()))
        for number, each in enumerate(data.get(group, ())):
            if names[each["name"]] > 1:
                summary = f"Several entries of {group} are named '{each['name']}'."
                findings.append(_at(file, document, (group, number, "name"), summary, "a name of its own", each))
    return findings


def _limit(loss: Loss, data: Mapping[str, Any]) -> Limit:
    default = DEFAULT_LIMITS[loss]
    percent = data.get("percent", default.percent)
    return Limit(
        int(data.get("count", default.count)),
        None if percent is None else int(percent),
        int(data.get("atLeast", default.at_least)),
    )


def _freeze(data: Mapping[str, Any]) -> Freeze:
    zone = f" ({data.get('timeZone', 'UTC')})" if " " in data["from"] else ""
    return Freeze(
        data["name"],
        _when(data),
        f"from {data['from']} to {data['to']}{zone}",
        data.get("reason", ""),
        frozenset(data.get("environments", ())),
        dict(data.get("labels", {})),
    )


def _when(data: Mapping[str, Any]) -> Span | Weekly:
    weekly = " " in data["from"]
    if weekly is not (" " in data["to"]):
        raise _Wrong("to", "A freeze begins and ends at instants, or both on days of the week.", "written as 'from' is")
    if not weekly:
        start, end = _instant(data, "from"), _instant(data, "to")
        if end <= start:
            raise _Wrong("to", "The freeze ends before it begins.", f"an instant after {data['from']}")
        if "timeZone" in data:
            raise _Wrong("timeZone", "Instants have their offset, and no time zone.", "nothing: delete the line")
        return Span(start, end)
    start_minute, end_minute = _minute(data, "from"), _minute(data, "to")
    if start_minute == end_minute:
        raise _Wrong("to", "The freeze ends when it begins.", f"another time than {data['from']}")
    return Weekly(start_minute, end_minute, _zone(data.get("timeZone", "UTC")))


def _instant(data: Mapping[str, Any], field: str) -> datetime:
    try:
        return datetime.fromisoformat(data[field])
    except ValueError:
        raise _Wrong(field, f"There is no time '{data[field]}'.", "2026-12-20T00:00:00+01:00, or the like") from None


def _minute(data: Mapping[str, Any], field: str) -> int:
    day, _, time = data[field].partition(" ")
    hour, minute = (int(part) for part in time.split(":"))
    if hour > 23 or minute > 59:
        raise _Wrong(field, f"There is no time '{time}'.", "00:00 to 23:59")
    return (_DAYS.index(day) * 24 + hour) * 60 + minute


def _zone(name: str) -> tzinfo:
    if name == "UTC":
        return UTC
    # Where it looks for its database costs every start of the program more than all the rest of this file.
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    try:
        return ZoneInfo(name)
    except (OSError, ValueError, ZoneInfoNotFoundError):
        expected = "a name of the IANA database that this machine has, as Europe/Berlin, or UTC"
        raise _Wrong("timeZone", f"There is no time zone '{name}'.", expected) from None


def _protected(data: Mapping[str, Any]) -> Protected:
    return Protected(
        data.get("address", ""),
        data.get("environment", ""),
        data.get("storageAccount", ""),
        dict(data.get("labels", {})),
    )


def _policy(data: Mapping[str, Any], file: str) -> Policy:
    return Policy(
        data["name"],
        tuple(data.get("command", ())),
        data.get("entryPoint", ""),
        int(data.get("timeout", 30)),
        tuple(data.get("variables", ())),
        str(FilePath(file).parent),
    )


def _at(file: str, document: int, path: Path, summary: str, expected: str, entry: Mapping[str, Any]) -> Finding:
    return Finding(
        code="invalid-guard",
        summary=summary,
        place=Place(file, document, path),
        found=str(entry.get(str(path[-1]), "")),
        expected=expected,
        remedy="Correct it.",
    )
