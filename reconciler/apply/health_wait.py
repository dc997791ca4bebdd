"""Waits after an apply until what was written is healthy, and until a person has done what only the portal can."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from reconciler.apply.executor import Context
from reconciler.live.runtime import read_runtimes
from reconciler.live.snapshot import read_snapshot
from reconciler.model.address import Address
from reconciler.model.change import Action, Change, Status
from reconciler.model.health import Health, LinkHealth
from reconciler.model.outcome import Outcome, Result
from reconciler.plan.build import build_plan
from reconciler.resources.health import assess

_FIRST_PAUSE, _LONGEST_PAUSE = 5.0, 60.0


@dataclass(frozen=True, slots=True)
class Waited:
    """Where a link stands that is waited for. ``by_hand``: a change that somebody makes in the portal, and that live
    does not show yet. ``health`` is None as long as it was not looked at. ``seconds`` is how long it took so far."""

    address: Address
    settled: bool = False
    by_hand: bool = False
    health: LinkHealth | None = None
    seconds: float = 0.0


def wait_for_health(
    changes: Sequence[Change],
    outcomes: Sequence[Outcome],
    context: Context,
    bound: float,
    clock: Callable[[], float],
    on_look: Callable[[Sequence[Waited]], None] = lambda _waited: None,
) -> tuple[Waited, ...]:
    """Looks at the links that were just written until each is healthy, or ``bound`` seconds of ``clock`` have passed.

    A change that is ``unproven`` and was left to a person is waited for until live shows it, and then for its health.
    ``context.wait`` sleeps between looks. Writes nothing. Ctrl-C ends the waiting with what is known.
    """
    watched = dict(_watched(changes, outcomes))
    begun, pause = clock(), _FIRST_PAUSE
    try:
        while any(not waited.settled for waited in watched.values()):
            _look(watched, changes, context, clock() - begun)
            on_look(tuple(watched.values()))
            left = bound - (clock() - begun)
            if left <= 0 or all(waited.settled for waited in watched.values()):
                break
            context.wait(min(pause, left))
            pause = min(2 * pause, _LONGEST_PAUSE)
    except KeyboardInterrupt:
        pass
    return tuple(watched.values())


def _watched(changes: Sequence[Change], outcomes: Sequence[Outcome]) -> Iterator[tuple[Address, Waited]]:
    for change, outcome in zip(changes, outcomes, strict=True):
        if change.address.kind != "SynapseLink":
            continue
        if outcome.result is Result.DONE and change.action is not Action.DELETE:
            yield change.address, Waited(change.address)
        elif outcome.result is Result.BLOCKED and change.status is Status.UNPROVEN:
            yield change.address, Waited(change.address, by_hand=True)


def _look(watched: dict[Address, Waited], changes: Sequence[Change], context: Context, seconds: float) -> None:
    open_ = [waited for waited in watched.values() if not waited.settled]
    by_hand = [waited for waited in open_ if waited.by_hand]
    left = _left_to_do(by_hand, context)
    ending = {change.address for change in changes if change.action is Action.DELETE}
    for waited in by_hand:
        if waited.address not in left:
            over = waited.address in ending
            watched[waited.address] = replace(waited, by_hand=False, settled=over, seconds=seconds)
    healths = _healths({waited.address.environment for waited in open_}, context)
    for address, waited in watched.items():
        if not waited.settled:
            health = healths.get((address.environment, address.name))
            settled = not waited.by_hand and health is not None and _is_well(health)
            watched[address] = replace(waited, health=health, settled=settled, seconds=seconds)


def _is_well(health: LinkHealth) -> bool:
    """Healthy, or at rest because its manifest says so."""
    return health.health is Health.HEALTHY or (health.health is Health.SUSPENDED and not health.alarming)


def _left_to_do(by_hand: Sequence[Waited], context: Context) -> set[Address]:
    """Those changes that a new plan still holds; all of an environment that can't be read now."""
    if not by_hand:
        return set()
    only = {waited.address.environment for waited in by_hand}
    live = read_snapshot(context.clients, context.desired, context.configuration, only=only)
    plan = build_plan(context.desired, live, context.configuration)
    pending = {change.address for change in plan.pending}
    unread = only - plan.fingerprints.keys()
    return {w.address for w in by_hand if w.address in pending or w.address.environment in unread}


def _healths(environments: set[str], context: Context) -> Mapping[tuple[str, str], LinkHealth]:
    chosen = [context.desired.environments[name] for name in sorted(environments)]
    runtimes = read_runtimes(context.clients, chosen, context.configuration)
    return {health.key: health for health in assess(context.desired, runtimes) if health.declared}
