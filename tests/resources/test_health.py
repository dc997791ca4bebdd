"""The verdict on a link, and why."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler.model.health import Freshness, Health, LinkHealth
from reconciler.model.live import LiveEnvironment
from reconciler.model.runtime import LinkRuntime
from reconciler.resources.health import assess, link_health, unexplained
from tests.builders import desired_link, desired_state, diagnostic
from tests.resources.runtimes import before, environment, link_runtime, loading, runtime, service


def verdict(*tables: Any, **fields: Any) -> LinkHealth:
    found = link_runtime(*tables, **fields)
    return link_health(found, environment(found))


def codes(health: LinkHealth) -> list[str]:
    return [reason.code for reason in health.reasons]


def test_a_link_whose_tables_are_active_and_fresh_is_healthy_without_a_word() -> None:
    found = verdict(runtime("account"), runtime("task", synced=before(minutes=50)))
    assert (found.health, found.alarming, found.reasons) == (Health.HEALTHY, False, ())
    assert (found.freshness, found.lag, found.last_synced) == (Freshness.FRESH, 300, "2026-03-01T11:55:00Z")
    assert found.type == "csv"


def test_a_link_without_tables_is_healthy_and_never_written() -> None:
    found = verdict()
    assert (found.health, found.freshness, found.lag) == (Health.HEALTHY, Freshness.UNKNOWN, None)


def test_loading_is_progress() -> None:
    found = verdict(runtime("account"), loading("task"), loading("lead"))
    assert (found.health, found.alarming, codes(found)) == (Health.PROGRESSING, False, ["loading"])
    assert found.reasons[0].summary == "2 tables are still loading"


def test_a_load_that_stands_still_is_degraded() -> None:
    found = verdict(loading("task", added=before(days=2), lake_counted=before(days=2)), loading("lead"))
    assert (found.health, codes(found)) == (Health.DEGRADED, ["load-stalled", "loading"])


@pytest.mark.parametrize(("others", "health"), [(1, Health.DEGRADED), (0, Health.UNHEALTHY)])
def test_some_failed_tables_degrade_and_all_make_unhealthy(others: int, health: Health) -> None:
    found = verdict(runtime("task", sync_state=8), *(runtime(f"t{n}") for n in range(others)))
    assert (found.health, found.alarming, codes(found)) == (health, True, ["table-failed"])
    assert found.reasons[0].summary == "Table task failed"


def test_failed_and_paused_tables_together_are_all() -> None:
    found = verdict(runtime("task", sync_state=8), runtime("lead", service=service(code="DV-804")))
    assert (found.health, codes(found)) == (Health.UNHEALTHY, ["table-failed", "table-paused"])


def test_a_state_that_nobody_knows_is_said_and_no_verdict_by_itself() -> None:
    odd = {"sync_state": 512, "initial_sync_state": 512}
    assert verdict(runtime("task", **odd), runtime("lead")).health is Health.HEALTHY
    alone = verdict(runtime("task", **odd))
    assert (alone.health, alone.alarming, codes(alone)) == (Health.UNKNOWN, False, ["state-unknown"])


@pytest.mark.parametrize("state", [2, 4, 5, 8])
def test_profile_states_that_alarm(state: int) -> None:
    found = verdict(runtime(), profile_state=state)
    assert (found.health, codes(found)) == (Health.UNHEALTHY, ["profile-state"])


@pytest.mark.parametrize("state", [6, 7, 1])
def test_suspension_is_a_verdict_of_its_own(state: int) -> None:
    found = verdict(runtime(synced=before(days=9)), loading("task"), profile_state=state, suspended=True)
    assert (found.health, found.alarming, found.freshness) == (Health.SUSPENDED, True, Freshness.UNKNOWN)
    assert codes(found) == ["suspended"]


def test_a_suspension_that_the_manifest_asks_for_alarms_nobody() -> None:
    found = link_runtime(runtime(sync_state=32), suspended=True)
    for suspend, alarming in ((True, False), (None, True), (False, True)):
        assert link_health(found, environment(found), desired_link(suspend=suspend)).alarming is alarming
    assert codes(link_health(found, environment(found))) == ["suspended"]


def test_a_written_and_never_activated_change_is_degraded_and_a_link_that_never_ran_is_unhealthy() -> None:
    assert verdict(runtime(), activated=False).health is Health.DEGRADED
    assert verdict(runtime(started=False, sync_state=None), activated=False).health is Health.UNHEALTHY
    never = verdict(runtime(), activated=False, profile_state=0)
    assert (never.health, codes(never)) == (Health.UNHEALTHY, ["not-activated"])


def test_a_link_is_as_fresh_as_its_newest_table() -> None:
    quiet = runtime("task", synced=before(days=30))
    found = verdict(runtime("account"), quiet)
    assert (found.health, found.freshness) == (Health.HEALTHY, Freshness.FRESH)
    assert [table.freshness for table in found.tables] == [Freshness.FRESH, Freshness.QUIET]


def test_a_late_link_is_told_and_a_stale_one_is_degraded() -> None:
    late = verdict(runtime(synced=before(hours=3)))
    assert (late.health, late.freshness, codes(late)) == (Health.HEALTHY, Freshness.LATE, ["late"])
    stale = verdict(runtime(synced=before(hours=25)))
    assert (stale.health, stale.freshness, codes(stale)) == (Health.DEGRADED, Freshness.STALE, ["stale"])


def test_rows_that_were_never_written_degrade() -> None:
    behind = runtime("task", synced=before(hours=9), source_rows=200, source_counted=before(hours=6))
    found = verdict(runtime("account"), behind)
    assert (found.health, codes(found)) == (Health.DEGRADED, ["rows-not-written"])


def test_removed_tables_are_shown_and_change_nothing() -> None:
    found = verdict(runtime(), removed=("task",))
    assert (found.health, [table.state for table in found.tables]) == (Health.HEALTHY, ["Active", "Removed"])


def assessed(*links: LinkRuntime, declared: Any = (), **fields: Any) -> tuple[LinkHealth, ...]:
    return assess(desired_state(*declared), {"dev": environment(*links, **fields)})


def test_live_links_carry_the_names_of_their_manifests() -> None:
    (found,) = assessed(link_runtime(runtime()), declared=[desired_link()])
    assert (found.declared, found.name, found.key) == ("dev-link", "devlake", ("dev", "dev-link"))
    (undeclared,) = assessed(link_runtime(runtime()))
    assert (undeclared.declared, undeclared.key) == (None, ("dev", "devlake"))


def test_a_declared_link_that_is_not_live_is_unhealthy_and_a_tombstoned_one_is_not_missed() -> None:
    (missing,) = assessed(declared=[desired_link(interval=15)])
    assert (missing.health, missing.alarming, codes(missing)) == (Health.UNHEALTHY, True, ["missing"])
    assert (missing.type, missing.interval, missing.tables) == (None, 15, ())
    assert assessed(declared=[desired_link(absent=True)]) == ()


def test_links_of_environments_that_were_not_read_are_not_spoken_of() -> None:
    assert assess(desired_state(desired_link(environment="prod")), {"dev": environment()}) == ()


def test_of_an_environment_that_could_not_be_read_nothing_is_concluded() -> None:
    live = LiveEnvironment("dev", unreadable=diagnostic(code="environment-not-authorised", remedy="Ask"))
    (found,) = assessed(declared=[desired_link()], live=live)
    assert (found.health, found.alarming, codes(found)) == (Health.UNKNOWN, False, ["environment-not-authorised"])
    assert found.reasons[0].remedy == "See the errors below."


def test_errors_without_a_text_are_explained_by_why_the_service_was_not_read() -> None:
    failed, paused = link_runtime(runtime(sync_state=8)), link_runtime(runtime(sync_state=32))
    for link in (failed, paused):
        blind = {"dev": environment(link, service_missing="Nobody is signed in")}
        assert unexplained(assess(desired_state(), blind), blind) == (
            "The errors in 'dev' are told by the Synapse Link service alone, which was not asked. Nobody is signed in",
        )
    read = {"dev": environment(failed)}
    assert unexplained(assess(desired_state(), read), read) == ()
    told = link_runtime(runtime(service=service(code="SYN-805")))
    assert unexplained([link_health(told, environment(told))], {"dev": environment(told, service_missing="x")}) == ()


def test_links_are_sorted_by_environment_and_name() -> None:
    other = link_runtime(runtime(), storage_account="otherlake", name="otherlake")
    found = assessed(other, link_runtime(runtime()), declared=[desired_link()])
    assert [health.name for health in found] == ["otherlake", "devlake"]
