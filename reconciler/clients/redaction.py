"""The one place that takes secrets out of texts before they are shown, logged or written."""

from __future__ import annotations

import re

_TOKEN = re.compile(r"\beyJ[\w-]{8,}\.[\w-]+\.?[\w-]*")
_BEARER = re.compile(r"(?i)\bbearer\s+[^\s\"',;]+")
_FIELD = re.compile(
    r"(?i)([\"']?\b(?:client_secret|client_assertion|password|access_token|refresh_token|id_token|accountkey|sig|"
    r"sharedaccesskey|device_code)\b[\"']?\s*[=:]\s*[\"']?)[^\s\"'&,;]+"
)
_LONGEST = 600


def redact(text: str) -> str:
    """The text without tokens, secrets and signatures, on one line, cut at 600 characters."""
    line = " ".join(text.split())
    for pattern, replacement in ((_BEARER, "Bearer <redacted>"), (_TOKEN, "<token>"), (_FIELD, r"\1<redacted>")):
        line = pattern.sub(replacement, line)
    return line if len(line) <= _LONGEST else line[: _LONGEST - 1] + "…"
