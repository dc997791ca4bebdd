from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from reconciler.model.address import Address
from reconciler.model.check import Check, Verdict, Weight
from reconciler.reports.preflight import (
    PreflightReport,
    render_preflight,
    render_preflight_json,
    render_preflight_markdown,
)
from tests.builders import PLACE, diagnostic

Golden = Callable[[str, str], None]
LINK = Address("SynapseLink", "emea-prod", "sales-lake")
OTHER = Address("SynapseLink", "emea-test", "sales-lake")


def check(verdict: Verdict, weight: Weight = Weight.BLOCKS, **fields: object) -> Check:
    given: dict[str, Any] = {
        "code": "spark-version",
        "title": "The Spark pool is of version 3.4",
        "evidence": "Azure Resource Manager, workspaces/bigDataPools, properties.sparkVersion: sparkVersion 3.3",
        "consequence": "New links are refused.",
        "remedy": "Make a pool of version 3.4.",
        "location": PLACE,
        "partition": "emea-prod",
        **fields,
    }
    return Check(weight=weight, verdict=verdict, address=LINK, **given)


UNREAD = "Azure Resource Manager, workspaces/firewallRules: answered 403"
REPORT = PreflightReport(
    (
        (
            LINK,
            (
                check(Verdict.PASSED, code="platform-too-old", title="The platform is new enough"),
                check(Verdict.UNKNOWN, code="workspace-firewall", title="Every address", evidence=UNREAD),
                check(Verdict.UNKNOWN, Weight.WARNS, code="spark-quota", title="The quota", by_eye=True),
                check(Verdict.FAILED, Weight.WARNS, code="spark-pool-small", title="The pool is large"),
                check(Verdict.FAILED, found="sparkVersion 3.3", expected="sparkVersion 3.4"),
            ),
        ),
        (OTHER, (check(Verdict.PASSED),)),
    ),
    (diagnostic(code="environment-not-authorised", summary="Environment 'amer' could not be read"),),
)


def test_what_failed_comes_first_and_what_passed_is_counted(assert_golden: Golden) -> None:
    assert_golden(render_preflight(REPORT), "preflight.txt")


def test_everything(assert_golden: Golden) -> None:
    assert_golden(render_preflight(REPORT, everything=True), "preflight-all.txt")


def test_markdown(assert_golden: Golden) -> None:
    assert_golden(render_preflight_markdown(REPORT), "preflight.md")
    assert "platform-too-old" in render_preflight_markdown(REPORT, everything=True)


def test_json_holds_every_check(assert_golden: Golden) -> None:
    text = render_preflight_json(REPORT)
    assert_golden(text, "preflight.json")
    document = json.loads(text)
    assert (document["healthy"], document["summary"]["failed"]) == (False, 2)
    assert [len(link["checks"]) for link in document["links"]] == [5, 1]


def test_what_warns_is_no_ill_health() -> None:
    assert not PreflightReport(((LINK, (check(Verdict.FAILED, Weight.WARNS), check(Verdict.UNKNOWN))),)).ill
    assert PreflightReport(((LINK, (check(Verdict.FAILED, Weight.BREAKS),)),)).ill


def test_nothing_to_check() -> None:
    assert "0 links" in render_preflight(PreflightReport(()))
    assert "Nothing to check" in render_preflight(PreflightReport(((LINK, ()),)))
    assert "Nothing to check" in render_preflight_markdown(PreflightReport(((LINK, ()),)), everything=True)


def test_links_of_which_the_same_is_to_be_said_share_a_block() -> None:
    third = Address("SynapseLink", "emea-uat", "sales-lake")
    failed = (check(Verdict.FAILED), check(Verdict.PASSED))
    report = PreflightReport(((LINK, failed), (OTHER, (check(Verdict.PASSED),)), (third, failed)))
    text = render_preflight(report)
    assert text.startswith(f"{LINK}\n{third}\n  failed")
    assert text.count("Make a pool") == 1
    assert f"\n{OTHER}\n  1 passed" in text
    assert "  2 passed (--all" in text
    assert "Preflight of 3 links: 2 failed (2 block a link or break a part of it), 3 passed." in text
    assert render_preflight_markdown(report).count("Make a pool") == 1
    assert render_preflight(report, everything=True).count("Make a pool") == 2


def test_what_only_warns_is_said_to_block_nothing() -> None:
    report = PreflightReport(((LINK, (check(Verdict.FAILED, Weight.WARNS),)),))
    assert "1 failed (none blocks a link or breaks a part of it)." in render_preflight(report)


def test_hostile_names_act_on_nothing() -> None:
    hostile = "\x1b[31m|`</td>\n# x"
    address = Address("SynapseLink", hostile, hostile)
    report = PreflightReport(((address, (check(Verdict.FAILED, evidence=hostile, expected=hostile, title=hostile),)),))
    assert "\x1b" not in render_preflight(report) + render_preflight_markdown(report)
    table = [line for line in render_preflight_markdown(report).splitlines() if line.startswith("|")]
    assert {line.replace("\\|", "").count("|") for line in table} == {6}
    assert "\x1b[" in render_preflight(report, color=True)
