"""Lets each request wait for its turn, and sends again what was throttled: for everybody, not for each thread alone."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any
from urllib.parse import urlsplit

from azure.core.pipeline import PipelineRequest, PipelineResponse
from azure.core.pipeline.policies import HTTPPolicy

from reconciler.clients.budgets import LONGEST_WAIT_SECONDS, Budget, Budgets
from reconciler.clients.patience import current
from reconciler.clients.retry_after import as_utc, asked_wait
from reconciler.model.errors import Throttled
from reconciler.model.limits import Service

LONGEST_TURN_SECONDS = 240
"""That one request waits for its turns, repeats included. Tokens are had five minutes before their end: one that was
had before the wait is good after it."""
_UNTIL = "turn until"


class Paced(HTTPPolicy[Any, Any]):
    """Sends when the budget of the request's service allows it, and again, in its turn, what was throttled.

    429 was not processed, so that writes are sent again as well; 503 with Retry-After is a throttle too, and is sent
    again on reading channels alone. Raises Throttled, for a request that was certainly not processed, where the service
    asks for more than a minute, where the turn would come after four minutes, or after the patience of this thread.
    """

    def __init__(
        self, service: str, host: str, limited_by: Service, identity: Hashable, budgets: Budgets, *, reading: bool
    ) -> None:
        super().__init__()
        self._service = service
        self._host = host
        self._limited_by = limited_by
        self._identity = identity
        self._budgets = budgets
        self._clock = budgets.clock
        self._turns = budgets.turns(limited_by, host)
        self._reading = reading

    def send(self, request: PipelineRequest[Any]) -> PipelineResponse[Any, Any]:
        """The answer; one that says throttled only where it is not sent again."""
        sent = request.http_request
        path = sent.url.removeprefix(f"https://{self._host}")
        budget = self._budgets.of(self._limited_by, self._host, self._identity, sent.method, path)
        until = request.context.setdefault(_UNTIL, self._clock.now() + LONGEST_TURN_SECONDS)
        while True:
            if not self._turns.acquire(timeout=max(0.0, until - self._clock.now())):
                raise self._too_late(request, "all connections that one host gets are waiting for answers")
            try:
                moment = budget.admit()
                response = self._attempt(request, budget) if moment is None else None
            finally:
                self._turns.release()
            if response is not None:
                return response
            if moment is not None:
                self._wait(moment, until, request, budget)

    def _attempt(self, request: PipelineRequest[Any], budget: Budget) -> PipelineResponse[Any, Any] | None:
        """The answer; None for a throttled one that may be sent again."""
        began = self._clock.now()
        response: PipelineResponse[Any, Any] = self.next.send(request)
        answer = response.http_response
        asked = asked_wait(answer.headers, self._clock.utc()) if answer.status_code in {429, 503} else None
        if answer.status_code == 429 or asked is not None:
            budget.throttled(began, asked)
            return None if answer.status_code == 429 or self._reading else response
        budget.answered(self._clock.now() - began, answer.headers)
        return response

    def _wait(self, moment: float, until: float, request: PipelineRequest[Any], budget: Budget) -> None:
        if budget.closed_until is not None:
            raise self._closed(request, budget.closed_until)
        patience = current()
        if patience is not None and moment > patience.until:
            raise patience.spent()
        if moment > until:
            raise self._too_late(request, f"it answered 429 for {LONGEST_TURN_SECONDS // 60} minutes, or would")
        self._clock.wait_until(moment)

    def _closed(self, request: PipelineRequest[Any], until: float) -> Throttled:
        return Throttled(
            f"{self._service} is throttled until {as_utc(until)}: it asks to wait longer than the "
            f"{LONGEST_WAIT_SECONDS} s that a run waits. {_name(request)} was not processed, and nothing more is sent "
            "to it in this run. Run again after that time, or take less of it: lower concurrency or limits in "
            "reconciler.yaml",
            status=429,
        )

    def _too_late(self, request: PipelineRequest[Any], why: str) -> Throttled:
        return Throttled(
            f"{self._service} is throttled: {why}. {_name(request)} was not processed. Run again later, or take less "
            "of it: lower concurrency or limits in reconciler.yaml",
            status=429,
        )


def _name(request: PipelineRequest[Any]) -> str:
    return f"{request.http_request.method} {urlsplit(request.http_request.url).path}"
