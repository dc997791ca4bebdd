"""Names come from outside: what they could do to a terminal, a pipeline's log or Markdown is taken from them here."""

from __future__ import annotations

import re
import unicodedata
from html import escape

from reconciler.model.redaction import without_secrets

# Runners of GitHub Actions and Azure Pipelines act on ::command:: at the begin of a line, and on ##[command] and
# ##vso[command] anywhere in one. They compare as people read: characters that are not seen may stand between the two.
_COMMAND = re.compile(r":(?=[^\x00-\x7f]*:)|#(?=[^\x00-\x7f]*#)")
# What a forge makes a link or calls somebody by is looked for in the rendered text, where no escape is left: only in
# code is it let alone.
_MENTION = re.compile(r"@|#\d|\bGH-\d", re.IGNORECASE)
_MARKDOWN = re.compile(r"([\\`*_{}\[\]()#+\-.!|<>~@&:])")


def visible(text: str) -> str:
    """The text on one line, without secrets, and with control, format and unassigned characters as ``\\x1b``,
    ``\\u202e``: nothing left that a terminal would act on, or that would hide what is there. So is the first character
    of what begins a command to the runner of a pipeline (``::``, ``##``)."""
    text = without_secrets(text)
    if not (text.isascii() and text.isprintable()):
        text = "".join(char if _harmless(char) else _code(char) for char in text)
    return _COMMAND.sub(lambda found: _code(found[0]), text)


def markdown(text: str) -> str:
    """The text for a place in Markdown outside code: every character with a meaning there is escaped. A word that would
    call somebody, or refer to an issue, becomes code."""
    words = visible(text).split(" ")
    return " ".join(code(word) if _MENTION.search(word) else _MARKDOWN.sub(r"\\\1", word) for word in words)


def code(text: str) -> str:
    """The text as inline code in Markdown, table cells included; a backtick in it becomes an apostrophe."""
    return "`" + (visible(text).replace("`", "'").replace("|", "\\|") or " ") + "`"


def html_code(text: str) -> str:
    """The text as code in a line of HTML, where Markdown's own escapes would be shown and not heeded."""
    return f"<code>{escape(visible(text))}</code>"


def _harmless(char: str) -> bool:
    return char == " " or unicodedata.category(char)[0] not in "CZ"


def _code(char: str) -> str:
    number = ord(char)
    if number < 0x100:
        return f"\\x{number:02x}"
    return f"\\u{number:04x}" if number < 0x10000 else f"\\U{number:08x}"
