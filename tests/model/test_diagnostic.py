from __future__ import annotations

from random import Random

from reconciler.model.address import Address
from reconciler.model.diagnostic import Location, Severity, has_errors, sorted_diagnostics
from tests.builders import diagnostic


def test_diagnostics_sort_by_place_then_address_then_weight_whatever_order_they_came_in() -> None:
    ordered = (
        diagnostic(summary="without a place"),
        diagnostic(
            location=Location("a.yaml", 1), address=Address("SynapseLink", "dev", "a"), severity=Severity.WARNING
        ),
        diagnostic(location=Location("a.yaml", 1), address=Address("SynapseLink", "dev", "b"), severity=Severity.ERROR),
        diagnostic(location=Location("a.yaml", 2), severity=Severity.ERROR),
        diagnostic(location=Location("a.yaml", 2), severity=Severity.WARNING),
        diagnostic(location=Location("a.yaml", 2), severity=Severity.INFORMATION),
        diagnostic(location=Location("a.yaml", 10)),
        diagnostic(location=Location("b.yaml", 1)),
    )
    shuffled = list(ordered)
    Random(3).shuffle(shuffled)
    assert sorted_diagnostics(shuffled) == ordered


def test_each_finding_is_said_once() -> None:
    assert sorted_diagnostics([diagnostic(), diagnostic()]) == (diagnostic(),)


def test_a_place_prints_as_editors_take_it() -> None:
    assert str(Location("manifests/a.yaml", 3, 5)) == "manifests/a.yaml:3:5"


def test_warnings_and_informations_are_no_errors() -> None:
    light = [diagnostic(severity=Severity.WARNING), diagnostic(severity=Severity.INFORMATION)]
    assert not has_errors(light)
    assert has_errors([*light, diagnostic()])
