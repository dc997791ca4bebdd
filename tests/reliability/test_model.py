"""The model test: a few stories of it, and the proof that it would see what it looks for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from reconciler.resources.link_profile import edited
from reconciler.simulator import Cloud
from tests.reliability import model
from tests.reliability.model import Declared, Link, Whole, applied, drifts


@pytest.fixture(scope="module")
def machine() -> Iterator[type[Whole]]:
    """The machine on a cloud of its own."""
    with model.grounded() as found:
        yield found


def test_the_whole_system_does_what_the_model_does(machine: type[Whole]) -> None:
    model.explore(machine, 3, 14, derandomize=True)


def test_a_link_taken_through_its_life(machine: type[Whole]) -> None:
    """One story that is always told: what hypothesis draws may miss any of these."""
    story = machine()
    story.declare(slot="sales", table="lead")
    story.let_go(slot="sales", table="task")
    story.drift()
    story.plan()
    story.save_a_plan()
    story.edit_in_the_portal(slot="sales", table="incident", minutes=15)
    story.apply_the_saved_plan()
    assert story.live["sales"] == Link({"account", "contact", "task", "incident"}, 15)
    story.save_a_plan()
    story.apply_the_saved_plan()
    story.live_is_what_the_model_says()
    assert story.live["sales"] == Link({"account", "contact", "incident", "lead"}, 60)
    story.take_in()
    story.write_a_manifest(slot="service")
    story.die_and_apply(steps=1)
    story.delete_a_manifest(slot="service")
    story.apply()
    assert story.live["service"] == Link({"account"}, 60)
    story.end_a_link(slot="sales")
    story.apply()
    assert "sales" not in {slot for slot, link in story.live.items() if link}
    story.drift()


def test_a_system_that_removes_what_was_left_out_would_be_seen(
    machine: type[Whole], monkeypatch: pytest.MonkeyPatch
) -> None:
    def careless(document: Any, step: Any) -> Any:
        sent = edited(document, step)
        return {**sent, "Entities": [each for each in sent["Entities"] if each["Type"] != "contact"]}

    monkeypatch.setattr("reconciler.apply.synapse_link.edited", careless)
    story = machine()
    story.declare(slot="sales", table="lead")
    with pytest.raises(AssertionError):
        story.apply()


def test_a_saved_plan_that_widens_would_be_seen(machine: type[Whole], monkeypatch: pytest.MonkeyPatch) -> None:
    story = machine()
    story.save_a_plan()

    def another(*_words: str) -> tuple[int, str, str]:
        story.cloud.edit("sales", "saleslake", add_tables=["lead"])
        return 0, "", ""

    monkeypatch.setattr(story, "_run", another)
    with pytest.raises(AssertionError):
        story.apply_the_saved_plan()


@pytest.mark.parametrize(
    ("declared", "live", "after", "differs"),
    [
        (None, Link({"a"}, 15), Link({"a"}, 15), False),
        (Declared({"a"}), None, Link({"a"}, 60), True),
        (Declared({"a"}), Link({"a", "b"}, 60), Link({"a", "b"}, 60), True),
        (Declared({"a"}, {"b"}), Link({"a", "b"}, 60), Link({"a"}, 60), True),
        (Declared({"a"}, {"b"}), Link({"a"}, 60), Link({"a"}, 60), False),
        (Declared(gone=True), Link({"a"}, 60), None, True),
        (Declared(gone=True), None, None, False),
    ],
)
def test_the_model(declared: Declared | None, live: Link | None, after: Link | None, differs: bool) -> None:
    assert applied(declared, live) == after
    assert drifts(declared, live) is differs


def test_each_story_begins_anew(machine: type[Whole]) -> None:
    machine().cloud.edit("sales", "saleslake", add_tables=["lead"])
    story = machine()
    story.live_is_what_the_model_says()
    assert isinstance(story.cloud, Cloud)
