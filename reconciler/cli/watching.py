"""``status --watch``: looks again and again; in place on a terminal, elsewhere a line for each change."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import click

from reconciler.cli.exit_codes import DIFFERENT, strongest
from reconciler.model.health import Health, HealthReport
from reconciler.reports.status import one_line, render_status, status_renderable
from reconciler.reports.status_words import shown_links

# Tests replace these two: nothing there sleeps.
sleep = time.sleep
monotonic = time.monotonic
_UNTIL_HEALTHY = 3600


def on_terminal() -> bool:
    """Whether somebody looks at stdout, and it can be drawn on."""
    return sys.stdout.isatty()


@dataclass(frozen=True, slots=True)
class Watch:
    """How to watch: seconds between looks, seconds in all (None: until Ctrl-C), and what to show."""

    every: int
    timeout: int | None
    until_healthy: bool
    everything: bool
    unhealthy: bool

    @property
    def bound(self) -> float:
        """When it ends by itself, in seconds."""
        if self.timeout is not None:
            return self.timeout
        return _UNTIL_HEALTHY if self.until_healthy else float("inf")


def watch(look: Callable[[], HealthReport], code_of: Callable[[HealthReport], int], terms: Watch) -> int:
    """Looks until the bound, until all is well where that was asked for, or until Ctrl-C; gives the exit code of the
    last look. Links that still load when --until-healthy ends are not healthy: 2."""
    report: HealthReport | None = None
    begun = monotonic()
    try:
        with _shown(terms) as show:
            while True:
                report = look()
                show(report)
                left = terms.bound - (monotonic() - begun)
                if left <= 0 or (terms.until_healthy and _is_well(report)):
                    break
                sleep(min(terms.every, left))
    except KeyboardInterrupt:
        if report is None:
            raise
    code = code_of(report)
    return code if not terms.until_healthy or _is_well(report) else strongest((code, DIFFERENT))


def _is_well(report: HealthReport) -> bool:
    at_rest = {Health.HEALTHY, Health.SUSPENDED}
    calm = all(link.health in at_rest and not link.alarming for link in report.links)
    return calm and not report.unreadable


@contextmanager
def _shown(terms: Watch) -> Iterator[Callable[[HealthReport], None]]:
    if on_terminal():
        from rich.live import Live

        with Live(auto_refresh=False) as live:
            yield lambda report: live.update(
                status_renderable(report, everything=terms.everything, unhealthy=terms.unhealthy, watched=True),
                refresh=True,
            )
        return
    told: dict[tuple[str, str], str] = {}
    summary = ""

    def tell(report: HealthReport) -> None:
        nonlocal summary
        for link in shown_links(report, unhealthy=terms.unhealthy):
            line = one_line(link)
            if told.get(link.key) != line:
                told[link.key] = line
                click.echo(f"{report.at} {line}")
        said = render_status(HealthReport("", unreadable=report.unreadable)) if report.unreadable else ""
        if said != summary:
            summary = said
            click.echo(said, err=True, nl=False)

    yield tell
