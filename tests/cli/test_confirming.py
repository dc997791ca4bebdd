"""What unlinks asks for the link's name: typed at a terminal, passed by --confirm elsewhere; --yes does not answer."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from reconciler.cli.confirming import confirmations
from reconciler.model.address import Address
from reconciler.model.change import Action, Change, Status
from reconciler.simulator import Cloud
from tests.builders import change
from tests.cli.run import call

Captured = pytest.CaptureFixture[str]
CREATED = "tables: [account, contact, lead]"


class Terminal(io.StringIO):
    """Standard input of a person who types."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def tombstone(folder: Path) -> Path:
    """The manifest of the link of ``sales`` as a tombstone."""
    links = folder / "manifests/links.yaml"
    text = links.read_text(encoding="utf-8")
    assert CREATED in text
    links.write_text(text.replace(CREATED, f"{CREATED}\n  state: absent\n  data: delete"), encoding="utf-8")
    return links


def unlinked(cloud: Cloud) -> bool:
    return all(link.deleted for link in cloud.state.links if link.environment == "sales")


def test_without_leave_the_plan_tells_each_click_and_sends_nothing(
    cloud: Cloud, tombstone: Path, capsys: Captured
) -> None:
    said = call(capsys, "plan")
    assert "unproven" in said.out
    assert "- Choose the link 'saleslake', then Unlink data lake" in said.out
    assert call(capsys, "apply", "--yes", "--environment", "sales").code == 5
    assert not unlinked(cloud)


def test_a_saved_plan_is_carried_out_with_each_click_told(cloud: Cloud, tombstone: Path, capsys: Captured) -> None:
    assert call(capsys, "plan", "--out", "plan.json", "--environment", "sales").code == 2
    said = call(capsys, "apply", "plan.json")
    assert said.code == 5
    assert "By hand, for SynapseLink/sales/sales-link:\n  - Open make.powerapps.com" in said.out
    assert "  - Choose the link 'saleslake', then Unlink data lake\n" in said.out


def test_yes_does_not_answer_for_a_name(cloud: Cloud, tombstone: Path, capsys: Captured) -> None:
    said = call(capsys, "apply", "--yes", "--allow-unproven", "--environment", "sales")
    assert (said.code, "--confirm 'saleslake'" in said.out) == (4, True)
    assert not unlinked(cloud)


@pytest.mark.parametrize(("name", "code"), [("saleslake", 0), ("SalesLake", 4), ("", 4)])
def test_a_pipeline_passes_the_name(cloud: Cloud, tombstone: Path, capsys: Captured, name: str, code: int) -> None:
    words = ["apply", "--yes", "--allow-unproven", "--environment", "sales", "--confirm", name]
    assert call(capsys, *words).code == code
    assert unlinked(cloud) is (code == 0)


@pytest.mark.parametrize(("typed", "code"), [("y\nsaleslake\n", 0), ("y\nsales\n", 4), ("y\n\n", 4), ("n\n", 130)])
def test_a_person_types_the_name(
    cloud: Cloud, tombstone: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch, typed: str, code: int
) -> None:
    monkeypatch.setattr("sys.stdin", Terminal(typed))
    assert call(capsys, "apply", "--allow-unproven", "--environment", "sales").code == code
    assert unlinked(cloud) is (code == 0)


def test_the_others_go_on_where_one_is_not_confirmed(cloud: Cloud, tombstone: Path, capsys: Captured) -> None:
    said = call(capsys, "apply", "--yes", "--allow-unproven")
    assert said.code == 4
    assert "Apply: 1 done, 1 refused." in said.out


def test_a_reviewed_plan_without_leave_is_not_widened_by_leave_at_apply(
    cloud: Cloud, tombstone: Path, capsys: Captured
) -> None:
    call(capsys, "plan", "--out", "plan.json", "--environment", "sales")
    said = call(capsys, "apply", "plan.json", "--allow-unproven", "--confirm", "saleslake")
    assert (said.code, "not-reviewed" in said.err) == (4, True)
    assert not unlinked(cloud)


