"""Connections: one TLS context and one pool a process, to the clouds or pinned to a local cloud."""

from __future__ import annotations

import os
import ssl
import time
from collections.abc import Iterator
from http.cookiejar import DefaultCookiePolicy
from typing import Any, Self
from urllib.parse import urlsplit

import certifi
import requests
from azure.core.exceptions import ClientAuthenticationError, ServiceRequestError
from azure.core.pipeline.transport import HttpTransport, RequestsTransport
from requests.adapters import HTTPAdapter
from requests.utils import get_environ_proxies
from urllib3.exceptions import SSLError

from reconciler.clients.budgets import LONGEST_WAIT_SECONDS
from reconciler.clients.endpoints import Endpoints
from reconciler.clients.retry_after import as_utc, asked_wait

CONNECT_SECONDS = 10
READ_SECONDS = 60
LARGEST_ANSWER_BYTES = 256 * 1024 * 1024
"""Unpacked. The metadata of all tables of an organization, the largest that is asked for, is some tens of these."""
LONGEST_ANSWER_SECONDS = 240
_POOLED_HOSTS = 512


class AnswerTooLarge(Exception):
    """The body of an answer is larger, or takes longer, than any that is known; the message says which."""


def open_transport(endpoints: Endpoints | None, concurrency: int) -> RequestsTransport:
    """A transport for all pipelines of a run; close it with ``transport.session.close()``.

    With endpoints every host is reached at the local cloud's address, and only its CA is trusted; names in URLs, in TLS
    and in the Host header stay the real ones. Without, proxies and CA bundles of the environment are honoured.
    No cookie and no .netrc is ever used.
    """
    session = requests.Session()
    session.trust_env = False
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    adapter = _PinnedAdapter(endpoints, concurrency) if endpoints else _CloudAdapter(concurrency)
    session.mount("https://", adapter)
    session.mount("http://", _NoPlainHttp())
    return RequestsTransport(
        session=session,
        session_owner=False,
        connection_timeout=CONNECT_SECONDS,
        read_timeout=READ_SECONDS,
        use_env_settings=False,
    )


class TokenTransport(HttpTransport[Any, Any]):
    """For azure-identity, which would sleep for an hour where a sign-in service says so.

    Its retries sleep by their transport: this one refuses what is longer than a minute. A Retry-After that can't be
    understood is taken away, on which they would fail. All else is the other transport's, which is not closed.
    """

    def __init__(self, transport: RequestsTransport) -> None:
        self._transport = transport
        self.connection_config = transport.connection_config

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        """Others use it still."""

    def open(self) -> None:
        """It opens when it is used."""

    def close(self) -> None:
        """Others use it still."""

    def send(self, request: Any, **options: Any) -> Any:
        """Sends, and puts the wait that an answer asks for into the one form that azure-core reads."""
        response = self._transport.send(request, **options)
        wait = asked_wait(response.headers, time.time())
        for name in ("Retry-After", "retry-after-ms", "x-ms-retry-after-ms"):
            response.headers.pop(name, None)
        if wait is not None:
            response.headers["Retry-After"] = str(wait)
        return response

    def sleep(self, duration: float) -> None:
        """Sleeps. Raises ClientAuthenticationError, which ends azure-identity's tries, for more than a minute."""
        if duration > LONGEST_WAIT_SECONDS:
            raise ClientAuthenticationError(
                f"The sign-in service is throttled until {as_utc(time.time() + duration)}: it asks to wait longer than "
                f"the {LONGEST_WAIT_SECONDS} s that a run waits. Run again after that time"
            )
        self._transport.sleep(duration)


