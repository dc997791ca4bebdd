"""Guards at the command line: shown by plan, heeded by apply before anything is written."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from reconciler.simulator import Cloud
from tests.cli.run import Said, call
from tests.fleet import write_manifests

Captured = pytest.CaptureFixture[str]
HEAD = "apiVersion: reconciler/v1\nkind: Configuration\n"
TWO_GO = "[account]\n  absentTables: [contact, task]"
ONE_IS_ALLOWED = "guards: {tablesRemoved: {count: 1}}\n"
ALWAYS = 'from: "2000-01-01T00:00:00Z", to: "2999-01-01T00:00:00Z"'
NEVER = 'from: "2000-01-01T00:00:00Z", to: "2000-01-02T00:00:00Z"'


def configure(folder: Path, text: str) -> None:
    (folder / "reconciler.yaml").write_text(HEAD + text)


def exported(cloud: Cloud) -> set[str]:
    return set(cloud.state.link("sales", "saleslake").tables)


def told(said: Said) -> str:
    return said.out + said.err


@pytest.fixture
def losing(folder: Path) -> Path:
    """Two tables of sales are to go, and one is allowed; the link of service is to come."""
    configure(folder, ONE_IS_ALLOWED)
    write_manifests(folder / "manifests", TWO_GO)
    return folder


class TestPlan:
    def test_shows_what_apply_would_refuse_and_the_word_for_it(self, losing: Path, capsys: Captured) -> None:
        said = call(capsys, "plan")
        assert said.code == 2
        assert "Apply would refuse\n  tablesRemoved: In environment 'sales' 2 of 3 tables" in said.out
        assert "--approve tablesRemoved:sales=2" in said.out
        assert "### Apply would refuse" in call(capsys, "plan", "--format", "markdown").out

    def test_holds_what_guards_say(self, losing: Path, capsys: Captured) -> None:
        call(capsys, "plan", "--out", "plan.json")
        guard, *silent = json.loads(Path("plan.json").read_text())["guards"]
        assert not any(each["refused"] for each in silent)
        assert (guard["guard"], guard["refused"], guard["found"], guard["of"]) == ("tablesRemoved", True, 2, 3)

    def test_counts_what_is_blocked_as_well(self, losing: Path, capsys: Captured) -> None:
        # A pipeline's plan has no person's sign-in; the reviewer is to see what a person would be refused.
        said = call(capsys, "plan", "--sign-in", "none")
        assert "tablesRemoved" in said.out

    def test_warns_of_guards_that_name_nothing(self, folder: Path, capsys: Captured) -> None:
        configure(folder, "protected: [{environment: salse}]\n")
        assert "[guard-without-target]" in call(capsys, "plan").out


class TestApply:
    def test_refuses_the_environment_and_the_others_go_on(self, losing: Path, cloud: Cloud, capsys: Captured) -> None:
        said = call(capsys, "apply", "--yes")
        assert said.code == 4
        assert "2 of 3" in said.err
        assert "--approve tablesRemoved:sales=2" in said.err
        assert "Apply: 1 done." in said.out
        assert exported(cloud) == {"account", "contact", "task"}

    @pytest.mark.parametrize("word", ["tablesRemoved:sales=2", "tablesRemoved=2", "tablesRemoved=9"])
    def test_goes_on_with_the_word(self, losing: Path, cloud: Cloud, capsys: Captured, word: str) -> None:
        assert call(capsys, "apply", "--yes", "--approve", word).code == 0
        assert exported(cloud) == {"account"}

    def test_not_with_a_word_for_less(self, losing: Path, cloud: Cloud, capsys: Captured) -> None:
        assert call(capsys, "apply", "--yes", "--approve", "tablesRemoved=1").code == 4
        assert exported(cloud) == {"account", "contact", "task"}

    def test_a_word_that_nothing_asks_for_is_told(self, losing: Path, capsys: Captured) -> None:
        said = call(capsys, "apply", "--yes", "--approve", "freeze:x", "--approve", "tablesRemoved:sales=2")
        assert (said.code, "Nothing asks for the approval 'freeze:x'." in said.err) == (0, True)
        assert "tablesRemoved" not in said.err

    def test_a_word_that_is_none_is_a_usage_error(self, losing: Path, cloud: Cloud, capsys: Captured) -> None:
        said = call(capsys, "apply", "--yes", "--approve", "tablesRemoved")
        assert (said.code, "approves nothing" in said.err, cloud.record.writes) == (3, True, [])

    def test_a_reviewed_plan_is_guarded_too(self, losing: Path, capsys: Captured) -> None:
        call(capsys, "plan", "--out", "plan.json")
        assert call(capsys, "apply", "plan.json").code == 4
        assert call(capsys, "apply", "plan.json", "--approve", "tablesRemoved:sales=2").code == 4  # it moved: service
        call(capsys, "plan", "--out", "plan.json")
        assert call(capsys, "apply", "plan.json", "--approve", "tablesRemoved:sales=2").code == 0

    def test_what_was_narrowed_away_is_not_counted(self, losing: Path, capsys: Captured) -> None:
        assert call(capsys, "apply", "--yes", "--environment", "service").code == 0

    def test_guards_come_before_questions(
        self, losing: Path, cloud: Cloud, capsys: Captured, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        configure(losing, f"freeze: [{{name: all, {ALWAYS}}}]\n")

        class Terminal(io.StringIO):
            def isatty(self) -> bool:
                return True

        monkeypatch.setattr("sys.stdin", Terminal(""))
        said = call(capsys, "apply")
        assert (said.code, "Apply this?" in told(said), cloud.record.writes) == (4, False, [])


class TestFreeze:
    def test_nothing_is_written_in_its_time_but_by_its_word(self, folder: Path, cloud: Cloud, capsys: Captured) -> None:
        configure(folder, f"freeze: [{{name: all, {ALWAYS}, reason: closing}}]\n")
        said = call(capsys, "apply", "--yes")
        assert (said.code, cloud.record.writes) == (4, [])
        both = "SynapseLink/sales/sales-link, SynapseLink/service/service-link"
        assert f"Frozen, for closing: {both} may not be changed now" in said.err
        assert call(capsys, "apply", "--yes", "--approve", "freeze:all").code == 0

    def test_another_time_and_another_environment_are_free(self, folder: Path, capsys: Captured) -> None:
        freezes = f"{{name: past, {NEVER}}}, {{name: here, {ALWAYS}, environments: [sales]}}"
        configure(folder, f"freeze: [{freezes}]\n")
        said = call(capsys, "apply", "--yes")
        assert (said.code, "1 done" in said.out) == (4, True)
        assert "here" in said.err
        assert "past" not in said.err


def test_what_is_protected_loses_nothing_whatever_is_approved(losing: Path, cloud: Cloud, capsys: Captured) -> None:
    configure(losing, "protected: [{storageAccount: saleslake}]\n")
    said = call(capsys, "apply", "--yes", "--approve", "tablesRemoved=9")
    assert said.code == 4
    assert "'saleslake' is protected" in said.err
    assert exported(cloud) == {"account", "contact", "task"}


class TestPrune:
    @pytest.fixture
    def undeclared(self, folder: Path) -> Path:
        """Nothing declares the live link of sales; another one there is declared, and goes to another account."""
        text = (folder / "manifests" / "links.yaml").read_text()
        declared = text.replace("saleslake", "flatlake").replace("dataverse-sales", "elsewhere")
        (folder / "manifests" / "links.yaml").write_text(declared)
        return folder

    WORDS = ("apply", "--yes", "--allow-unproven", "--confirm", "saleslake")

    def test_an_undeclared_link_stays_without_consent(self, undeclared: Path, cloud: Cloud, capsys: Captured) -> None:
        call(capsys, *self.WORDS)
        assert cloud.record.count(route="link.unlink") == 0
        assert "prune" in call(capsys, "plan", "--format", "json").out

    def test_and_goes_with_consent_and_its_name(self, undeclared: Path, cloud: Cloud, capsys: Captured) -> None:
        configure(undeclared, "prune: [{kind: SynapseLink, environments: [sales]}]\n")
        assert "delete SynapseLink saleslake: is declared by no manifest" in call(capsys, "plan").out
        call(capsys, "apply", "--yes", "--allow-unproven")
        assert cloud.record.count(route="link.unlink") == 0
        said = call(capsys, *self.WORDS)
        assert "done     SynapseLink/sales/saleslake" in said.out
        assert cloud.record.count(route="link.unlink") == 1

    def test_not_where_manifests_say_nothing_of_the_environment(
        self, folder: Path, cloud: Cloud, capsys: Captured
    ) -> None:
        configure(folder, "prune: [{kind: SynapseLink, environments: [sales]}]\n")
        (folder / "manifests" / "links.yaml").unlink()
        said = call(capsys, *self.WORDS, "--approve", "linksUnlinked=9")
        assert said.code == 4
        assert "emptyInput" in said.err
        assert cloud.record.writes == []
