from __future__ import annotations

import click

from reconciler.model.canonical import to_json
from reconciler.model.lake import LakeFinding, LakePart, LakeTable, LakeVerdict, LakeView
from reconciler.reports.lake import render_lake, render_lake_markdown

THERE = LakeFinding(
    LakePart.FOLDER, "account", LakeVerdict.PRESENT, newest="account/2026-11.csv", written="2026-11-21T12:00:00Z"
)
GONE = LakeFinding(LakePart.TABLE, "lake.dbo.account", LakeVerdict.MISSING, "the lake database lake has no such table")
LOADING = LakeFinding(LakePart.FOLDER, "lead", LakeVerdict.MISSING, "its first load is not complete", excused=True)
VIEW = LakeView(
    environment="sales",
    link="devlake",
    account="devlake",
    container="dataverse-dev",
    workspace="ws",
    database="lake",
    tables=(LakeTable("account", (THERE, GONE)), LakeTable("contact", (THERE,)), LakeTable("lead", (LOADING,))),
    remarks=("the workspace's identity holds no role",),
)


def test_what_is_wanting_is_shown_and_the_rest_is_counted() -> None:
    assert render_lake([VIEW]) == (
        "sales/devlake  container dataverse-dev of devlake, workspace ws, lake database lake\n"
        "  the workspace's identity holds no role\n"
        "  1 of 3 tables are complete, 1 missing, 1 not loaded yet\n"
        "    account: missing    lake-database table lake.dbo.account: the lake database lake has no such table\n"
    )


def test_everything_is_shown_on_request() -> None:
    text = render_lake([VIEW], everything=True)
    assert "    contact: present    folder account: newest account/2026-11.csv of 2026-11-21T12:00:00Z\n" in text
    assert "    lead: missing    folder lead: its first load is not complete\n" in text


def test_colours_are_all_that_differs() -> None:
    assert click.unstyle(render_lake([VIEW], color=True)) == render_lake([VIEW])


def test_nothing_is_nothing() -> None:
    assert render_lake([]) == ""
    assert render_lake_markdown([]) == ""


def test_long_lists_are_folded_unless_everything_is_asked_for() -> None:
    tables = tuple(LakeTable(f"t{number:02}", (GONE,)) for number in range(25))
    view = LakeView("sales", "devlake", "devlake", None, None, None, tables)
    text = render_lake([view])
    assert text.startswith("sales/devlake  no container that is known\n")
    assert "    and 5 more tables\n" in text
    assert "more tables" not in render_lake([view], everything=True)


def test_a_lake_that_nobody_can_look_into_is_not_counted() -> None:
    view = LakeView("sales", "fabric-link", None, None, None, None, (), ("nobody else can look into it",))
    assert render_lake([view]) == "sales/fabric-link\n  nobody else can look into it\n"
    assert "tables are" not in render_lake_markdown([view])


def test_markdown_has_a_table_of_what_is_wanting() -> None:
    text = render_lake_markdown([VIEW])
    assert "### Data of `sales/devlake`" in text
    assert "| `account` | lake-database table `lake.dbo.account` | missing | the lake database lake has no such" in text
    whole = LakeView("sales", "devlake", "a", "c", None, None, (LakeTable("contact", (THERE,)),))
    assert "| table |" not in render_lake_markdown([whole])


def test_columns_that_broke_are_told() -> None:
    view = LakeView("sales", "devlake", "a", "c", None, None, breaks=("account.age was exported as int64",))
    assert "  account.age was exported as int64: a changed type breaks the export" in render_lake([view])
    assert "- account\\.age was exported as int64: a changed type breaks" in render_lake_markdown([view])


def test_hostile_names_do_no_harm() -> None:
    bad = LakeFinding(LakePart.FOLDER, "a\x1b[31m|`<b>", LakeVerdict.STALE, "\x1b]0;x\x07|<i>")
    view = LakeView("s\n", "d\u202e", "a\x07", "c|", "w`", "d<", (LakeTable("t\x1b", (bad,)),), ("\x1b",))
    for text in (render_lake([view]), render_lake_markdown([view])):
        assert not set(text) & set("\x1b\x07\u202e")
    assert "<i>" not in render_lake_markdown([view])


def test_views_have_a_json_form() -> None:
    found = to_json(VIEW)
    assert isinstance(found, dict)
    assert found["database"] == "lake"
