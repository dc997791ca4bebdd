"""Tokens of a run: had once, shared by all threads, and a refusal is not asked about again."""

from __future__ import annotations

import re
import time
from collections import defaultdict
from threading import Lock
from typing import Any

from azure.core.credentials import AccessToken, TokenCredential
from azure.core.exceptions import ClientAuthenticationError

# As long before its end as azure-core's own policy asks for another.
_MARGIN_SECONDS = 300
# What a header can carry: anything else would fail there, or add a header of its own.
_TOKEN = re.compile(r"[!-~]+")
_Key = tuple[Any, ...]


class KeptTokens:
    """A credential asked by one thread at a time for each scope, and not again before a token is about to end.

    The command line tools of azure-identity start a process for each token, and a device code is a question to a
    person: with hundreds of environments neither may happen more than once. So a refusal holds for the whole run.
    """

    def __init__(self, credential: TokenCredential) -> None:
        self._credential = credential
        self._making = Lock()
        self._locks: defaultdict[_Key, Lock] = defaultdict(Lock)
        self._tokens: dict[_Key, AccessToken] = {}
        self._refusals: dict[_Key, ClientAuthenticationError] = {}

    def had(self) -> list[AccessToken]:
        """The tokens that were had so far."""
        return list(self._tokens.values())

    def get_token(self, *scopes: str, **options: Any) -> AccessToken:
        """A token for these scopes. Raises ClientAuthenticationError where there is none."""
        key = (scopes, *sorted((name, str(value)) for name, value in options.items()))
        with self._making:
            lock = self._locks[key]
        with lock:
            token = self._tokens.get(key)
            if token and token.expires_on - time.time() > _MARGIN_SECONDS:
                return token
            if refusal := self._refusals.get(key):
                raise refusal.with_traceback(None)
            try:
                self._tokens[key] = self._asked(scopes, options)
            except ClientAuthenticationError as error:
                self._refusals[key] = error
                raise
            return self._tokens[key]

    def _asked(self, scopes: tuple[str, ...], options: dict[str, Any]) -> AccessToken:
        try:
            found = self._credential.get_token(*scopes, **options)
        except (KeyError, TypeError, ValueError) as error:  # azure-identity takes fields of the answer as given
            said = f"The sign-in's answer could not be read ({type(error).__name__})"
            raise ClientAuthenticationError(said) from None
        if not (isinstance(found.token, str) and _TOKEN.fullmatch(found.token)):
            raise ClientAuthenticationError("The sign-in's answer holds a token that is none")
        return found
