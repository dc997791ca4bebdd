"""How are tokens made and checked?

Access tokens are JWTs signed with the instance's own key, so that a token of another local cloud, or one that was made
up, is refused. They expire by the local cloud's clock.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from reconciler.simulator.nouns import Principal
    from reconciler.simulator.wire import Request
    from reconciler.simulator.world import World

Claims = dict[str, Any]
KEPT_TOKENS = 4096


def packed(data: bytes) -> str:
    """Bytes in URL-safe base64 without padding, as in a JWT."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def unpacked(text: str) -> bytes:
    """The bytes behind a part of a JWT."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def signed(claims: Claims, key: bytes) -> str:
    """Claims as a JWT with HS256."""
    head = packed(json.dumps({"typ": "JWT", "alg": "HS256"}).encode())
    text = f"{head}.{packed(json.dumps(claims).encode())}"
    return f"{text}.{packed(hmac.digest(key, text.encode(), hashlib.sha256))}"


class InvalidTokenError(Exception):
    """The token may not be used here; the message says why."""


class Tokens:
    """Makes and checks the tokens of one local cloud."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._seen: dict[str, Claims] = {}

    def access(self, principal: Principal, tenant: str, audience: str, client: str) -> tuple[str, int]:
        """An access token and the seconds it lasts."""
        settings = self._world.settings
        user = principal.kind == "user"
        seconds = settings.user_token_seconds if user else settings.app_token_seconds
        now = int(self._world.now())
        claims: Claims = {
            "aud": audience,
            "iss": f"https://sts.windows.net/{tenant}/",
            "iat": now,
            "nbf": now,
            "exp": now + seconds,
            "tid": tenant,
            "oid": principal.id,
            "appid": client,
            "idtyp": principal.kind,
            "ver": "1.0",
        }
        if user:
            claims |= {"scp": "user_impersonation", "upn": principal.name}
        return signed(claims, self._world.key), seconds

    def read(self, token: str) -> Claims:
        """The claims of a token of this cloud, whatever it is for; InvalidTokenError for any other."""
        known = self._seen.get(token)
        if known is not None:
            return known
        text, _, signature = token.rpartition(".")
        expected = hmac.digest(self._world.key, text.encode(), hashlib.sha256)
        try:
            if not hmac.compare_digest(unpacked(signature), expected):
                raise InvalidTokenError("The token's signature is not of this cloud.")
            claims: Claims = json.loads(unpacked(text.partition(".")[2]))
        except ValueError as error:
            raise InvalidTokenError("The token is no JWT.") from error
        if len(self._seen) > KEPT_TOKENS:
            self._seen.clear()
        self._seen[token] = claims
        return claims

    def kind(self, request: Request) -> str | None:
        """Whether an application or a user sends a request; None without a token of this cloud."""
        token = bearer(request)
        try:
            return None if token is None else self.read(token).get("idtyp")
        except InvalidTokenError:
            return None

    def check(self, request: Request, audiences: tuple[str, ...], tenant: str | None = None) -> Claims:
        """The claims of a request's token, if it is good for one of the audiences; InvalidTokenError if not."""
        token = bearer(request)
        if token is None:
            raise InvalidTokenError("There is no bearer token.")
        claims = self.read(token)
        if str(claims.get("aud", "")).rstrip("/").lower() not in audiences:
            raise InvalidTokenError("The token is for another audience.")
        if claims["exp"] <= self._world.now():
            raise InvalidTokenError("The token has expired.")
        if tenant is not None and claims["tid"] != tenant:
            raise InvalidTokenError("The token is from another tenant.")
        return claims


def bearer(request: Request) -> str | None:
    """The bearer token of a request."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" and token else None
