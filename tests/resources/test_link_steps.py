from __future__ import annotations

from dataclasses import replace

import pytest

from reconciler.model.change import Step
from reconciler.model.desired import DestinationType
from reconciler.resources.link_steps import (
    ActivateProfile,
    CreateFabricLink,
    CreateLink,
    DeleteContainer,
    DoInPortal,
    DropLakeDatabase,
    EnableChangeTracking,
    ResynchroniseFabric,
    RewriteProfile,
    UnlinkFabric,
    UnlinkStorage,
    VerifyLink,
    VerifyUnlinked,
)
from tests.builders import desired_tables, storage_id, workspace_id

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
        (
            replace(CREATION, kind=DestinationType.DELTA),
            "Register the lake 'devlake/dataverse-dev' and a profile of 1 table for a link of type delta",
        ),
        (CreateFabricLink("w", "c", desired_tables("a", "b")), "Link 2 tables to the Fabric workspace w"),
        (ResynchroniseFabric("f", "w"), "Rebuild the shortcuts in the Fabric workspace w"),
        (RewriteProfile("f", enabled=False, snapshots=0), "Write the profile once, the sync switched off; snapshots 0"),
        (RewriteProfile("f", enabled=True), "Write the profile once, the sync switched on"),
        (UnlinkStorage("f", "devlake", 3, True), "Unlink 'devlake' of 3 tables, and ask to delete its data"),
        (
            UnlinkStorage("f", "devlake", 3, False),
            "Unlink 'devlake' of 3 tables, and ask to keep its data, which is not proven to work",
        ),
        (UnlinkFabric("f", "CDS3", 1), "Unlink 'CDS3' of 1 table from Fabric, and with it its lakehouse"),
        (VerifyUnlinked("f"), "Wait until the link is gone"),
        (DropLakeDatabase(workspace_id(), "p", "db"), "Drop the lake database 'db' of workspace 'devworkspace'"),
        (DeleteContainer(storage_id(), "c"), "Delete the container 'c' of 'devlake' with all that is in it"),
        (DoInPortal(("click",)), "By hand, in the maker portal"),
    ],
)
def test_a_step_tells_itself_in_one_line(step: Step, words: str) -> None:
    assert step.describe() == words


def test_only_what_a_person_does_has_instructions() -> None:
    assert DoInPortal(("click", "type")).instructions() == ("click", "type")
    assert VerifyLink().instructions() == ()


def test_step_types_are_the_words_of_plan_files() -> None:
    types = [EnableChangeTracking.type, CreateLink.type, RewriteProfile.type, ActivateProfile.type, VerifyLink.type]
    assert types == ["enableChangeTracking", "createLink", "rewriteProfile", "activateProfile", "verifyLink"]
