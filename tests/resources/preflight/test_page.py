"""docs/preflight.md says what the code checks: its tables are made from the rules (RENEW_GOLDEN=1 renews them)."""

from __future__ import annotations

import os
import re
from pathlib import Path

from reconciler.reports.escape import markdown
from reconciler.resources.preflight import RULES
from reconciler.resources.preflight.case import Rule

PAGE = Path(__file__).parents[3] / "docs/preflight.md"
MARKS = ("<!-- rules -->\n", "<!-- end of rules -->\n")
GROUPS = {
    "3": "Cloud and environment",
    "4.1": "Storage account and container",
    "4.2": "Synapse workspace and Spark pool",
    "4.3": "Roles",
    "4.4": "Microsoft's applications",
    "4.5": "Tables, settings and limits",
    "4.6": "Link to Fabric",
}


def group(rule: Rule) -> str:
    return "3" if rule.section.startswith("3") else rule.section


def row(rule: Rule) -> str:
    weight = f"{rule.weight.value}, by eye" if rule.by_eye else rule.weight.value
    texts = (markdown(rule.when), markdown(rule.source), rule.mark, markdown(rule.consequence), markdown(rule.remedy))
    return f"| `{rule.code}` | {markdown(rule.title)} | {weight} | " + " | ".join(texts) + " |"


def tables() -> str:
    lines = []
    for section, title in GROUPS.items():
        lines += [f"### {title}", "", "| code | what must hold | fails: | for | evidence | mark | otherwise | remedy |"]
        lines += ["|---|---|---|---|---|---|---|---|"]
        lines += [row(rule) for rule in RULES if group(rule) == section] + [""]
    return "\n".join(lines) + "\n"


def test_the_page_lists_every_rule_as_it_is() -> None:
    text = PAGE.read_text(encoding="utf-8")
    before, _, rest = text.partition(MARKS[0])
    shown, _, after = rest.partition(MARKS[1])
    if os.environ.get("RENEW_GOLDEN"):
        PAGE.write_text(before + MARKS[0] + tables() + MARKS[1] + after, encoding="utf-8", newline="\n")
        shown = tables()
    assert shown == tables(), "docs/preflight.md differs from the rules: if that is meant, RENEW_GOLDEN=1 pytest"


def test_every_rule_belongs_to_a_group_and_names_evidence_consequence_and_remedy() -> None:
    assert {group(rule) for rule in RULES} == set(GROUPS)
    assert all(re.fullmatch(r"[DSOKI](, [DSOKI])*", rule.mark) for rule in RULES)
    assert all(rule.source and rule.consequence and rule.remedy and rule.when for rule in RULES)
