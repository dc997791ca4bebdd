"""Undeclared links: told everywhere, ended where the configuration consents."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.model.change import Action, ImpactKind, Reason, Risk, Status
from reconciler.model.configuration import Configuration
from reconciler.model.desired import DestinationType, SynapseLink
from reconciler.model.guard import Prune
from reconciler.model.live import LiveLink
from reconciler.resources.kind import Comparison
from reconciler.resources.link_prune import undeclared_links
from reconciler.resources.link_steps import DoInPortal, UnlinkStorage, VerifyUnlinked
from tests.builders import desired_link, diagnostic, live_environment, live_link, snapshot, storage_id

CONSENT = Configuration(prune=(Prune("SynapseLink", frozenset({"dev"})),))


def compared(*links: LiveLink, declared: tuple[SynapseLink, ...] = (), configuration: Configuration = CONSENT) -> Any:
    return undeclared_links(declared, snapshot(*links), configuration)


def test_without_consent_a_link_is_told_and_stays() -> None:
    found = compared(live_link("account"), configuration=Configuration())
    assert found.changes == ()
    (told,) = found.diagnostics
    assert (told.code, str(told.address)) == ("undeclared-link", "SynapseLink/dev/devlake")
    assert "prune" in str(told.remedy)


def test_consent_is_for_the_environment_that_it_names() -> None:
    elsewhere = Configuration(prune=(Prune("SynapseLink", frozenset({"prod"})),))
    assert compared(live_link("account"), configuration=elsewhere).changes == ()


def test_with_consent_it_goes_as_a_tombstone_that_keeps_the_data() -> None:
    found = compared(live_link("account", "lead"))
    assert found.diagnostics == ()
    (change,) = found.changes
    assert (change.action, change.reason, change.risk, change.status) == (
        Action.DELETE,
        Reason.UNDECLARED,
        Risk.DATA_LOSS,
        Status.UNPROVEN,
    )
    assert (str(change.address), change.confirm, change.location) == ("SynapseLink/dev/devlake", "devlake", None)
    first, last = change.steps
    assert isinstance(first, DoInPortal)
    assert "unticked" in first.lines[2]
    assert last == VerifyUnlinked("folder-1", storage_id(), "dataverse-dev", delete_data=False)
    assert [impact.kind for impact in change.impacts] == [ImpactKind.SYNC_STOPS]


def test_the_inferred_call_is_planned_where_that_is_allowed() -> None:
    (change,) = compared(live_link("account"), configuration=replace(CONSENT, allow_unproven=True)).changes
    assert change.status is Status.READY
    assert change.steps[0] == UnlinkStorage("folder-1", "devlake", 1, delete_data=False)


def test_a_declared_link_is_not_undeclared_whatever_its_name() -> None:
    assert compared(live_link("account"), declared=(desired_link("account", name="x"),)) == Comparison()
    assert compared(live_link("account"), declared=(desired_link(name="x", absent=True),)) == Comparison()


@pytest.mark.parametrize(
    ("links", "declared"),
    [
        # Its data would go with it.
        ((live_link("account", destination_type=DestinationType.FABRIC),), ()),
        # Nobody knows which storage account it goes to.
        ((live_link("account", storage_account=None),), ()),
        # Two of one storage account, or of one name.
        ((live_link("account"), live_link("lead", folder_id="folder-2", name="other")), ()),
        ((live_link("account"), live_link("lead", folder_id="folder-2", storage_account=storage_id("b"))), ()),
        # A manifest of that name speaks of another link.
        (
            (live_link("account", storage_account=storage_id("b")),),
            (desired_link("account", name="devlake"),),
        ),
    ],
)
def test_what_can_not_be_told_apart_or_kept_stays(
    links: tuple[LiveLink, ...], declared: tuple[SynapseLink, ...]
) -> None:
    found = compared(*links, declared=declared)
    assert found.changes == ()
    assert [told.code for told in found.diagnostics] == ["undeclared-link"] * len(links)
    assert all("by hand" in str(told.remedy) for told in found.diagnostics)


def test_nothing_is_said_of_an_environment_that_was_not_read() -> None:
    unread = live_environment(live_link("account"), unreadable=diagnostic())
    assert undeclared_links((), snapshot(unread), CONSENT) == Comparison()


@given(
    st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("xyz")), unique=True, max_size=6),
    st.sets(st.tuples(st.sampled_from("abc"), st.sampled_from("xyz"))),
    st.sets(st.sampled_from("abc")),
)
def test_nothing_declared_and_nothing_without_consent_is_ever_ended(
    live: list[tuple[str, str]], declared: set[tuple[str, str]], consent: set[str]
) -> None:
    environments = [
        live_environment(
            *(live_link("t", environment=e, name=a, storage_account=storage_id(a)) for e, a in live if e == name),
            name=name,
        )
        for name in "abc"
    ]
    manifests = []
    for environment, account in sorted(declared):
        csv = replace(desired_link().destination, storage_account=storage_id(account))
        manifests.append(desired_link("t", name=f"{account}-link", environment=environment, destination=csv))
    configuration = Configuration(prune=(Prune("SynapseLink", frozenset(consent)),))
    found = undeclared_links(manifests, snapshot(*environments), configuration)
    undeclared = set(live) - declared
    assert {(c.environment, c.confirm) for c in found.changes} == {(e, a) for e, a in undeclared if e in consent}
    assert {d.partition for d in found.diagnostics} == {e for e, _ in undeclared if e not in consent}