class _OneContextAdapter(HTTPAdapter):
    """Shares one TLS context: loading the CA bundle anew for each of hundreds of hosts costs more than all else. Bounds
    what is read of an answer."""

    def __init__(self, context: ssl.SSLContext, concurrency: int) -> None:
        self._context = context
        super().__init__(pool_connections=_POOLED_HOSTS, pool_maxsize=concurrency, max_retries=0)

    def build_connection_pool_key_attributes(
        self, request: requests.PreparedRequest, verify: Any, cert: Any = None
    ) -> tuple[Any, Any]:
        host_parameters, pool_parameters = super().build_connection_pool_key_attributes(request, verify, cert)
        pool_parameters.pop("ca_certs", None)
        pool_parameters["ssl_context"] = self._context
        return host_parameters, pool_parameters

    def cert_verify(self, conn: Any, url: str, verify: Any, cert: Any) -> None:
        """The shared context verifies: nothing to set on the connection."""

    def build_response(self, req: requests.PreparedRequest, resp: Any) -> requests.Response:
        response = super().build_response(req, resp)
        resp.stream = _bounded(resp)
        return response


def never_sent(error: ServiceRequestError) -> bool:
    """Whether a request certainly never left. azure-core says so of all that requests calls a failed connection, which
    TLS that breaks after the request was sent is as well."""
    cause: Any = error.inner_exception
    while cause is not None and not isinstance(cause, SSLError | ssl.SSLError):
        reason = getattr(cause, "reason", None) or next((each for each in getattr(cause, "args", ())), None)
        cause = reason if isinstance(reason, Exception) else None
    if isinstance(cause, SSLError) and cause.args and isinstance(cause.args[0], ssl.SSLError):
        cause = cause.args[0]
    return cause is None or isinstance(cause, ssl.SSLCertVerificationError)


def _bounded(answer: Any) -> Any:
    """The ``stream`` of an urllib3 response, which all bodies are read by, that ends where no answer is so large."""
    stream = answer.stream

    def read(*args: Any, **options: Any) -> Iterator[bytes]:
        size, began = 0, time.monotonic()
        for chunk in stream(*args, **options):
            size += len(chunk)
            if size > LARGEST_ANSWER_BYTES or time.monotonic() - began > LONGEST_ANSWER_SECONDS:
                answer.close()
                raise AnswerTooLarge(
                    f"more than {LARGEST_ANSWER_BYTES // 1024**2} MiB"
                    if size > LARGEST_ANSWER_BYTES
                    else f"a body that did not end within {LONGEST_ANSWER_SECONDS} s"
                )
            yield chunk

    return read


class _CloudAdapter(_OneContextAdapter):
    def __init__(self, concurrency: int) -> None:
        bundle = os.environ.get("REQUESTS_CA_BUNDLE") or os.environ.get("SSL_CERT_FILE") or certifi.where()
        super().__init__(ssl.create_default_context(cafile=bundle), concurrency)

    def send(self, request: requests.PreparedRequest, *args: Any, **options: Any) -> requests.Response:
        options["proxies"] = options.get("proxies") or get_environ_proxies(request.url or "")
        return super().send(request, *args, **options)


class _PinnedAdapter(_OneContextAdapter):
    def __init__(self, endpoints: Endpoints, concurrency: int) -> None:
        self._host, self._port = endpoints.host, endpoints.port
        super().__init__(ssl.create_default_context(cadata=endpoints.ca), concurrency)

    def build_connection_pool_key_attributes(
        self, request: requests.PreparedRequest, verify: Any, cert: Any = None
    ) -> tuple[Any, Any]:
        name = urlsplit(request.url or "").hostname
        _, pool_parameters = super().build_connection_pool_key_attributes(request, verify, cert)
        pool_parameters |= {"server_hostname": name, "assert_hostname": name}
        return {"scheme": "https", "host": self._host, "port": self._port}, pool_parameters

    def add_headers(self, request: requests.PreparedRequest, **_options: Any) -> None:
        request.headers["Host"] = urlsplit(request.url or "").netloc


class _NoPlainHttp(HTTPAdapter):
    def send(self, request: requests.PreparedRequest, *_args: Any, **_options: Any) -> requests.Response:
        raise requests.exceptions.InvalidURL(f"Only https is spoken, not {request.url!r}")
