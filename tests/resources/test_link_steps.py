from __future__ import annotations

import pytest

from reconciler.model.change import Step
from reconciler.resources.link_steps import (
    ActivateProfile,
    CreateLink,
    EnableChangeTracking,
    RewriteProfile,
    VerifyLink,
    counted,
    counted_tables,
)
from tests.builders import desired_tables, storage_id

CREATION = CreateLink(storage_id(), "dataverse-dev", None, desired_tables("account"), None, None, files=None)


@pytest.mark.parametrize(
    ("step", "words"),
    [
        (EnableChangeTracking(("task",)), "Enable change tracking of task (cannot be undone) and publish"),
        (CREATION, "Register the lake 'devlake/dataverse-dev' and a profile of 1 table"),
        (RewriteProfile("f"), "Write the profile once, unchanged"),
        (RewriteProfile("f", desired_tables("a", "b")), "Write the profile once, with a, b"),
        (RewriteProfile("f", remove=("a",)), "Write the profile once, without a"),
        (
            RewriteProfile("f", desired_tables("a"), ("b",), interval=15, attachments=True, files=False),
            "Write the profile once, with a; without b; interval 15m; attachments true; files false",
        ),
        (ActivateProfile(), "Activate the profile"),
        (VerifyLink(), "Read the link back and compare"),
    ],
)
def test_a_step_tells_itself_in_one_line(step: Step, words: str) -> None:
    assert step.describe() == words


def test_step_types_are_the_words_of_plan_files() -> None:
    types = [EnableChangeTracking.type, CreateLink.type, RewriteProfile.type, ActivateProfile.type, VerifyLink.type]
    assert types == ["enableChangeTracking", "createLink", "rewriteProfile", "activateProfile", "verifyLink"]


def test_up_to_four_names_are_told_and_the_rest_is_counted() -> None:
    assert counted(["a", "b", "c", "d"]) == "a, b, c, d"
    assert counted(tuple("abcdef")) == "a, b, c, d and 2 more"
    assert [counted_tables(number) for number in (0, 1, 2)] == ["0 tables", "1 table", "2 tables"]
