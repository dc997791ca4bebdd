"""Leases of blobs, through azure-storage-blob over the run's own connections.

Statuses and codes: the reference of Lease Blob and Put Blob (docs/sources.md, The lake). Imported by whoever locks with
blobs: the package takes a third of a second.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

from azure.core.exceptions import (
    AzureError,
    ClientAuthenticationError,
    HttpResponseError,
    ServiceRequestError,
)
from azure.storage.blob import BlobClient, BlobLeaseClient, ExponentialRetry
from requests.exceptions import RequestException

from reconciler.clients.channel import Target
from reconciler.clients.redaction import redact
from reconciler.model.errors import NotAuthorised, NotFound, NotReached, ServiceError

LEASE_SECONDS = 60
"""The longest that the service lends; only a lease without end is longer."""
_API_VERSION = "2023-11-03"
_SHORT: dict[str, Any] = {"connection_timeout": 5, "read_timeout": 5}
_INFO = "lock"
_HELD = frozenset(["LeaseAlreadyPresent", "LeaseIsBreakingAndCannotBeAcquired"])
_GONE = frozenset([404, 409, 412])


@dataclass(frozen=True, slots=True)
class LeaseSeen:
    """A blob's lease: whether somebody has it, and the text that the last holder left."""

    held: bool
    text: str = ""


class LockBlobs:
    """The blobs of one container.

    Every call may be sent again: a lease that is acquired twice with one id is acquired once. Raises NotAuthorised for
    a missing right and NotFound for a missing container or account, both with their remedy, NotReached where no answer
    came after three retries, and ServiceError for any other.
    """

    def __init__(self, target: Target, account: str, container: str) -> None:
        self._service = target.service
        self._name = f"container '{container}' of storage account '{account}'"
        self._blob = partial(
            BlobClient,
            f"https://{target.host}",
            container,
            credential=target.credential,
            transport=target.transport,
            api_version=_API_VERSION,
            retry_policy=ExponentialRetry(initial_backoff=1, increment_base=2, retry_total=3, random_jitter_range=1),
            permit_redirects=False,
        )

    def acquire(self, name: str, lease_id: str) -> bool:
        """Takes the lease of a blob for a minute; makes the blob where there is none. False where another has it."""
        with self._said():
            try:
                return self._take(name, lease_id)
            except HttpResponseError as error:
                if _code(error) != "BlobNotFound":
                    raise
            self._make(name)
            return self._take(name, lease_id)

    def renew(self, name: str, lease_id: str) -> bool:
        """Begins the minute anew, trying once. False where the lease is lost for good: broken, another's, or its blob
        is deleted."""
        with self._said():
            try:
                self._lease(name, lease_id).renew(retry_total=0, **_SHORT)
            except HttpResponseError as error:
                if error.status_code in _GONE:
                    return False
                raise
            return True

    def release(self, name: str, lease_id: str) -> None:
        """Gives the lease back. That it was lost, or given back already, is no error."""
        with self._said():
            try:
                self._lease(name, lease_id).release(**_SHORT)
            except HttpResponseError as error:
                if error.status_code not in _GONE:
                    raise

    def tell(self, name: str, lease_id: str, text: str) -> None:
        """Leaves a text (ASCII) for whoever asks about the blob."""
        with self._said():
            self._blob(name).set_blob_metadata({_INFO: text}, lease=lease_id, **_SHORT)

    def seen(self, name: str) -> LeaseSeen:
        """How the lease of a blob is. A blob that was never made is not held."""
        with self._said():
            try:
                properties = self._blob(name).get_blob_properties(**_SHORT)
            except HttpResponseError as error:
                if _code(error) == "BlobNotFound":
                    return LeaseSeen(held=False)
                raise
            return LeaseSeen(properties.lease.status == "locked", str((properties.metadata or {}).get(_INFO, "")))

    def break_lease(self, name: str) -> bool:
        """Ends whoever's lease at once. False where there was none."""
        with self._said():
            try:
                BlobLeaseClient(self._blob(name)).break_lease(lease_break_period=0, **_SHORT)
            except HttpResponseError as error:
                if _code(error) in {"LeaseNotPresentWithLeaseOperation", "BlobNotFound"}:
                    return False
                raise
            return True

    def _take(self, name: str, lease_id: str) -> bool:
        try:
            self._lease(name, lease_id).acquire(LEASE_SECONDS, **_SHORT)
        except HttpResponseError as error:
            if _code(error) in _HELD:
                return False
            raise
        return True

    def _make(self, name: str) -> None:
        try:
            self._blob(name).upload_blob(b"", overwrite=False, **_SHORT)
        except HttpResponseError as error:
            # Another run made it just now, or our own first try whose answer was lost.
            if _code(error) not in {"BlobAlreadyExists", "LeaseIdMissing"}:
                raise

    def _lease(self, name: str, lease_id: str) -> BlobLeaseClient:
        return BlobLeaseClient(self._blob(name), lease_id)

    @contextmanager
    def _said(self) -> Iterator[None]:
        """Turns every failure of the package into one of our errors."""
        try:
            yield
        except HttpResponseError as error:
            if isinstance(error, ClientAuthenticationError) and error.response is None:
                raise NotAuthorised(f"No token for {self._service}: {redact(str(error.message))}") from None
            raise self._failure(error) from None
        except ServiceRequestError as error:
            raise NotReached(
                f"{self._service} was not reached: {redact(str(error))}. Check the name under lock.storageAccount, the "
                "network and the proxy"
            ) from None
        except (AzureError, RequestException) as error:
            raise NotReached(f"{self._service} gave no answer: {redact(str(error))}") from None

    def _failure(self, error: HttpResponseError) -> ServiceError:
        status, code = error.status_code or 0, _code(error)
        kind: type[ServiceError] = ServiceError
        remedy = ""
        if status in {401, 403}:
            kind = NotAuthorised
            remedy = (
                ". Give this identity the role Storage Blob Data Contributor at that container, and let the account's "
                "network rules admit it; a new assignment takes some minutes"
            )
        elif status == 404:
            kind, remedy = NotFound, ". Create the container, or correct lock in reconciler.yaml"
        elif status == 429 or status >= 500:
            kind = NotReached
        text = f"{self._service} answered {status} [{code or 'no code'}] about the {self._name}{remedy}"
        return kind(text, status=status, code=code, correlation_id=_header(error, "x-ms-request-id"))


def _code(error: HttpResponseError) -> str:
    """The service's own code, which is in a header: an answer to HEAD has no body."""
    return _header(error, "x-ms-error-code")


def _header(error: HttpResponseError, name: str) -> str:
    headers: Mapping[str, str] = getattr(error.response, "headers", {})
    return str(headers.get(name) or "")
