from __future__ import annotations

import pytest

from reconciler.model.errors import InvalidInput, NotReached, ReconcilerError, Refused, ServiceError
from tests.builders import diagnostic


def test_invalid_input_carries_its_diagnostics_and_says_all_of_them() -> None:
    error = InvalidInput((diagnostic(summary="one"), diagnostic(summary="two")))
    assert str(error) == "one; two"
    assert [found.summary for found in error.diagnostics] == ["one", "two"]


def test_a_service_error_keeps_what_a_report_to_support_needs() -> None:
    error = NotReached("GET account failed", status=429, code="throttled", correlation_id="c-1")
    assert (str(error), error.status, error.code, error.correlation_id) == (
        "GET account failed",
        429,
        "throttled",
        "c-1",
    )


@pytest.mark.parametrize(("error", "code"), [(ReconcilerError, 1), (ServiceError, 1), (InvalidInput, 3), (Refused, 4)])
def test_exit_codes_are_those_of_the_design(error: type[ReconcilerError], code: int) -> None:
    assert error.exit_code == code
