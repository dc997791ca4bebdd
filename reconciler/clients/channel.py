"""A way to one host with one identity: reading channels cannot write, by type and by policy."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from azure.core import PipelineClient
from azure.core.credentials import TokenCredential
from azure.core.exceptions import (
    AzureError,
    ClientAuthenticationError,
    ServiceRequestError,
)
from azure.core.pipeline.policies import BearerTokenCredentialPolicy
from azure.core.pipeline.transport import RequestsTransport
from azure.core.rest import HttpRequest
from requests.exceptions import RequestException

from reconciler.clients.budgets import Budgets
from reconciler.clients.connection import AnswerTooLarge, never_sent
from reconciler.clients.pacing import Paced
from reconciler.clients.patience import patient
from reconciler.clients.policies import (
    LONGEST_READ_SECONDS,
    BeforeWrite,
    BoundedRetry,
    Correlation,
    Counting,
    Observer,
    OnlyHost,
    ReadsOnly,
)
from reconciler.clients.redaction import redact
from reconciler.clients.writes import OnWrite, TellWrites
from reconciler.model.errors import (
    NotAuthorised,
    NotFound,
    NotReached,
    OutcomeUnknown,
    ServiceError,
    Unintelligible,
)
from reconciler.model.limits import Service

MOST_PAGES = 1000
"""Of one list. Rows come by the thousand: what goes on after that would never end."""


@dataclass(frozen=True, slots=True)
class Target:
    """A host, as whom to speak to it, and what it is called in messages. ``before_write`` is called before each attempt
    of a writing channel to write, and may raise; ``on_write`` is told of each such attempt.
    Its requests count against the limits of ``limited_by``, None where nobody counts, in the ``budgets`` of the run."""

    service: str
    host: str
    scope: str
    credential: TokenCredential
    transport: RequestsTransport
    observer: Observer | None = None
    before_write: Callable[[], None] | None = None
    on_write: OnWrite | None = None
    limited_by: Service | None = None
    budgets: Budgets = field(default_factory=Budgets)

    def paced(self, *, reading: bool) -> list[Paced]:
        """The policy that keeps its requests within its budget."""
        if self.limited_by is None:
            return []
        return [Paced(self.service, self.host, self.limited_by, id(self.credential), self.budgets, reading=reading)]


@dataclass(frozen=True, slots=True)
class Answer:
    """A response that succeeded: status 2xx or one that the caller expected."""

    service: str
    request: str
    status: int
    headers: Mapping[str, str]
    content: bytes

    def json(self) -> Any:
        """The body as JSON; Unintelligible if it is none."""
        try:
            body = json.loads(self.content)
            if b"\\u" in self.content and (b"\\ud" in self.content or b"\\uD" in self.content):
                # Half a character can be read, and neither printed nor sent on.
                json.dumps(body, ensure_ascii=False).encode()
        except (ValueError, RecursionError):
            raise self.unintelligible("not JSON") from None
        return body

    def next_page(self, link: Any, read: set[str]) -> str | None:
        """A link or token to the next page; None after the last. Unintelligible for one of ``read``, which would never
        end, as for one too many, and for what is no text. Remembers it in ``read``."""
        if link in (None, ""):
            return None
        if not isinstance(link, str):
            raise self.unintelligible("a page whose link to the next is no text")
        if link in read:
            raise self.unintelligible("a page that leads back to one that was read already")
        if len(read) >= MOST_PAGES:
            raise self.unintelligible(f"one of more than {MOST_PAGES:,} pages")
        read.add(link)
        return link

    def json_object(self) -> dict[str, Any]:
        """The body as a JSON object; Unintelligible if it is anything else."""
        body = self.json()
        if not isinstance(body, dict):
            raise self.unintelligible("not a JSON object")
        return body

    def unintelligible(self, why: str) -> Unintelligible:
        """The error to raise for a body of another shape than the service's."""
        start = redact(self.content[:80].decode(errors="replace"))
        return Unintelligible(
            f"{self.service} answered {self.request} with {self.status} and a body that is {why}: {start!r}. "
            "Check that no proxy or sign-in page stands between.",
            status=self.status,
        )


def pages(get: Callable[[str], Answer], path: str, rows: str) -> list[dict[str, Any]]:
    """The objects of a collection, page after page as ``nextLink`` leads. ``rows`` says in errors what they are."""
    found: list[dict[str, Any]] = []
    read: set[str] = set()
    page: str | None = path
    while page:
        answer = get(page)
        body = answer.json_object()
        value = body.get("value")
        if not isinstance(value, list):
            raise answer.unintelligible(f"without a list of {rows}")
        found += [row for row in value if isinstance(row, dict)]
        page = answer.next_page(body.get("nextLink"), read)
    return found


