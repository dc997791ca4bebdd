from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import jsonschema_rs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.manifests.bundling import main, render_bundle
from reconciler.manifests.explain import explain
from reconciler.manifests.schemas import KINDS, MANIFEST_KINDS, accepts, schema, schema_text
from reconciler.model.assumption import ASSUMPTIONS
from reconciler.model.cloud import CLOUDS
from reconciler.model.configuration import SignIn
from tests.manifests.texts import ACCOUNT

WORDS = [
    "a",
    "account",
    "Account",
    "year",
    "month",
    "csv",
    "delta",
    "fabric",
    "incremental",
    "absent",
    "present",
    "keep",
    "1h",
    "15m",
    "${values.a}",
    "${values}",
    "$",
    "",
    "live",
    "all",
    "off",
    f"{ACCOUNT}/lakeone",
    "0f1d3c5b-7a92-4e86-b1d4-5c6e7f8091a2",
    "a\n",
    "https://a.crm.dynamics.com",
    "dataverse-a",
    "reconciler/v1",
    "sales",
    "azure",
    "container",
    "é",
]


def property_names(node: Any) -> set[str]:
    if isinstance(node, list):
        return set().union(*map(property_names, node)) if node else set()
    if not isinstance(node, dict):
        return set()
    names = set(node.get("properties", {}))
    return names.union(*map(property_names, node.values()))


def damaged(kind: str) -> st.SearchStrategy[dict[str, Any]]:
    """The schema's own example with some parts exchanged for others, deeply."""
    names = sorted(property_names(schema(kind)))
    scalar = st.sampled_from([*WORDS, 0, 1, 125, 1.0, 1.5, True, False, None, -1, 10**12])
    value = st.recursive(
        scalar,
        lambda inner: (
            st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*names, "x", "é"]), inner, max_size=4)
        ),
        max_leaves=6,
    )
    example = schema(kind)["examples"][0]

    def change(edits: list[tuple[list[str], Any]]) -> dict[str, Any]:
        data = json.loads(json.dumps(example))
        for path, new in edits:
            target = data
            for name in path[:-1]:
                target = target.get(name) if isinstance(target, dict) else None
            if isinstance(target, dict):
                target[path[-1]] = new
        return data

    paths = st.sampled_from(
        [[n] for n in example]
        + [["spec", n] for n in names]
        + [["spec", "destination", n] for n in names]
        + [["spec", "principal", n] for n in names]
        + [["metadata", n] for n in (*names, "x")]
        + [["metadata", "labels", "x"]]
    )
    return st.lists(st.tuples(paths, value), max_size=4).map(change)


@pytest.mark.parametrize("kind", KINDS)
def test_the_quick_and_the_explaining_validator_agree(kind: str) -> None:
    @settings(max_examples=120, deadline=None)
    @given(damaged(kind))
    def agree(data: dict[str, Any]) -> None:
        findings = explain(kind, data, "a.yaml", 0)
        assert accepts(kind, data) == (not findings), findings

    agree()


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(sorted(MANIFEST_KINDS)).flatmap(lambda kind: st.tuples(st.just(kind), damaged(kind))))
def test_the_schema_of_all_agrees_with_that_of_the_kind(case: tuple[str, dict[str, Any]]) -> None:
    kind, data = case
    if data.get("kind") == kind:
        everything = jsonschema_rs.Draft202012Validator(json.loads(schema_text()))
        assert everything.is_valid(data) == accepts(kind, data)


@pytest.mark.parametrize("kind", [None, *KINDS])
def test_is_a_schema_and_its_examples_keep_to_it(kind: str | None) -> None:
    root = json.loads(schema_text(kind))
    jsonschema.Draft202012Validator.check_schema(root)
    assert root["$id"].startswith("urn:reconciler:v1:")
    for example in root.get("examples", ()):
        jsonschema.Draft202012Validator(root).validate(example)


@pytest.mark.parametrize("kind", KINDS)
def test_every_field_is_titled_and_closed(kind: str) -> None:
    """Editors and the reference pages show titles and descriptions; unknown fields are refused everywhere."""

    def visit(node: Any, path: str) -> None:
        if isinstance(node, dict):
            for name, child in node.get("properties", {}).items():
                if (
                    ({"const", "not"} & set(child) and "title" not in child)
                    or "if" in path
                    or "then" in path
                    or "else" in path
                ):
                    continue
                assert "$ref" in child or {"title", "description"} <= set(child), f"{path}.{name}"
            if node.get("type") == "object" and "if" not in path:
                assert "additionalProperties" in node or "properties" not in node, path
            if "pattern" in node and path != "placeholder":
                assert "$comment" in node or "placeholder" in path, path
            for name, child in node.items():
                visit(child, f"{path}/{name}")
        elif isinstance(node, list):
            for item in node:
                visit(item, path)

    visit(schema(kind), kind)


def test_definitions_that_are_shared_are_equal_and_the_bundle_is_current() -> None:
    assert schema_text() == render_bundle(), "run: python -m reconciler.manifests.bundling schemas"


def test_the_bundle_is_written(tmp_path: Path) -> None:
    main(tmp_path)
    assert (tmp_path / "manifest.schema.json").read_text() == render_bundle()


def test_the_configuration_names_what_the_model_has() -> None:
    properties = schema("Configuration")["properties"]
    assert properties["cloud"]["enum"] == list(CLOUDS)
    assert properties["signIn"]["enum"] == [member.value for member in SignIn]
    assert all(
        accepts(
            "Configuration", {"apiVersion": "reconciler/v1", "kind": "Configuration", "assumptions": {a.id: a.assumed}}
        )
        for a in ASSUMPTIONS
    )


def test_unknown_kind() -> None:
    with pytest.raises(KeyError):
        schema_text("Nothing")
