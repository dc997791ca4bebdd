from __future__ import annotations

from reconciler.model.address import Address
from reconciler.model.diagnostic import Diagnostic, Location, Severity
from reconciler.reports.diagnostics import render_diagnostics

FULL = Diagnostic(
    Severity.ERROR,
    "unknown-field",
    "SynapseLink has no field 'intervall' in spec.",
    Location("fleet/a.yaml", 11, 3),
    Address("SynapseLink", "prod", "sales"),
    found="intervall",
    expected="one of interval, tables",
    nearest="interval",
    remedy="Correct the name.",
    excerpt="  intervall: 1h",
    related=(Location("fleet/b.yaml", 2, 1),),
)
GOLDEN = """\
Error: SynapseLink has no field 'intervall' in spec. [unknown-field]
  of SynapseLink/prod/sales
  at fleet/a.yaml:11:3
   11 |   intervall: 1h
      |   ^
  found:    intervall
  expected: one of interval, tables
  did you mean 'interval'?
  see also: fleet/b.yaml:2:1
  Correct the name.

Warning: There is no manifest here. [no-manifests]
  at fleet
  Check the path.

Note: Nothing to say. [silence]
"""


def test_golden() -> None:
    warning = Diagnostic(
        Severity.WARNING, "no-manifests", "There is no manifest here.", Location("fleet"), remedy="Check the path."
    )
    assert render_diagnostics([FULL, warning, Diagnostic(Severity.INFORMATION, "silence", "Nothing to say.")]) == GOLDEN
    assert render_diagnostics([]) == ""


def test_color() -> None:
    text = render_diagnostics([FULL], color=True)
    assert text.startswith("\x1b[31m\x1b[1mError:\x1b[0m ")
    assert "\x1b[31m\x1b[1m^\x1b[0m\n" in text


def test_nothing_from_input_acts_on_a_terminal() -> None:
    evil = "\x1b[2J\r\n\u202e\x9b"
    text = render_diagnostics(
        [
            Diagnostic(
                Severity.ERROR,
                "a",
                evil,
                Location(evil, 2, 3),
                None,
                "",
                evil,
                evil,
                evil,
                evil,
                evil,
                (Location(evil),),
            )
        ]
    )
    assert not set(text) & {"\x1b", "\r", "\u202e", "\x9b"}
    assert "\\x1b[2J" in text


def marker(excerpt: str, column: int) -> tuple[str, ...]:
    text = render_diagnostics([Diagnostic(Severity.ERROR, "a", "A.", Location("f", 1, column), excerpt=excerpt)])
    return tuple(line.partition("| ")[2] for line in text.splitlines()[2:])


def test_the_marker_stands_below_the_column() -> None:
    assert marker("\tab", 3) == ("\\x09ab", "     ^")
    assert marker("表é́x", 4) == ("表é́x", "   ^")
    line, caret = marker("x" * 150 + "y" + "z" * 80, 151)
    assert line[caret.index("^")] == "y"
    assert marker("short", 300) == ("",)
