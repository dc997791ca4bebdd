"""What an unquoted scalar means: text, a number, true or false, nothing, or what two readers read differently.

YAML 1.1 reads ``no`` as false, ``12:30`` as 750, ``010`` as 8 and ``1_000`` as 1000; YAML 1.2 and people read text or
other numbers. Such scalars have no meaning here: they are an error that says how to write what was meant.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

Plain = str | int | float | bool | None

_INTEGER = re.compile(r"-?(?:0|[1-9][0-9]{0,14})", re.ASCII)
_FRACTION = re.compile(r"-?(?:0|[1-9][0-9]{0,14})\.[0-9]{1,15}", re.ASCII)
_STARTS = frozenset("0123456789+-.~=<nNtTfFyYoO")
_WORDS = {
    "yes": ("true or false", "true"),
    "on": ("true or false", "true"),
    "true": ("true or false", "true"),
    "no": ("true or false", "false"),
    "off": ("true or false", "false"),
    "false": ("true or false", "false"),
    "null": ("nothing", None),
    "~": ("nothing", None),
    "<<": ("a merge key", None),
    "=": ("a default value", None),
}
_DATE = re.compile(r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:[Tt \t].*)?", re.ASCII | re.DOTALL)
_SEXAGESIMAL = re.compile(r"[-+]?[0-9][0-9_]*(?::[0-9]{1,2})+(?:\.[0-9_]*)?", re.ASCII)
_NUMBER_LIKE = re.compile(
    r"""[-+]?(?:
        0[xX][0-9a-fA-F_]+ | 0[oO][0-7_]+ | 0[bB][01_]+
        | (?:[0-9][0-9_]*(?:\.[0-9_]*)?|\.[0-9][0-9_]*)(?:[eE][-+]?[0-9]+)?
        | \.(?:inf|Inf|INF)
    ) | \.(?:nan|NaN|NAN)""",
    re.ASCII | re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class Ambiguous:
    """An unquoted scalar that readers of YAML disagree on.

    ``looks_like`` says what some take it for, ``spelling`` how that is written beyond doubt (None: nobody can tell).
    """

    text: str
    looks_like: str
    spelling: str | None


class AmbiguousScalar(Exception):
    """An unquoted scalar can't be read without doubt."""


def read_plain(text: str) -> Plain | Ambiguous:
    """The value of an unquoted scalar. Numbers are decimal: no leading zeros, plus sign, exponent or underscores."""
    if not text:
        return None
    if text in ("true", "false"):
        return text == "true"
    if text[0] not in _STARTS:
        return text
    if _INTEGER.fullmatch(text):
        return int(text)
    if _FRACTION.fullmatch(text):
        return float(text)
    return _ambiguous(text) or text


def _ambiguous(text: str) -> Ambiguous | None:
    if word := _WORDS.get(text.lower() if text in (text.lower(), text.upper(), text.capitalize()) else ""):
        return Ambiguous(text, *word)
    if _DATE.fullmatch(text):
        return Ambiguous(text, "a date", None)
    if _SEXAGESIMAL.fullmatch(text):
        return Ambiguous(text, "a number to base 60", None)
    if _NUMBER_LIKE.fullmatch(text):
        return Ambiguous(text, "a number", _decimal(text))
    return None


def _decimal(text: str) -> str | None:
    """The number in the one spelling that is accepted, where what was meant is beyond doubt."""
    digits = text.replace("_", "").removeprefix("+")
    if _INTEGER.fullmatch(digits) or _FRACTION.fullmatch(digits):
        return digits
    if re.fullmatch(r"[1-9][0-9]{0,3}[eE]\+?[0-9]", digits, re.ASCII):
        return str(int(float(digits)))
    return None


class PlainScalars(dict[str, Plain]):
    """Values of unquoted scalars, remembered for a run: fleets repeat the same few thousand words.

    Raises AmbiguousScalar for one that can't be read without doubt. Equal texts give one string object.
    """

    limit = 50_000

    def __missing__(self, text: str) -> Plain:
        value = read_plain(text)
        if isinstance(value, Ambiguous):
            raise AmbiguousScalar(text)
        if len(self) < self.limit and len(text) <= 256:
            self[text] = value
        return value


class PlainKeys(dict[str, str]):
    """Unquoted names of fields, remembered for a run. Raises AmbiguousScalar for one that is no text."""

    limit = 10_000

    def __missing__(self, text: str) -> str:
        value = read_plain(text)
        if not isinstance(value, str):
            raise AmbiguousScalar(text)
        if len(self) < self.limit and len(text) <= 256:
            self[text] = value
        return value
