"""What goes wrong outside: one type for each thing that a caller treats differently.

Mistakes in input are diagnostics, not exceptions; ``InvalidInput`` carries them to the edge. The tree:

    ReconcilerError
    ├── InvalidInput          manifests, configuration, plan files or options are wrong
    ├── Refused               the tool itself says no: stale plan, disagreeing table sets, a foreign host
    │   ├── Locked            another run has the lock of a partition
    │   └── LockLost          the lock can't be trusted any more: nothing further is sent
    └── ServiceError          a remote service did not do what was asked
        ├── NotReached        nothing was processed: connection refused, name unknown
        │   ├── Throttled     the service takes no more for longer than is waited
        │   └── GivenUp       the time that one environment, or change, is given has passed
        ├── OutcomeUnknown    sent, and the answer never came: may or may not have taken effect
        ├── NotAuthorised     this identity may not
        ├── NotFound          the thing is absent, or invisible to this identity
        └── Unintelligible    an answer that is none: not JSON, wrong shape
"""

from __future__ import annotations

from reconciler.model.diagnostic import Diagnostic


class ReconcilerError(Exception):
    """Base of all that the command line turns into one message and an exit code."""

    exit_code = 1


class InvalidInput(ReconcilerError):
    """The input can't be used; ``diagnostics`` say where and why."""

    exit_code = 3

    def __init__(self, diagnostics: tuple[Diagnostic, ...]) -> None:
        self.diagnostics = diagnostics
        super().__init__("; ".join(diagnostic.summary for diagnostic in diagnostics))


class Refused(ReconcilerError):
    """The tool will not do it; the message says what was found, the limit and the remedy."""

    exit_code = 4


class Locked(Refused):
    """Another run has the lock; the message says who, since when (``holder``), and how to break it."""

    def __init__(self, holder: str, remedy: str = "") -> None:
        self.holder = holder
        super().__init__(f"{holder}. {remedy}" if remedy else holder)


class LockLost(Refused):
    """The lock was lost, or can't be renewed in time: what was sent stands, and nothing more is sent."""


class ServiceError(ReconcilerError):
    """A request failed. The message names service, request, status, correlation id and what to check."""

    def __init__(self, message: str, *, status: int | None = None, code: str = "", correlation_id: str = "") -> None:
        self.status = status
        self.code = code
        self.correlation_id = correlation_id
        super().__init__(message)


class NotReached(ServiceError):
    """Certainly not processed; safe to try again later."""


class Throttled(NotReached):
    """The service takes no more for longer than is waited; the message says until when."""


class GivenUp(NotReached):
    """What is asked for as a whole took longer than it may; the message says what, and how long that is."""


class OutcomeUnknown(ServiceError):
    """May have taken effect: settle it by reading, never by sending again."""


class NotAuthorised(ServiceError):
    """No token could be had, or the service refuses this identity."""


class NotFound(ServiceError):
    """Absent, or not visible to this identity."""


class Unintelligible(ServiceError):
    """The answer is not what the service is known to say."""
