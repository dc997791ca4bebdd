from __future__ import annotations

from reconciler.model.address import Address
from reconciler.model.outcome import Outcome, Result


def test_an_outcome_says_at_least_what_it_is_of_and_how_it_ended() -> None:
    outcome = Outcome(Address("SynapseLink", "dev", "dev-link"), "dev", Result.DONE)
    assert (outcome.done, outcome.stopped_at, outcome.detail) == ((), None, None)
