from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.reports.escape import code, html_code, markdown, visible

any_text = st.text(st.characters() | st.sampled_from("\x1b\r\n\t\u202e\u200b|`<>&@*_[]():#\\"), max_size=40)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("account", "account"),
        ("Größe 表 🎉", "Größe 表 🎉"),
        ("\x1b[2J", "\\x1b[2J"),
        ("two\nlines\r\t", "two\\x0alines\\x0d\\x09"),
        ("\u202eevil", "\\u202eevil"),
        ("zero\u200bwidth", "zero\\u200bwidth"),
        ("no\u00a0break", "no\\xa0break"),
        ("\u2028", "\\u2028"),
        ("\U000e0041", "\\U000e0041"),
        ("\ud800", "\\ud800"),
        ("", ""),
    ],
)
def test_what_a_terminal_would_act_on_or_hide_is_shown_as_an_escape(text: str, shown: str) -> None:
    assert visible(text) == shown


def test_in_markdown_every_character_with_a_meaning_is_escaped() -> None:
    assert markdown("a*b_c`d`<b>|[x](y)#x") == "a\\*b\\_c\\`d\\`\\<b\\>\\|\\[x\\]\\(y\\)\\#x"


def test_in_markdown_a_word_that_calls_somebody_or_refers_to_an_issue_is_code() -> None:
    """A forge looks for these in the rendered text, where an escape is gone already."""
    assert markdown("by @org/team, see (org/repo#1 or GH-2") == "by `@org/team,` see `(org/repo#1` or `GH-2`"
    assert markdown("`@a|b`") == "`'@a\\|b'`"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("::set-output name=a::b", "\\x3a:set-output name=a\\x3a:b"),
        ("  ::add-mask::x", "  \\x3a:add-mask\\x3a:x"),
        ("##vso[task.setvariable variable=a]b", "\\x23#vso[task.setvariable variable=a]b"),
        ("a ##[group]b", "a \\x23#[group]b"),
        (":::", "\\x3a\\x3a:"),
        ("#\ufe0f#[group]", "\\x23\ufe0f#[group]"),  # a runner compares past what is not seen
        ("Microsoft.Storage: #1, 12:30", "Microsoft.Storage: #1, 12:30"),
    ],
)
def test_what_the_runner_of_a_pipeline_would_act_on_is_shown_as_an_escape(text: str, shown: str) -> None:
    assert visible(text) == shown


@pytest.mark.parametrize("show", [visible, markdown, code, html_code])
def test_no_place_shows_a_secret(show: Callable[[str], str]) -> None:
    assert "hunter2" not in show("https://a.blob.core.windows.net/x?sv=1&sig=hunter2")


def test_as_code_a_backtick_becomes_an_apostrophe_and_a_pipe_does_not_end_a_cell() -> None:
    assert code("a`b|c") == "`a'b\\|c`"


def test_empty_text_is_still_a_piece_of_code() -> None:
    assert code("") == "` `"


def test_in_html_nothing_is_markup() -> None:
    assert html_code("</summary><img src=x onerror='1'>&\n") == (
        "<code>&lt;/summary&gt;&lt;img src=x onerror=&#x27;1&#x27;&gt;&amp;\\x0a</code>"
    )


@settings(deadline=None, max_examples=150)
@given(any_text)
def test_nothing_that_acts_comes_through_in_any_place(text: str) -> None:
    for shown in (visible(text), markdown(text), code(text), html_code(text)):
        assert not [c for c in shown if c != " " and unicodedata.category(c)[0] in "CZ"]
    assert "`" not in code(text)[1:-1]
    assert not re.search(r"(?<!\\)\|", code(text))
    assert not re.search(r"[`|<>*_\[\]@]", re.sub(r"\\.|`[^`]*`", "", markdown(text)))
    assert not any(command in visible(text) for command in ("::", "##"))
    assert visible(visible(text)) == visible(text)
    inner = html_code(text).removeprefix("<code>").removesuffix("</code>")
    assert "<" not in inner
    assert html.unescape(inner) == visible(text)
