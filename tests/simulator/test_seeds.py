"""A seed is used whole or refused with every problem and its place."""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest

from reconciler.simulator import fleet_seed, running
from reconciler.simulator.seeds import SeedError, check_seed, read_seed, schema
from tests.simulator.local import SEED

if TYPE_CHECKING:
    from pathlib import Path


def problems(text: str, tmp_path: Path) -> str:
    path = tmp_path / "seed.yaml"
    path.write_text(text)
    with pytest.raises(SeedError) as caught:
        check_seed(*read_seed(path))
    return str(caught.value).replace(str(tmp_path), "")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "/seed.yaml: a seed is a mapping with 'environments', not empty"),
        ("- a", "/seed.yaml: a seed is a mapping with 'environments', not list"),
        ("a: [", "/seed.yaml: while parsing a flow node"),
        ("tenants: [{name: a}]", "/seed.yaml:1: (root): 'environments' is a required property"),
        ("environments: []", "/seed.yaml:1: environments: [] should be non-empty"),
        ("environments:\n- name: 3\n", "/seed.yaml:2: environments[0].name: 3 is not of type 'string'"),
        ("environments:\n- name: a\n  nmae: b\n",
         "/seed.yaml:2: environments[0]: Additional properties are not allowed ('nmae'"),
        ("environments:\n- name: a\n  id: 12\n", "/seed.yaml:3: environments[0].id: 12 is not of type 'string'"),
        ("environments:\n- name: a\n- name: a\n",
         "/seed.yaml:3: environments[1]: the name 'a' is taken by environments[0]"),
        ("environments:\n- name: a\n  tenant: x\n",
         "/seed.yaml:3: environments[0].tenant: no tenants entry is named 'x' (there are: none)"),
        ("environments:\n- name: a\n  tableSets: [x]\n", "environments[0].tableSets: no tableSets entry is named 'x'"),
        ("environments:\n- name: a\nlinks:\n- environment: a\n  account: lake\n",
         "/seed.yaml:5: links[0].account: no storageAccounts entry"),
        ("environments:\n- name: a\nlinks:\n- environment: a\n  type: fabric\n",
         "'fabricWorkspace' is a required property"),
        ("environments:\n- name: a\nlinks:\n- environment: a\n  type: fabric\n  fabricWorkspace: x\n",
         "/seed.yaml:6: links[0].fabricWorkspace: no fabricWorkspaces entry is named 'x' (there are: none), nor is it"),
        ("environments:\n- name: a\nfabricConnections:\n- name: c\n  environment: b\n",
         "fabricConnections[0].environment: no environments entry is named 'b'"),
        ("environments:\n- name: a\nleftovers:\n- environment: a\n  account: lake\n",
         "leftovers[0].account: no storageAccounts entry is named 'lake'"),
        ("environments:\n- name: a\n  tables:\n  - {name: new_pair, joins: [account]}\n",
         "environments[0].tables[0]"),
        ("environments:\n- name: a\n  url: https://x.crm.dynamics.com\n- name: b\n  url: https://x.crm.dynamics.com/\n",
         "environments[1]: the url https://x.crm.dynamics.com is taken by environments[0]"),
    ],
)  # fmt: skip
def test_problems_have_a_place(text: str, expected: str, tmp_path: Path) -> None:
    assert expected in problems(text, tmp_path)


def test_all_problems_are_told_at_once(tmp_path: Path) -> None:
    found = problems("environments:\n- name: 3\n- name: b\n  region: 7\n", tmp_path)
    assert found.count("\n") == 1


def test_files_that_are_no_text_or_not_there(tmp_path: Path) -> None:
    path = tmp_path / "seed.yaml"
    with pytest.raises(SeedError, match=r"seed\.yaml"):
        read_seed(path)
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(SeedError, match=r"seed\.yaml"):
        read_seed(path)


def test_two_live_links_of_one_key_are_refused() -> None:
    seed = copy.deepcopy(SEED)
    seed["links"].append({"environment": "sales", "account": "saleslake"})
    with pytest.raises(SeedError, match=r"links\[0\] links sales to saleslake already"):
        check_seed(seed, read_source())


def read_source() -> Any:
    from reconciler.simulator.seeds import Source

    return Source()


def test_nothing_is_half_seeded_and_nothing_twice(tmp_path: Path) -> None:
    with running(tmp_path, SEED) as cloud:
        before = cloud.state.links
        with pytest.raises(SeedError):
            cloud.seed({"environments": [{"name": 1}]}, replace=True)
        with pytest.raises(SeedError, match="no environments entry"):
            cloud.seed({"environments": [{"name": "a"}], "links": [{"environment": "b", "account": "c"}]}, replace=True)
        with pytest.raises(SeedError, match="expected one of"):
            cloud.seed({"environments": [{"name": "a"}], "settings": {"assumptions": {"nothing": "x"}}}, replace=True)
        with pytest.raises(SeedError, match="--replace"):
            cloud.seed(SEED)
        assert cloud.state.links == before
        cloud.seed({"environments": [{"name": "a"}]}, replace=True)
        assert cloud.state.links == []


