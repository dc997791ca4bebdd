"""The names that mark role assignments as a repository's own."""

from __future__ import annotations

from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from reconciler.model.ownership import assignment_name, is_ours, namespace_id

SUBSCRIPTION = "/subscriptions/22222222-2222-4222-8222-222222222222"
SCOPE = f"{SUBSCRIPTION}/resourceGroups/rg-Data/providers/Microsoft.Storage/storageAccounts/lake"
ROLE = "BA92F5B4-2D11-453D-A403-E96B0029C9FE"
PRINCIPAL = "33333333-3333-4333-8333-33333333333A"
REPOSITORY = "contoso/data-platform"


def test_the_name_is_a_guid_and_never_changes_between_versions() -> None:
    name = assignment_name(REPOSITORY, SCOPE, ROLE, PRINCIPAL)
    assert str(UUID(name)) == name
    assert UUID(name).version == 5
    assert name == "ddef64cb-12ee-59b4-a421-e04c9128113d"


def test_the_spelling_of_ids_does_not_matter() -> None:
    spelt = assignment_name(
        f" {REPOSITORY} ",
        SCOPE.lower() + "/",
        f"{SUBSCRIPTION}/providers/Microsoft.Authorization/roleDefinitions/{ROLE.lower()}",
        f" {PRINCIPAL.lower()}",
    )
    assert spelt == assignment_name(REPOSITORY, SCOPE, ROLE, PRINCIPAL)


def test_a_namespace_that_is_a_uuid_is_taken_as_it_is() -> None:
    text = "6BA7B810-9DAD-11D1-80B4-00C04FD430C8"
    assert namespace_id(text) == namespace_id(text.lower()) == UUID(text)
    assert namespace_id("") == namespace_id(None)


@given(st.lists(st.sampled_from(["a", "b", "c"]), min_size=4, max_size=4), st.integers(0, 3))
def test_another_part_is_another_name(parts: list[str], which: int) -> None:
    others = [*parts]
    others[which] += "x"
    first, second = (assignment_name(*each) for each in (parts, others))
    assert first != second


def test_ours_is_what_bears_our_name_and_nothing_without_a_namespace() -> None:
    name = assignment_name(REPOSITORY, SCOPE, ROLE, PRINCIPAL)
    assert is_ours(REPOSITORY, name.upper(), SCOPE, ROLE, PRINCIPAL)
    assert not is_ours("contoso/another", name, SCOPE, ROLE, PRINCIPAL)
    assert not is_ours(REPOSITORY, name, SCOPE, ROLE, "somebody else")
    shared = assignment_name(None, SCOPE, ROLE, PRINCIPAL)
    assert not is_ours(None, shared, SCOPE, ROLE, PRINCIPAL)
    assert not is_ours(" ", shared, SCOPE, ROLE, PRINCIPAL)
