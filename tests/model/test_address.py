from __future__ import annotations

from reconciler.model.address import Address


def test_an_address_prints_kind_environment_and_name() -> None:
    assert str(Address("SynapseLink", "dev", "dev-link")) == "SynapseLink/dev/dev-link"


def test_parts_that_are_empty_are_left_out() -> None:
    assert str(Address("Environment", "dev", "")) == "Environment/dev"
    assert str(Address("LineageSource", "", "warehouse")) == "LineageSource/warehouse"


def test_addresses_sort_by_kind_environment_and_name() -> None:
    first, second, third = Address("A", "a", "b"), Address("A", "b", "a"), Address("B", "a", "a")
    assert sorted([third, second, first]) == [first, second, third]
