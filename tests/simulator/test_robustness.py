"""Whatever a client sends, every service answers in its own way and never falls over."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reconciler.simulator.odata import ODataError, expand_of, filter_of, page_of, select_of
from reconciler.simulator.resource_graph import RESOURCES_QUERY
from reconciler.simulator.wire import Request
from tests.simulator.local import LINK_APP
from tests.simulator.test_link_service import folder_of

if TYPE_CHECKING:
    from tests.simulator.local import Client

ANY = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)
QUICK = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
ENTITY = st.fixed_dictionaries(
    {},
    optional=dict.fromkeys(
        ("EntitySource", "AppendOnlyMode", "PartitionStrategy", "RecordCountPerBlock", "Settings"), ANY
    ),
)
PROFILE = st.fixed_dictionaries(
    {"Entities": ANY | st.lists(ENTITY.map(lambda entity: {"Type": "account"} | entity), max_size=2)},
    optional=dict.fromkeys(("IncrementalUpdateTimeInterval", "EnabledForJobs", "Name"), ANY),
)
DEFINITION = st.fixed_dictionaries(
    {}, optional=dict.fromkeys(("ChangeTrackingEnabled", "DisplayName", "HasNotes"), ANY)
)


def send(client: Client, method: str, url: str, token: str, body: Any, **headers: str) -> int:
    """Straight to the services, without a connection: a failure shows as itself."""
    host, _, path = url.removeprefix("https://").partition("/")
    path, _, query = f"/{path}".partition("?")
    whole = {"authorization": f"Bearer {token}"} | headers
    request = Request(method, host, path, query, whole, body if isinstance(body, bytes) else json.dumps(body).encode())
    outcome = client.cloud.dispatch.answer(request)
    assert outcome.response is not None
    return outcome.response.status


@QUICK
@given(body=PROFILE | ANY | st.binary(max_size=5))
def test_profiles(client: Client, sales: dict[str, str], body: Any) -> None:
    url = f"https://{sales['linkHost']}/environment/{sales['id']}/lakeprofile/{folder_of(client, sales)}"
    token = client.token(f"{LINK_APP}/.default", user=True)
    organization = {"x-ms-organization-id": sales["organization"]}
    assert send(client, "PUT", url, token, body, **organization) in (200, 400)
    assert send(client, "POST", url + "/activate", token, b"", **organization) == 200
    assert send(client, "GET", url, token, b"", **organization) == 200
    for name in ("profiles", "profileentities", "profileentitystates", "schedules"):
        rows = f"{sales['url']}/api/data/v9.2/synapselink{name}"
        assert send(client, "GET", rows, client.token(f"{sales['url']}/.default"), b"") == 200


@QUICK
@given(body=DEFINITION | ANY | st.binary(max_size=5), merge=st.booleans())
def test_definitions(client: Client, sales: dict[str, str], body: Any, merge: bool) -> None:
    url = f"{sales['url']}/api/data/v9.2/EntityDefinitions(LogicalName='account')"
    token = client.token(f"{sales['url']}/.default")
    assert send(client, "PUT", url, token, body, **{"mscrm.mergelabels": str(merge)}) in (204, 400)
    assert send(client, "GET", url, token, b"", consistency="Strong") == 200


@QUICK
@given(
    body=st.fixed_dictionaries({"query": st.just(RESOURCES_QUERY)}, optional={"options": ANY, "subscriptions": ANY})
    | ANY
)
def test_graph(client: Client, body: Any) -> None:
    url = "https://management.azure.com/providers/Microsoft.ResourceGraph/resources?api-version=2022-10-01"
    assert send(client, "POST", url, client.token("https://management.azure.com/.default"), body) in (200, 400)


@QUICK
@given(body=ANY, name=st.sampled_from(["edit", "clock", "seed", "assume", "fault", "settings", "x"]))
def test_control(client: Client, body: Any, name: str) -> None:
    key = {"x-simulator-key": client.endpoints["credentials"]["clientSecret"]}
    assert send(client, "POST", f"https://simulator.localhost/change/{name}", "", body, **key) in (200, 400)


@settings(max_examples=300, deadline=None)
@given(text=st.text(st.sampled_from("ab'()/ =$,;0129.-neqotrul"), max_size=25))
def test_queries(text: str) -> None:
    """A query is read, or refused with words: never anything else, and no row is touched."""
    row = {"a": None, "b": "x"}
    refusals = []
    for read in (lambda: filter_of(text, {"a", "b"})(row), lambda: select_of(text, {"a"}, "t"),
                 lambda: expand_of(text, {"a"}, "t"), lambda: page_of(text, text)):  # fmt: skip
        try:
            read()
        except ODataError as refused:
            refusals.append(str(refused))
    assert all(refusals)
    assert row == {"a": None, "b": "x"}


def test_odd_tokens(client: Client, sales: dict[str, str]) -> None:
    url = f"{sales['url']}/api/data/v9.2/datalakefolders"
    for token in ("", ".", "..", "a.b.c", "é.é.é", "." * 50):
        assert send(client, "GET", url, token, b"") == 401
    with pytest.raises(ODataError):
        page_of("", "x")
