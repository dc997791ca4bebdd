"""What services say, made fit for a message: without secrets, on one line, not too long."""

from __future__ import annotations

from reconciler.model.redaction import without_secrets

_LONGEST = 600
# Of an answer of megabytes no more is looked at. A secret that is cut here lies far beyond what is shown.
_LOOKED_AT = 64 * _LONGEST


def redact(text: str) -> str:
    """The text without tokens, secrets and signatures, on one line, cut at 600 characters."""
    line = " ".join(without_secrets(text[:_LOOKED_AT]).split())
    return line if len(line) <= _LONGEST else line[: _LONGEST - 1] + "…"
