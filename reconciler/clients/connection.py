"""Connections: one TLS context and one pool a process, to the clouds or pinned to a local cloud."""

from __future__ import annotations

import os
import ssl
from http.cookiejar import DefaultCookiePolicy
from typing import Any
from urllib.parse import urlsplit

import certifi
import requests
from azure.core.pipeline.transport import RequestsTransport
from requests.adapters import HTTPAdapter
from requests.utils import get_environ_proxies

from reconciler.clients.endpoints import Endpoints

CONNECT_SECONDS = 10
READ_SECONDS = 60
_POOLED_HOSTS = 512


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


class _OneContextAdapter(HTTPAdapter):
    """Shares one TLS context: loading the CA bundle anew for each of hundreds of hosts costs more than all else."""

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
