"""reconciler preflight, as a shell sees it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from reconciler.simulator import Cloud
from tests.cli.run import call
from tests.fleet import CLOUD, SUBSCRIPTION, write_manifests

Capsys = pytest.CaptureFixture[str]


def closed(cloud: Cloud) -> None:
    spoilt = {"saleslake": {"defaultAction": "Deny"}}
    lakes = [each | spoilt.get(each["name"], {}) for each in CLOUD["storageAccounts"]]
    cloud.seed(CLOUD | {"storageAccounts": lakes}, replace=True)


def test_sound_ground_exits_with_0_and_counts_what_passed(folder: Path, capsys: Capsys) -> None:
    said = call(capsys, "preflight")
    assert said.code == 0
    assert "SynapseLink/service/service-link" in said.out
    assert "passed (--all shows them)" in said.out
    assert "storage-network-closed" not in said.out
    assert "storage-network-closed" in call(capsys, "preflight", "--all").out


def test_what_blocks_exits_with_2_and_says_evidence_consequence_and_remedy(
    folder: Path, cloud: Cloud, capsys: Capsys
) -> None:
    closed(cloud)
    said = call(capsys, "preflight", "--environment", "sales")
    assert said.code == 2
    assert "The storage account lets every network in [storage-network-closed]" in said.out
    assert "networkAcls.defaultAction Deny" in said.out
    assert "ADLS-802" in said.out
    assert "link an enterprise policy" in said.out
    assert "service-link" not in said.out


def test_links_that_would_not_change_are_checked_too(folder: Path, cloud: Cloud, capsys: Capsys) -> None:
    closed(cloud)
    write_manifests(folder / "manifests", "[account, contact, task]")
    said = call(capsys, "preflight", "--link", "sales-link", "--format", "json")
    document = json.loads(said.out)
    assert (said.code, document["healthy"], document["formatVersion"]) == (2, False, 1)
    assert [link["address"] for link in document["links"]] == ["SynapseLink/sales/sales-link"]
    first = document["links"][0]["checks"][0]
    assert (first["code"], first["verdict"], first["weight"]) == ("storage-network-closed", "failed", "blocks")


def test_an_environment_that_cannot_be_read_exits_with_1(folder: Path, cloud: Cloud, capsys: Capsys) -> None:
    cloud.seed(CLOUD | {"principals": {"app": {"dataverse": ["sales"]}}}, replace=True)
    said = call(capsys, "preflight")
    assert said.code == 1
    assert "environment-not-authorised" in said.out
    assert "SynapseLink/sales/sales-link" in said.out


def test_markdown_is_a_table_a_link(folder: Path, cloud: Cloud, capsys: Capsys) -> None:
    closed(cloud)
    said = call(capsys, "preflight", "--format", "markdown")
    assert said.code == 2
    assert "| **failed** | blocks | The storage account lets every network in `storage-network-closed` |" in said.out


@pytest.mark.parametrize(
    ("words", "hint"),
    [(("--link", "sales-lnk"), "Did you mean 'sales-link'?"), (("--environment", "salse"), "Did you mean 'sales'?")],
)
def test_an_unknown_name_is_a_mistake_with_the_nearest_one(
    folder: Path, capsys: Capsys, words: tuple[str, ...], hint: str
) -> None:
    said = call(capsys, "preflight", *words)
    assert (said.code, said.out) == (3, "")
    assert hint in said.err


def test_manifests_with_errors_are_told_before_anything_is_read(folder: Path, cloud: Cloud, capsys: Capsys) -> None:
    (folder / "manifests" / "links.yaml").write_text("kind: SynapseLink\n", encoding="utf-8")
    cloud.record.clear()
    assert call(capsys, "preflight").code == 3
    assert len(cloud.record) == 0


def test_it_only_reads(folder: Path, cloud: Cloud, capsys: Capsys) -> None:
    call(capsys, "preflight", "--all")
    assert cloud.record.writes == []
    assert cloud.record.unserved == []


def test_a_plan_says_what_preflight_found(folder: Path, cloud: Cloud, capsys: Capsys) -> None:
    closed(cloud)
    said = call(capsys, "plan")
    assert said.code == 1
    assert "Link 'sales-link' fails the check 'The storage account lets every network in" in said.out
    assert "[storage-network-closed]" in said.out


def test_what_is_not_looked_at_without_a_person_is_said(folder: Path, capsys: Capsys) -> None:
    assert "person's token" not in call(capsys, "preflight").err
    said = call(capsys, "preflight", "--sign-in", "none", "--format", "json")
    assert "note: what only a person's token shows was not looked at." in said.err
    assert "--sign-in azure-cli" in said.err
    json.loads(said.out)


def test_an_account_of_another_tenant_is_not_there(folder: Path, capsys: Capsys) -> None:
    """Resource Graph refuses the whole query for it, and says why in its details alone."""
    links = folder / "manifests/links.yaml"
    links.write_text(links.read_text().replace(SUBSCRIPTION, "88888888-8888-4888-8888-888888888888"))
    said = call(capsys, "plan")
    assert "The storage account of link 'service-link' does not exist, or this identity may not read it" in said.out
    assert "One of another tenant can't be used." in said.out
    assert "Please provide below info when asking for support. " in said.out
    assert "[azure-unreadable]" in said.out
    assert (said.code, "blocked: See the errors at this link" in said.out) == (1, True)
