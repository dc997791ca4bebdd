"""Links that were read become verdicts: one a link, with its reasons. Pure. The rules are told in docs/status.md."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from reconciler.model.desired import DesiredState, SynapseLink
from reconciler.model.diagnostic import Diagnostic
from reconciler.model.health import (
    Freshness,
    Health,
    HealthReason,
    LinkHealth,
    TableHealth,
    TableState,
)
from reconciler.model.phrases import is_or_are, number_of
from reconciler.model.runtime import EnvironmentRuntime, LinkRuntime
from reconciler.resources.freshness import DEFAULT_INTERVAL, STALLED_MINUTES, expected_interval, judged
from reconciler.resources.table_health import LOADING, removed_table, stalled, table_health

_INACTIVE, _ERROR = 0, 2
# Labels of the choice; what they mean beyond that is not documented. 6 and 7 (Suspended, Suspending) are read as such.
_ALARMS: Mapping[int, str] = {_ERROR: "Error", 4: "Aborting", 5: "Aborted", 8: "Deactivated"}
_OPEN_PORTAL = "Look at the link in the maker portal."
_ORDER = (Health.UNHEALTHY, Health.DEGRADED, Health.SUSPENDED, Health.UNKNOWN, Health.PROGRESSING)
Finding = tuple[Health, HealthReason]


def assess(desired: DesiredState, environments: Mapping[str, EnvironmentRuntime]) -> tuple[LinkHealth, ...]:
    """Every live link of these environments, and every declared one that should be live there; sorted by environment
    and name. A tombstone asks for no link, so none is missed."""
    declared: defaultdict[tuple[str, str], list[SynapseLink]] = defaultdict(list)
    for link in desired.links:
        if link.environment in environments:
            declared[link.key].append(link)
    found = [
        link_health(runtime, environment, next(iter(declared[runtime.link.key]), None))
        for environment in environments.values()
        for runtime in environment.links
    ]
    live = {runtime.link.key for environment in environments.values() for runtime in environment.links}
    found += [
        _not_live(link, environments[link.environment].unreadable)
        for key, links in declared.items()
        if key not in live
        for link in links
        if not link.absent
    ]
    return tuple(sorted(found, key=lambda health: (health.environment, health.declared or "", health.name)))


def unexplained(links: Iterable[LinkHealth], environments: Mapping[str, EnvironmentRuntime]) -> tuple[str, ...]:
    """Why the errors of some tables have no text: a sentence for each reason that the service was not read for."""
    blind = {
        link.environment
        for link in links
        if any(table.state in {TableState.FAILED, TableState.PAUSED} and not _told(table) for table in link.tables)
    }
    reasons: defaultdict[str, list[str]] = defaultdict(list)
    for name in sorted(blind):
        if missing := environments[name].service_missing:
            reasons[missing].append(f"'{name}'")
    return tuple(
        f"The errors in {', '.join(names)} are told by the Synapse Link service alone, which was not asked. {missing}"
        for missing, names in reasons.items()
    )


def _told(table: TableHealth) -> bool:
    return table.error is not None and bool(table.error.code or table.error.message)


def link_health(
    runtime: LinkRuntime, environment: EnvironmentRuntime, declared: SynapseLink | None = None
) -> LinkHealth:
    """The verdict on one live link; ``declared`` is its manifest."""
    link, now = runtime.link, environment.now
    pairs = [(table, table_health(table, link, now)) for _, table in sorted(runtime.tables.items())]
    tables = [health for _, health in pairs]
    newest = max((table.last_synced for table in tables if table.last_synced), default=None)
    lag = min((table.lag for table in tables if table.lag is not None), default=None)
    interval = expected_interval(link)
    active = any(table.state is TableState.ACTIVE for table in tables)
    freshness = judged(lag, interval) if active and not link.suspended else Freshness.UNKNOWN
    standing = [each.name for table, each in pairs if not link.suspended and stalled(table, each, now)]
    findings = [
        *_profile(runtime),
        *_tables(tables, suspended=bool(link.suspended)),
        *(() if link.suspended else _loading(tables, standing)),
        *_age(tables, freshness),
    ]
    health = next((verdict for verdict in _ORDER if any(found is verdict for found, _ in findings)), Health.HEALTHY)
    if link.suspended:
        health = Health.SUSPENDED
    meant = health is Health.SUSPENDED and declared is not None and declared.suspend is True
    return LinkHealth(
        environment=link.environment,
        name=link.name,
        declared=declared.name if declared else None,
        type=link.destination_type.value,
        health=health,
        alarming=health in {Health.UNHEALTHY, Health.DEGRADED, Health.SUSPENDED} and not meant,
        freshness=freshness,
        interval=interval,
        last_synced=newest,
        lag=lag,
        reasons=tuple(reason for _, reason in findings),
        tables=(*tables, *(removed_table(name, link) for name in runtime.removed)),
    )


def _not_live(link: SynapseLink, unreadable: Diagnostic | None) -> LinkHealth:
    if unreadable:
        reason = HealthReason(unreadable.code, "Its environment could not be read", "See the errors below.")
    else:
        reason = HealthReason("missing", "It is declared, and does not exist", "See 'reconciler plan'.")
    return LinkHealth(
        environment=link.environment,
        name=link.key[1],
        declared=link.name,
        type=None,
        health=Health.UNKNOWN if unreadable else Health.UNHEALTHY,
        alarming=not unreadable,
        freshness=Freshness.UNKNOWN,
        interval=link.interval or DEFAULT_INTERVAL,
        reasons=(reason,),
    )


def _profile(runtime: LinkRuntime) -> Iterator[Finding]:
    link = runtime.link
    label = _ALARMS.get(link.profile_state)
    if label:
        text = f"The profile's state is {label} ({link.profile_state})"
        yield Health.UNHEALTHY, HealthReason("profile-state", text, _OPEN_PORTAL)
    elif link.suspended:
        text = "It is suspended: nothing is written until it is resumed"
        remedy = "If nobody meant it, see the errors of its tables; the service pauses by itself on access errors."
        yield Health.SUSPENDED, HealthReason("suspended", text, remedy)
    elif not link.activated:
        never = link.profile_state == _INACTIVE or not any(table.started for table in runtime.tables.values())
        text = "It was never activated: nothing runs" if never else "Its last change was written and never activated"
        verdict = Health.UNHEALTHY if never else Health.DEGRADED
        yield verdict, HealthReason("not-activated", text, "See 'reconciler plan': apply activates it.")


def _tables(tables: Sequence[TableHealth], *, suspended: bool) -> Iterator[Finding]:
    failed = [table.name for table in tables if table.state is TableState.FAILED]
    paused = [table.name for table in tables if table.state is TableState.PAUSED and not suspended]
    unknown = [table.name for table in tables if table.state is TableState.UNKNOWN]
    halted = len(failed) + len(paused)
    verdict = Health.UNHEALTHY if halted == len(tables) else Health.DEGRADED
    if failed:
        yield (
            verdict,
            HealthReason(
                "table-failed",
                f"{_begin(failed)} failed",
                "See what is said of it." if len(failed) == 1 else "See what is said of each.",
            ),
        )
    if paused:
        text = f"{_begin(paused)} {is_or_are(paused)} paused"
        yield verdict, HealthReason("table-paused", text, "The service resumes by itself when the cause is gone.")
    if unknown:
        text = f"The state of {_counted(unknown)} is not one that is known"
        yield (
            Health.UNKNOWN if len(unknown) == len(tables) else Health.HEALTHY,
            HealthReason("state-unknown", text, _OPEN_PORTAL),
        )


def _loading(tables: Iterable[TableHealth], standing: Sequence[str]) -> Iterator[Finding]:
    loading = [table.name for table in tables if table.state in LOADING and table.name not in standing]
    if standing:
        text = f"The first load of {_counted(standing)} has not moved for {STALLED_MINUTES // 60} hours"
        yield Health.DEGRADED, HealthReason("load-stalled", text, _OPEN_PORTAL)
    if loading:
        yield Health.PROGRESSING, HealthReason("loading", f"{_begin(loading)} {is_or_are(loading)} still loading")


def _age(tables: Iterable[TableHealth], freshness: Freshness) -> Iterator[Finding]:
    behind = [table.name for table in tables if table.freshness in {Freshness.LATE, Freshness.STALE}]
    if freshness is Freshness.STALE:
        text = "Nothing was written for far longer than the interval"
        remedy = "Either nothing changed in any of its tables, or the sync stands still: " + _OPEN_PORTAL
        yield Health.DEGRADED, HealthReason("stale", text, remedy)
    elif freshness is Freshness.LATE:
        text = "Nothing was written for longer than the interval: perhaps nothing changed"
        yield Health.HEALTHY, HealthReason("late", text)
    if behind:
        text = f"{_begin(behind)} {is_or_are(behind)} behind: Dataverse has rows that were never written"
        yield Health.DEGRADED, HealthReason("rows-not-written", text, _OPEN_PORTAL)


def _counted(names: Sequence[str]) -> str:
    return f"table {names[0]}" if len(names) == 1 else number_of(len(names), "table")


def _begin(names: Sequence[str]) -> str:
    """The same where a sentence begins."""
    return f"Table {names[0]}" if len(names) == 1 else _counted(names)
