"""Names come from outside: what they could do to a terminal or to Markdown is taken from them here."""

from __future__ import annotations

import re
import unicodedata
from html import escape

_MARKDOWN = re.compile(r"([\\`*_{}\[\]()#+\-.!|<>~@&:])")


def visible(text: str) -> str:
    """The text on one line, with control, format and unassigned characters as ``\\x1b``, ``\\u202e``: nothing left that
    a terminal would act on, or that would hide what is there."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(char if _harmless(char) else _code(char) for char in text)


def markdown(text: str) -> str:
    """The text for a place in Markdown outside code: every character with a meaning there is escaped."""
    return _MARKDOWN.sub(r"\\\1", visible(text))


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