class ReadChannel:
    """GETs, and POSTs that read. Everything may be repeated, so everything is, within bounds."""

    _reading = True

    def __init__(self, target: Target) -> None:
        self.target = target
        policies: list[Any] = [
            OnlyHost(target.host),
            BoundedRetry(reading=self._reading),
            BearerTokenCredentialPolicy(target.credential, target.scope),
            *target.paced(reading=self._reading),
            Correlation(),
        ]
        if self._reading:
            policies.append(ReadsOnly())
        elif target.before_write:
            policies.append(BeforeWrite(target.before_write))
        if target.observer:
            policies.append(Counting(target.observer))
        if target.on_write and not self._reading:
            policies.append(TellWrites(target.on_write))
        self._client: PipelineClient[Any, Any] = PipelineClient(
            f"https://{target.host}", policies=policies, transport=target.transport
        )

    def get(self, path: str, headers: Mapping[str, str] | None = None) -> Answer:
        """GET of a path (with its query) of the target's host."""
        return self._send("GET", path, headers)

    def query(self, path: str, content: bytes, headers: Mapping[str, str]) -> Answer:
        """A POST that reads. Refused by policy unless its route is on the allow-list."""
        return self._send("POST", path, headers, content=content)

    def _send(self, method: str, path: str, headers: Mapping[str, str] | None, **body: Any) -> Answer:
        url = path if path.startswith("https://") else f"https://{self.target.host}{path}"
        request = HttpRequest(method, url, headers=dict(headers or {}), **body)
        return send(self._client, request, self.target, repeatable=self._reading)


class WriteChannel(ReadChannel):
    """A channel that may write as well. No write is sent twice unless the service said that it did not process it."""

    _reading = False

    def post(self, path: str, body: Any = None, headers: Mapping[str, str] | None = None) -> Answer:
        """POST, with JSON unless there is no body."""
        return self._write("POST", path, body, headers)

    def put(self, path: str, body: Any, headers: Mapping[str, str] | None = None) -> Answer:
        """PUT of JSON."""
        return self._write("PUT", path, body, headers)

    def delete(self, path: str, headers: Mapping[str, str] | None = None) -> Answer:
        """DELETE, without a body."""
        return self._write("DELETE", path, None, headers)

    def _write(self, method: str, path: str, body: Any, headers: Mapping[str, str] | None) -> Answer:
        if body is None:
            return self._send(method, path, headers)
        return self._send(method, path, headers, json=body)


def send(client: Any, request: HttpRequest, target: Target, *, repeatable: bool) -> Answer:
    """Sends through an azure-core client and turns every failure into one of our errors.

    Raises NotAuthorised (no token, 401, 403), NotFound (404), Throttled, GivenUp (out of patience), NotReached (never
    sent, or a read that was not answered), OutcomeUnknown (a write whose answer is lost, or 5xx to a write),
    Unintelligible (a read whose answer is too large), ServiceError (any other status).
    """
    service = target.service
    name = f"{request.method} {request.url.split('?')[0]}"
    try:
        with patient(target.budgets.clock.now) as left:
            longest = {"timeout": min(left, LONGEST_READ_SECONDS)} if repeatable else {}
            response = client.send_request(request, **longest)
            content = response.content
    except AnswerTooLarge as error:
        too_large = Unintelligible if repeatable else OutcomeUnknown
        raise too_large(f"{service} answered {name} with {error}. Check that no proxy stands between.") from None
    except ClientAuthenticationError as error:
        raise NotAuthorised(f"No token for {service}: {redact(str(error.message))}") from None
    except (AzureError, RequestException) as error:
        if isinstance(error, ServiceRequestError) and never_sent(error):
            text = f"{service} was not reached ({name}): {redact(str(error))}"
            raise NotReached(f"{text}. Check the address, the network and the proxy.") from None
        kind = NotReached if repeatable else OutcomeUnknown
        raise kind(f"{service} gave no answer to {name}: {redact(str(error))}") from None
    answer = Answer(service, name, response.status_code, response.headers, content)
    if 200 <= response.status_code < 300 or response.status_code == 304:
        return answer
    raise failure(answer, repeatable=repeatable)


def failure(answer: Answer, *, repeatable: bool) -> ServiceError:
    """The error that a status means; see ``send``."""
    code, message = _error_fields(answer)
    correlation = redact(answer.headers.get("x-ms-request-id") or answer.headers.get("x-ms-service-request-id") or "")
    said = f": {message}" if message else " without a word"
    text = f"{answer.service} answered {answer.status} to {answer.request}{said}"
    if code:
        text += f" [{code}]"
    if correlation:
        text += f" (request id {correlation})"
    kind: type[ServiceError] = ServiceError
    if answer.status in {401, 403}:
        kind = NotAuthorised
    elif answer.status == 404:
        kind = NotFound
    elif answer.status == 429:
        kind = NotReached
        text += f". Throttled; it asks to wait {answer.headers.get('Retry-After', 'for an unsaid time')} s"
    elif answer.status == 408 or answer.status >= 500:
        kind = NotReached if repeatable else OutcomeUnknown
    return kind(text, status=answer.status, code=code, correlation_id=correlation)


def _error_fields(answer: Answer) -> tuple[str, str]:
    """Code and message of an error body: nested under ``error`` or flat, as the services differ. Resource Graph says
    what is wrong in the first of the details alone."""
    try:
        body = json.loads(answer.content)
    except (ValueError, RecursionError):
        return "", redact(answer.content[:200].decode(errors="replace"))
    fields = body.get("error", body) if isinstance(body, dict) else {}
    if not isinstance(fields, dict):
        return "", redact(str(fields))
    details = fields.get("details")
    first = details[0] if isinstance(details, list) and details and isinstance(details[0], dict) else {}
    message = " ".join(str(each["message"]) for each in (fields, first) if each.get("message"))
    return redact(str(fields.get("code") or "")), redact(message)
