"""The one place that knows what a secret looks like: texts lose theirs here before they are shown, logged or written.

Pure, so that whatever makes a text or a document can use it. Every pattern reads a text in linear time.
"""

from __future__ import annotations

import re

_VALUE = r"""(?:"(?:[^"\\]|\\.)*|'(?:[^'\\]|\\.)*|\\+["'](?:(?!(?<!\\)\\+["']).)*|[^\s"'&,;<>\\]+)"""
_NAMES = (
    r"(?:client[_-]?secret|(?:client[_-]?)?assertion|passw(?:or)?d|pwd|(?:access|refresh|id)[_-]?token|"
    r"(?:account|shared[_-]?access|primary|secondary|api|subscription)[_-]?key|shared[_-]?access[_-]?signature|"
    r"sig(?:nature)?|device[_-]?code|secret|sas[_-]?token|personal[_-]?access[_-]?token)"
)
_HEADERS = r"(?:(?:proxy-)?authorization|x-ms-authorization-auxiliary|(?:set-)?cookie)"
# Of each: what a text holds, in lower case, that holds such a secret; the pattern; what is written in its place.
_FORMS = (
    (
        "--begin",
        r"-----BEGIN [A-Z0-9 ]{0,30}PRIVATE KEY-----.*?(?:-----END [A-Z0-9 ]{0,30}KEY-----|\Z)",
        "<private key>",
    ),
    # A token of JSON parts, whole or broken over lines; what follows its points belongs to it.
    ("eyj", r"(?<![\w-])eyJ[\w-]{8,}(?:\s?(?:\.|%2[eE])\s?[\w-]+)*\.?", "<token>"),
    (
        "authorization cookie",
        rf"(?i)(?<![a-z0-9-])({_HEADERS}[\"'\\]*\s*(?:[:=]|%3a)\s*)(?:\\*[\"'])?[^\s\"'\\][^\"'\r\n\\]*",
        r"\1<redacted>",
    ),
    (
        "bearer sharedkey basic",
        r"(?i)\b(bearer|sharedkey(?:lite)?|basic)(?:\s|%20|\+){1,8}(?=[^\s<]{0,200}[\d._])[^\s\"',;&<]{8,}",
        r"\1 <redacted>",
    ),
    (
        "secret assertion passw pwd token key sig code",
        rf"(?is)(?<![a-z0-9])({_NAMES}[\"'\\]*\s*(?:[=:>]|%3[ad])\s*)(?![\s<>=]){_VALUE}",
        r"\1<redacted>",
    ),
    ("://", r"(://)[^/\s:@\"'<>]{0,200}:[^/\s@\"'<>]+@", r"\1<redacted>@"),
    # Keys of storage accounts; secrets of applications; tokens of GitHub and Azure DevOps; refresh tokens.
    ("==", r"(?<![A-Za-z0-9+/])[A-Za-z0-9+/]{86}==", "<redacted>"),
    ("q~", r"(?<![\w~.-])[\w~.-]{3}\dQ~[\w~.-]{31,34}", "<redacted>"),
    ("gh", r"(?<!\w)(?:gh[pousr]_|github_pat_)\w{20,}", "<redacted>"),
    ("azdo", r"(?<!\w)\w{76}AZDO\w{4}(?!\w)", "<redacted>"),
    ("0.a 1.a", r"(?<![\w.])[01]\.A[\w-]{60,}(?:\.[\w-]+)*", "<redacted>"),
)
_PATTERNS = tuple((marks.split(), re.compile(pattern, re.DOTALL), instead) for marks, pattern, instead in _FORMS)


def without_secrets(text: str) -> str:
    """The text with tokens, passwords, keys, signatures and the like replaced by ``<redacted>`` or what they were; all
    else as it was."""
    lowered = text.lower()
    for marks, pattern, instead in _PATTERNS:
        if any(mark in lowered for mark in marks):
            text = pattern.sub(instead, text)
    return text