def test_a_seed_without_ids_gives_the_same_cloud_every_time(tmp_path: Path) -> None:
    found = []
    for name in ("one", "two"):
        with running(tmp_path / name, SEED) as cloud:
            found.append([(link.folder, link.profile_id, link.environment) for link in cloud.state.links])
    assert found[0] == found[1]


def test_states_of_links(tmp_path: Path) -> None:
    states = ("active", "loading", "inactive", "lake", "deleted")
    seed = {
        "resourceGroups": [{"name": "rg", "location": "westeurope"}],
        "storageAccounts": [{"name": f"lake{state}", "resourceGroup": "rg"} for state in states],
        "environments": [{"name": "a"}],
        "links": [
            {"environment": "a", "account": f"lake{state}", "state": state, "tables": ["account"]} for state in states
        ],
        "settings": {"signIn": "declined", "assumptions": {"rows-change-at": "activate"}, "userTokenSeconds": 60},
        "principals": {"user": {"name": "someone@contoso.example", "azure": "none"}},
    }
    with running(tmp_path, seed) as cloud:
        links = {link.account.removeprefix("lake"): link for link in cloud.state.links}
        assert cloud.settings.sign_in == "declined"
        assert cloud.settings.assumptions == {"rows-change-at": "activate"}
        assert json.loads(cloud.endpoints.read_text())["credentials"]["user"] == "someone@contoso.example"
    assert [links[state].active for state in states] == [True, True, False, False, True]
    assert links["active"].tables["account"].phase == "InProgress"
    assert links["loading"].tables["account"].phase == "InitialSyncNotStarted"
    assert links["inactive"].stored is not None
    assert links["lake"].stored is None
    assert links["deleted"].deleted


def test_the_schema_is_sound_and_explains_every_field() -> None:
    jsonschema.Draft202012Validator.check_schema(schema())

    def titled(part: Any, path: str) -> None:
        for name, field in part.get("properties", {}).items():
            if path.endswith(("if", "else", "then")):
                continue
            assert {"title", "$ref", "pattern"} & set(field), f"{path}.{name}"
            titled(field, f"{path}.{name}")

    titled(schema(), "")
    for name, definition in schema()["$defs"].items():
        titled(definition, name)


def test_a_fleet(tmp_path: Path) -> None:
    seed = fleet_seed(3, 40, links_per_environment=2, changed_percent=25)
    with running(tmp_path, seed) as cloud:
        links = cloud.state.links
    assert [(link.environment, link.account) for link in links][:3] == [
        ("env-001", "lake001x1"), ("env-001", "lake001x2"), ("env-002", "lake002x1"),
    ]  # fmt: skip
    assert all(len(link.tables) == 30 for link in links)
    assert list(links[0].tables)[-1] == "sample_entity_0030"


def test_an_eleventh_link_is_refused() -> None:
    names = [f"lake{number}" for number in range(11)]
    seed: dict[str, Any] = {
        "resourceGroups": [{"name": "rg", "location": "westeurope"}],
        "storageAccounts": [{"name": name, "resourceGroup": "rg"} for name in names],
        "environments": [{"name": "a"}],
        "links": [{"environment": "a", "account": name} for name in names],
    }
    with pytest.raises(SeedError, match=r"links\[10\]: a has 10 links already"):
        check_seed(seed, read_source())
    check_seed(seed | {"links": [*seed["links"][1:], {**seed["links"][0], "state": "deleted"}]}, read_source())


def test_tables_of_finance_and_operations_are_names_or_mappings(tmp_path: Path) -> None:
    environment = {"name": "a", "finopsTables": ["CustTable", {"name": "VendTable", "rows": 3}]}
    link = {"environment": "a", "account": "lake", "type": "delta", "workspace": "ws", "sparkPool": "spark",
            "tables": [{"name": "VendTable", "source": "FnO"}, {"name": "CustTable", "source": "FnO"}]}  # fmt: skip
    seed = {
        "resourceGroups": [{"name": "rg", "location": "westeurope"}],
        "storageAccounts": [{"name": "lake", "resourceGroup": "rg"}],
        "workspaces": [{"name": "ws", "resourceGroup": "rg", "pools": [{"name": "spark"}]}],
        "environments": [environment],
        "links": [link],
    }
    with running(tmp_path, seed) as cloud:
        tables = cloud.state.link("a", "lake").tables
        assert {name: table.loaded_rows for name, table in tables.items()} == {"VendTable": 3, "CustTable": 1000}
