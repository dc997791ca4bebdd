"""Guards in reconciler.yaml: read whole, and refused where they can't be."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from reconciler.manifests.configuration import load_configuration
from reconciler.model.configuration import Configuration
from reconciler.model.errors import InvalidInput
from reconciler.model.guard import DEFAULT_LIMITS, Freeze, Guards, Limit, Loss, Policy, Protected, Prune, Span, Weekly

HEAD = "apiVersion: reconciler/v1\nkind: Configuration\n"
EVERYTHING = """
guards:
  tablesRemoved: {count: 5}
  rowsReloaded: {count: 7}
  emptyInput: allow
freeze:
- name: year-end
  from: "2026-12-20T00:00:00+01:00"
  to: "2027-01-04T06:00:00Z"
  reason: closing
  labels: {stage: prod}
- {name: weekend, from: fri 18:00, to: mon 06:00, timeZone: Europe/Berlin, environments: [sales-prod]}
- {name: night, from: mon 20:00, to: tue 06:00}
protected:
- {address: SynapseLink/sales-prod/sales-link}
- {environment: sales-prod}
- {storageAccount: saleslake}
- {labels: {stage: prod}}
policy:
- {name: naming, command: [python3, policies/naming.py], timeout: 5, variables: [CI]}
- {name: house, entryPoint: "contoso_policies:check"}
prune:
- {kind: SynapseLink, environments: [sales-dev]}
namespace: contoso/data-platform
"""


def configured(folder: Path, text: str) -> Configuration:
    path = folder / "reconciler.yaml"
    path.write_text(HEAD + text)
    return load_configuration(path)


def test_everything(tmp_path: Path) -> None:
    found = configured(tmp_path, EVERYTHING)
    limits = {
        **DEFAULT_LIMITS,
        # What is left out keeps its default.
        Loss.TABLES_REMOVED: Limit(5, 20, 3),
        Loss.ROWS_RELOADED: Limit(7),
    }
    assert found.guards == Guards(limits, empty_input=True)
    year_end, weekend, night = found.freezes
    assert year_end == Freeze(
        "year-end",
        Span(datetime(2026, 12, 19, 23, tzinfo=UTC), datetime(2027, 1, 4, 6, tzinfo=UTC)),
        "from 2026-12-20T00:00:00+01:00 to 2027-01-04T06:00:00Z",
        "closing",
        labels={"stage": "prod"},
    )
    days = Weekly((4 * 24 + 18) * 60, 6 * 60, ZoneInfo("Europe/Berlin"))
    assert weekend == Freeze(
        "weekend", days, "from fri 18:00 to mon 06:00 (Europe/Berlin)", environments=frozenset({"sales-prod"})
    )
    assert (night.when, night.words) == (Weekly(20 * 60, 30 * 60, UTC), "from mon 20:00 to tue 06:00 (UTC)")
    assert found.protected == (
        Protected(address="SynapseLink/sales-prod/sales-link"),
        Protected(environment="sales-prod"),
        Protected(storage_account="saleslake"),
        Protected(labels={"stage": "prod"}),
    )
    folder = str(tmp_path)
    assert found.policies == (
        Policy("naming", ("python3", "policies/naming.py"), seconds=5, variables=("CI",), folder=folder),
        Policy("house", entry_point="contoso_policies:check", folder=folder),
    )
    assert found.prune == (Prune("SynapseLink", frozenset({"sales-dev"})),)
    assert found.namespace == "contoso/data-platform"


def test_the_defaults_hold_without_a_word(tmp_path: Path) -> None:
    assert configured(tmp_path, "") == Configuration()


def freeze(start: str, end: str, more: str = "") -> str:
    return f"freeze: [{{name: x, from: {start}, to: {end}{more}}}]"


@pytest.mark.parametrize(
    ("text", "code", "found"),
    [
        ("guards: {tablesRemoved: {percent: 101}}", "out-of-range", "101"),
        ("guards: {tablesRemoved: {counts: 1}}", "unknown-field", "counts"),
        ("guards: {rowsReloaded: {percent: 1}}", "unknown-field", "percent"),
        ("guards: {emptyInput: maybe}", "not-one-of", "maybe"),
        (freeze('"2026-12-20T00:00:00"', "mon 06:00"), "wrong-format", "2026-12-20T00:00:00"),
        (freeze("2026-12-20T00:00:00Z", "mon 06:00"), "ambiguous-scalar", "2026-12-20T00:00:00Z"),
        (freeze('"2026-12-20T00:00:00Z"', "mon 06:00"), "invalid-guard", "mon 06:00"),
        (freeze('"2026-02-30T00:00:00Z"', '"2026-12-20T00:00:00Z"'), "invalid-guard", "2026-02-30T00:00:00Z"),
        (freeze('"2026-12-20T00:00:00Z"', '"2026-12-19T00:00:00Z"'), "invalid-guard", "2026-12-19T00:00:00Z"),
        (
            freeze('"2026-12-20T00:00:00Z"', '"2026-12-21T00:00:00Z"', ", timeZone: UTC"),
            "invalid-guard",
            "UTC",
        ),
        (freeze("fri 24:00", "mon 06:00"), "invalid-guard", "fri 24:00"),
        (freeze("fri 23:60", "mon 06:00"), "invalid-guard", "fri 23:60"),
        (freeze("fri 18:00", "fri 18:00"), "invalid-guard", "fri 18:00"),
        (freeze("fri 18:00", "mon 06:00", ", timeZone: Europe/Atlantis"), "invalid-guard", "Europe/Atlantis"),
        (freeze("fri 18:00", "mon 06:00", ", timeZone: ../../etc/passwd"), "invalid-guard", "../../etc/passwd"),
        (freeze("fri 18:00", "mon 06:00", ", timeZone: Europe"), "invalid-guard", "Europe"),
        ("protected: [{environment: a, address: SynapseLink/a/b}]", "one-of-fields", "address, environment"),
        ("protected: [{}]", "one-of-fields", "none of them"),
        ("protected: [{address: sales}]", "wrong-format", "sales"),
        ("policy: [{name: x}]", "one-of-fields", "none of them"),
        ('policy: [{name: x, entryPoint: "os.system"}]', "wrong-format", "os.system"),
        ("policy: [{name: x, command: ls}]", "wrong-type", None),
        ("prune: [{kind: RoleAssignment, environments: [a]}]", "not-one-of", "RoleAssignment"),
        ("prune: [{kind: SynapseLink}]", "missing-field", None),
        ("prune: [{kind: SynapseLink, environments: []}]", "out-of-range", None),
        ("namespace: ''", "out-of-range", None),
    ],
)
def test_mistakes(tmp_path: Path, text: str, code: str, found: str | None) -> None:
    with pytest.raises(InvalidInput) as error:
        configured(tmp_path, text + "\n")
    (diagnostic,) = error.value.diagnostics
    assert diagnostic.location is not None
    assert (diagnostic.code, diagnostic.location.line) == (code, 3)
    assert (found or "") in str(diagnostic.found)
    assert diagnostic.remedy


def test_a_name_of_two_is_no_name(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput) as error:
        configured(tmp_path, "policy: [{name: x, command: [a]}, {name: x, command: [b]}]\n")
    assert [d.code for d in error.value.diagnostics] == ["invalid-guard"] * 2


class TestTheDocumentation:
    text = (Path(__file__).parents[2] / "docs/guards.md").read_text(encoding="utf-8")

    def test_its_example_can_be_used_and_shows_the_defaults(self, tmp_path: Path) -> None:
        path = tmp_path / "reconciler.yaml"
        path.write_text(self.text.partition("```yaml\n")[2].partition("```")[0])
        assert load_configuration(path).guards == Guards()

    def test_its_table_is_true(self) -> None:
        rows = [line.split("|")[1:4] for line in self.text.splitlines() if re.match(r"\| [0-9]+ \| [0-9]+ \|", line)]
        assert len(rows) == 10
        for found, of, words in rows:
            most = DEFAULT_LIMITS[Loss.TABLES_REMOVED].most(int(of))
            assert most is not None
            assert words.strip().startswith("passes" if int(found) <= most else "refused")
