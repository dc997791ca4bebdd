"""Redacted by construction: of what services answer, known words and plain names of fields are told, and no more."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.clients.clients import ReadClients
from reconciler.live.probe.material import Material
from reconciler.live.probe.observing import observations
from reconciler.live.probe.reading import probe, read_material
from reconciler.live.probe.report import Field, Form, Observation, Report, Section, Unread
from reconciler.live.probe.shapes import sections
from reconciler.live.probe.vocabulary import CHOICES, ENTITY_SETS, FIELDS, WORDED
from reconciler.model.assumption import ASSUMPTIONS
from reconciler.model.configuration import Configuration
from reconciler.reports.probe import probe_document, render_probe, render_probe_markdown
from reconciler.simulator import Cloud
from reconciler.simulator.columns import ENTITY_SETS as SIMULATED
from tests.conftest import clients_of
from tests.fleet import ENVIRONMENTS

KNOWN = sorted({name for names in FIELDS.values() for name in names})
# Texts that no vocabulary holds, so that finding one in a report means that it was told.
SECRET = st.text(min_size=3, max_size=30).map(lambda text: f"zq{text}qz")
TIME = st.datetimes().map(lambda at: at.isoformat() + "Z")
SCALAR = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), SECRET, TIME, st.sampled_from(["", "Completed", "folder-1"])
)
# The names of unknown fields are told where they are letters alone: those of people's own columns never are.
OWN = SECRET.map(lambda text: f"contoso_{text}")
KEY = st.one_of(st.sampled_from(KNOWN), st.sampled_from(sorted(CHOICES | WORDED)), OWN)
VALUE = st.recursive(
    SCALAR, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEY, inner, max_size=4), max_leaves=6
)
ROWS = st.lists(st.one_of(st.dictionaries(KEY, VALUE, max_size=8), VALUE), max_size=5)
MATERIAL = st.builds(
    Material,
    organization_id=SECRET,
    sets=st.dictionaries(st.sampled_from(ENTITY_SETS), ROWS, max_size=7),
    lakes=st.none() | ROWS,
    profiles=st.dictionaries(st.one_of(SECRET, st.just("folder-1")), VALUE, max_size=3),
    finops=st.none() | ROWS,
    application_status=st.none() | st.integers(),
    unread=st.dictionaries(st.sampled_from(sorted(FIELDS)), st.sampled_from(list(Unread)), max_size=3),
)


def report_of(*materials: Material) -> Report:
    return Report("0.1.0", "public", len(materials), observations(materials), sections(materials))


def texts_of(report: Report) -> str:
    return render_probe(report) + render_probe_markdown(report) + json.dumps(probe_document(report), ensure_ascii=False)


@settings(max_examples=60, deadline=None)
@given(st.lists(MATERIAL, max_size=3))
def test_no_text_of_the_material_is_told_whatever_it_holds(materials: list[Material]) -> None:
    report = report_of(*materials)
    said = texts_of(report)
    assert len(report.observations) == len(ASSUMPTIONS)
    assert "zq" not in said
    assert "contoso" not in said


def values_of(body: Any) -> set[str]:
    if isinstance(body, dict):
        return {text for value in body.values() for text in values_of(value)}
    if isinstance(body, list):
        return {text for value in body for text in values_of(value)}
    return {body} if isinstance(body, str) else set()


def test_no_name_id_or_address_of_a_real_reading_is_told(cloud: Cloud, configuration: Configuration) -> None:
    with clients_of(cloud, configuration) as clients:
        report, _ = probe(clients, list(ENVIRONMENTS.values()), 2)
        said, ours = texts_of(report), texts_of(report_of())
        for text in told_by_services(clients):
            whole = re.compile(rf"(?<![A-Za-z0-9]){re.escape(text)}(?![A-Za-z0-9])")
            assert whole.search(ours) or not whole.search(said), text


def told_by_services(clients: ReadClients) -> set[str]:
    """Every text that was read, the words of choices and versions left out."""
    found: set[str] = set()
    for environment in ENVIRONMENTS.values():
        material = read_material(clients, environment)
        assert material.profiles or environment.name == "service"
        found |= values_of([list(material.sets.values()), material.lakes, list(material.profiles.values())])
        found |= {environment.name, environment.url, environment.environment_id, environment.tenant_id}
    words = {"Year", "Month", "Dataverse", "InProgress", "Completed", "NotStarted", "Succeeded", "Created", "Failed"}
    return {text for text in found if text not in words and not re.fullmatch(r"[\d.]{0,5}|dbo", text)}


@pytest.mark.parametrize("name", ["contoso_region", "a1", "bob@contoso.com", "", "x" * 65, "two words", "naïve", "a\n"])
def test_a_field_whose_name_may_be_somebodys_own_is_counted_and_not_named(name: str) -> None:
    (section,) = [
        each for each in report_of(Material(lakes=[{name: 1, "Fresh": 2}])).sections if each.name == "LakeDetail"
    ]
    assert [each.name for each in section.fields] == ["Fresh"]
    assert section.unnamed == 1
    with pytest.raises(ValueError, match="own"):
        Field(name, known=False, forms=frozenset())


def test_a_report_takes_nothing_that_is_not_of_a_vocabulary() -> None:
    some = frozenset({Form.SHORT})
    for make in (
        lambda: Observation("contoso"),
        lambda: Observation("rows-change-at", {"contoso": 1}),
        lambda: Field("name", known=True, forms=some, words=frozenset({"contoso"})),
        lambda: Field("name", known=True, forms=some, numbers=frozenset({123456})),
        lambda: Section("contoso"),
        lambda: Section("LakeDetail", fields=(Field("contoso_region", known=True, forms=some),)),
    ):
        with pytest.raises(ValueError, match=r"\w"):
            make()


def test_the_columns_that_are_known_are_those_of_the_local_cloud() -> None:
    assert {name: FIELDS[name] for name in ENTITY_SETS} == {name: each.columns for name, each in SIMULATED.items()}


def test_shapes_tell_types_and_lengths_and_the_numbers_of_choices() -> None:
    row = {
        "profilestate": 6, "snapshotstopersist": 77, "name": "contoso lake", "activationtime": "2026-01-01T00:00:00Z",
        "synapselinkprofileid": "11111111-1111-4111-8111-111111111111", "copyfiles": True, "uniquename": "x" * 200,
        "extendedproperties": None, "@odata.etag": 'W/"1"', "profileversion": "",
        "name@OData.Community.Display.V1.FormattedValue": "x",
    }  # fmt: skip
    other = {"profilestate": 1, "name": "y" * 100, "activationtime": "2026-01-01T00:00:00"}
    (section,) = [
        each
        for each in report_of(Material(sets={"synapselinkprofiles": [row, other, 7]})).sections
        if each.name == "synapselinkprofiles"
    ]
    forms = {each.name: each.forms for each in section.fields}
    assert section.documents == 2
    assert forms == {
        "profilestate": {Form.INTEGER},
        "snapshotstopersist": {Form.INTEGER},
        "name": {Form.SHORT, Form.MEDIUM},
        "activationtime": {Form.TIME, Form.ZONELESS},
        "synapselinkprofileid": {Form.ID},
        "copyfiles": {Form.BOOLEAN},
        "uniquename": {Form.LONG},
        "extendedproperties": {Form.NULL},
        "profileversion": {Form.EMPTY},
    }
    numbers = {each.name: each.numbers for each in section.fields if each.numbers}
    assert numbers == {"profilestate": {1, 6}}
    assert "profiletype" in section.missing


def test_what_stands_inside_unknown_fields_is_not_looked_into() -> None:
    entities = [{"Type": "account", "Settings": {"contoso": 1}, "Status": {"LastExportStatus": "Succeeded"}}, 7]
    found = {each.name: each for each in report_of(Material(profiles={"f": {"Entities": entities}})).sections}
    assert [(each.name, each.words) for each in found["LakeProfile.Entities.Status"].fields] == [
        ("LastExportStatus", {"Succeeded"})
    ]
    assert found["LakeProfile.Entities"].documents == 1
    assert not any("contoso" in each.name for section in found.values() for each in section.fields)
