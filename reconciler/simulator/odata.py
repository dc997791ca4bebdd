"""What do $filter, $select, $expand and paging ask for?

A small part of OData 4: comparisons for equality, ``and``, ``or``, ``not`` and parentheses over columns. Whatever else
is asked for is refused as Dataverse refuses a filter that it can't read.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

Row = dict[str, Any]
Test = "Callable[[Row], bool]"
MAX_PAGE = 5000
_TOKEN = re.compile(
    r"\s*(?:(?P<text>'(?:[^']|'')*')|(?P<guid>[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12})"
    r"|(?P<number>-?\d+(?:\.\d+)?)|(?P<paren>[()])|(?P<word>[A-Za-z_][\w/]*))"
)
_EXPAND = re.compile(r"(\w+)(?:\(([^()]*)\))?(?:,|$)")
_PAGE = re.compile(r'pagenumber="(\d+)"')


class ODataError(Exception):
    """The query can't be read; the message is the service's."""


class _Parser:
    """Turns the text of a filter into a test of rows."""

    def __init__(self, text: str, columns: Collection[str]) -> None:
        self._tokens = _tokens(text)
        self._columns = columns
        self._at = 0

    def parse(self) -> Callable[[Row], bool]:
        """The whole filter."""
        test = self._either()
        if self._at != len(self._tokens):
            message = f"Syntax error at '{self._tokens[self._at][1]}' in the $filter expression."
            raise ODataError(message)
        return test

    def _peek(self) -> str:
        return self._tokens[self._at][1] if self._at < len(self._tokens) else ""

    def _next(self) -> tuple[str, str]:
        if self._at >= len(self._tokens):
            raise ODataError("Unexpected end of the $filter expression.")
        self._at += 1
        return self._tokens[self._at - 1]

    def _either(self) -> Callable[[Row], bool]:
        tests = [self._both()]
        while self._peek() == "or":
            self._next()
            tests.append(self._both())
        return tests[0] if len(tests) == 1 else lambda row: any(test(row) for test in tests)

    def _both(self) -> Callable[[Row], bool]:
        tests = [self._one()]
        while self._peek() == "and":
            self._next()
            tests.append(self._one())
        return tests[0] if len(tests) == 1 else lambda row: all(test(row) for test in tests)

    def _one(self) -> Callable[[Row], bool]:
        kind, text = self._next()
        if text == "not":
            inner = self._one()
            return lambda row: not inner(row)
        if text == "(":
            inner = self._either()
            if self._next()[1] != ")":
                raise ODataError("A parenthesis is not closed in the $filter expression.")
            return inner
        if kind != "word":
            message = f"A property name was expected in place of '{text}' in the $filter expression."
            raise ODataError(message)
        return self._comparison(text)

    def _comparison(self, path: str) -> Callable[[Row], bool]:
        column, _, member = path.partition("/")
        if column not in self._columns:
            message = f"Could not find a property named '{column}'."
            raise ODataError(message)
        _, operator = self._next()
        if operator not in ("eq", "ne"):
            message = f"The operator '{operator}' is not supported in the $filter expression."
            raise ODataError(message)
        wanted = _literal(*self._next())
        equal = operator == "eq"

        def test(row: Row) -> bool:
            value = row[column]
            if member:
                value = value and value.get(member)
            if isinstance(value, str):
                value = value.lower()
            return (value == wanted and isinstance(value, bool) == isinstance(wanted, bool)) == equal

        return test


def _tokens(text: str) -> list[tuple[str, str]]:
    found = []
    at = 0
    while text[at:].strip():
        match = _TOKEN.match(text, at)
        if match is None or match.lastgroup is None:
            message = f"Syntax error at position {at} in '{text}'."
            raise ODataError(message)
        found.append((match.lastgroup, match[match.lastgroup]))
        at = match.end()
    return found


def _literal(kind: str, text: str) -> Any:
    if kind == "text":
        # Dataverse compares text without regard to case.
        return text[1:-1].replace("''", "'").lower()
    if kind == "guid":
        return text.lower()
    if kind == "number":
        return float(text) if "." in text else int(text)
    if text in ("null", "true", "false"):
        return {"null": None, "true": True, "false": False}[text]
    message = f"'{text}' is no literal."
    raise ODataError(message)


def filter_of(text: str, columns: Collection[str]) -> Callable[[Row], bool]:
    """The test that a $filter asks for; ODataError where it can't be read."""
    return _Parser(text, columns).parse()


def select_of(text: str | None, columns: Collection[str], entity: str) -> list[str] | None:
    """The columns that a $select asks for, or None for all; ODataError for one that does not exist."""
    if not text:
        return None
    names = [name.strip() for name in text.split(",")]
    for name in names:
        if name not in columns:
            message = f"Could not find a property named '{name}' on type 'Microsoft.Dynamics.CRM.{entity}'."
            raise ODataError(message)
    return names


def expand_of(text: str | None, known: Collection[str], entity: str) -> dict[str, str | None]:
    """The navigation properties that an $expand asks for, each with its $select."""
    found: dict[str, str | None] = {}
    at = 0
    while text and at < len(text):
        match = _EXPAND.match(text, at)
        if match is None or match[1] not in known:
            message = f"Could not find a property named '{text[at:]}' on type 'Microsoft.Dynamics.CRM.{entity}'."
            raise ODataError(message)
        inner = match[2] or ""
        if inner and not inner.startswith("$select="):
            message = f"The query option '{inner}' is not supported in $expand."
            raise ODataError(message)
        found[match[1]] = inner.removeprefix("$select=") or None
        at = match.end()
    return found


@dataclass(frozen=True, slots=True)
class Page:
    """Which page of how many rows is asked for."""

    number: int
    size: int
    applied: bool
    """Whether the size came from the client."""

    def cut(self, rows: list[Row]) -> tuple[list[Row], bool]:
        """Its rows, and whether more follow."""
        begin = (self.number - 1) * self.size
        return rows[begin : begin + self.size], len(rows) > begin + self.size


def page_of(prefer: str, skip_token: str | None) -> Page:
    """The page that a Prefer header and a $skiptoken ask for."""
    found = re.search(r"odata\.maxpagesize=(\d+)", prefer)
    size = min(int(found[1]), MAX_PAGE) if found else MAX_PAGE
    number = _PAGE.search(unquote(skip_token)) if skip_token else None
    if skip_token and number is None:
        raise ODataError("The $skiptoken is malformed.")
    return Page(int(number[1]) if number else 1, max(size, 1), found is not None)


def next_token(page: Page) -> str:
    """The $skiptoken of the page after this one, as it stands in a link."""
    return quote(f'<cookie pagenumber="{page.number + 1}" istracking="False" />', safe="")