def test_a_reviewed_plan_with_leave_is_carried_out_with_leave_and_a_name(
    cloud: Cloud, tombstone: Path, capsys: Captured
) -> None:
    said = call(capsys, "plan", "--allow-unproven", "--out", "plan.json", "--environment", "sales")
    assert "reconciler apply plan.json --allow-unproven" in said.out
    assert "the name 'saleslake' has to be typed" in said.out
    document = json.loads(Path("plan.json").read_text(encoding="utf-8"))
    assert [change["confirm"] for change in document["changes"]] == ["saleslake"]
    assert call(capsys, "apply", "plan.json", "--confirm", "saleslake").code == 4
    assert call(capsys, "apply", "plan.json", "--allow-unproven", "--confirm", "saleslake").code == 0
    assert unlinked(cloud)


def test_drift_takes_the_same_leave(tombstone: Path, capsys: Captured) -> None:
    assert call(capsys, "drift", "--allow-unproven").code == 2


def test_what_waits_for_a_first_load_is_deferred_and_no_failure(folder: Path, capsys: Captured) -> None:
    links = folder / "manifests/links.yaml"
    text = links.read_text(encoding="utf-8")
    more = "tables: [account, contact, lead, quote, invoice]\n  addAtMost: 1"
    links.write_text(text.replace(CREATED, more), encoding="utf-8")
    said = call(capsys, "apply", "--yes", "--environment", "sales")
    assert said.code == 0
    assert "Apply: 1 done, 1 deferred." in said.out
    assert "addAtMost: 1" in said.out


def delete(environment: str, name: str, status: Status = Status.READY) -> Change:
    return change(
        address=Address("SynapseLink", environment, f"{environment}-link"),
        action=Action.DELETE,
        confirm=name,
        status=status,
    )


class TestANameThatSeveralChangesAskFor:
    """Links of two environments into one storage account have one name."""

    dev, test = delete("dev", "lake"), delete("test", "lake")

    def test_confirms_none_of_them_and_the_full_one_its_own(self) -> None:
        confirmed = confirmations([self.dev, self.test], ["lake"], ask=False)
        assert (confirmed(self.dev), confirmed(self.test)) == (False, False)
        confirmed = confirmations([self.dev, self.test], ["lake", "test/test-link/lake"], ask=False)
        assert (confirmed(self.dev), confirmed(self.test)) == (False, True)

    def test_is_enough_where_one_of_them_alone_would_be_made(self) -> None:
        blocked = delete("test", "lake", Status.BLOCKED)
        confirmed = confirmations([self.dev, blocked], ["lake"], ask=False)
        assert (confirmed(self.dev), confirmed(blocked)) == (True, False)

    def test_is_typed_for_each(self, monkeypatch: pytest.MonkeyPatch, capsys: Captured) -> None:
        monkeypatch.setattr("sys.stdin", Terminal("lake\nno\n"))
        confirmed = confirmations([self.dev, self.test], ["lake"], ask=True)
        assert (confirmed(self.dev), confirmed(self.test)) == (True, False)


def test_a_name_that_nothing_asks_for_is_told(capsys: Captured) -> None:
    confirmed = confirmations([delete("dev", "lake")], ["lake", "la\x1bke"], ask=False)
    assert confirmed(delete("dev", "lake"))
    said = capsys.readouterr().err
    assert ("Nothing asks for the name" in said, "\x1b" in said) == (True, False)


@pytest.mark.parametrize("closed", [True, False])
@pytest.mark.parametrize("words", [["--yes"], ["plan.json"], ["plan.json", "--only", "blocked", "--yes"], []])
def test_nothing_waits_for_an_answer_where_standard_input_is_closed(
    cloud: Cloud,
    tombstone: Path,
    capsys: Captured,
    monkeypatch: pytest.MonkeyPatch,
    words: list[str],
    closed: bool,
) -> None:
    call(capsys, "plan", "--allow-unproven", "--out", "plan.json")
    stdin = io.StringIO()
    stdin.close()
    monkeypatch.setattr("sys.stdin", stdin if closed else None)
    said = call(capsys, "apply", "--allow-unproven", *words)
    assert said.code == (4 if words else 3)
    assert not unlinked(cloud)


def test_what_is_left_to_a_person_says_which_names_will_be_asked_for(
    cloud: Cloud, tombstone: Path, capsys: Captured
) -> None:
    said = call(capsys, "apply", "--yes", "--allow-unproven", "--sign-in", "none", "--environment", "sales")
    assert "with --yes, add --confirm saleslake" in said.out
