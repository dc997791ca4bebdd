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
from tests.simulator.test_link_service import LAKE, folder_of

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


LAKE_BODY = st.fixed_dictionaries(dict.fromkeys(LAKE, ANY | st.just("x")), optional={"SparkPoolName": ANY})
FABRIC = st.fixed_dictionaries(
    {"Entities": ANY | st.lists(st.text(max_size=3)), "IsManagedLake": st.booleans()},
    optional=dict.fromkeys(("WorkspaceId", "ConnectionId", "EntityDescriptions", "LakeId", "FolderId"), ANY),
)


@QUICK
@given(body=LAKE_BODY | ANY | st.binary(max_size=5), fabric=FABRIC | ANY, again=st.booleans())
def test_lakes(client: Client, sales: dict[str, str], body: Any, fabric: Any, again: bool) -> None:
    url = f"https://{sales['linkHost']}/environment/{sales['id']}/"
    token = client.token(f"{LINK_APP}/.default", user=True)
    organization = {"x-ms-organization-id": sales["organization"]}
    assert send(client, "POST", url + "lakedetails", token, body, **organization) in (200, 400)
    if isinstance(fabric, dict):
        fabric = fabric | {"OrganizationId": sales["organization"]}
    query = "lakehouseArtifacts" + ("?removeShortcutsFirst=true" if again else "")
    assert send(client, "POST", url + query, token, fabric, **organization) == 400
    assert send(client, "GET", url + "lakedetails", token, b"", **organization) == 200


@QUICK
@given(
    body=st.fixed_dictionaries({"code": ANY, "name": ANY}, optional={"kind": ANY}) | ANY | st.binary(max_size=5),
    name=st.text(st.sampled_from("0123456789/ab."), min_size=1, max_size=4),
)
def test_spark(client: Client, body: Any, name: str) -> None:
    url = "https://ws-data.dev.azuresynapse.net/livyApi/versions/2019-11-01-preview/sparkPools/spark/sessions"
    token = client.token("https://dev.azuresynapse.net/.default")
    assert send(client, "POST", url, token, body) in (200, 400)
    assert send(client, "POST", url, token, {"name": "x"}) == 200
    assert send(client, "POST", f"{url}/0/statements", token, body) in (200, 400)
    assert send(client, "GET", f"{url}/{name}", token, b"") in (200, 404)
    assert send(client, "GET", f"{url}/0/statements/{name}", token, b"") in (200, 404)


@QUICK
@given(
    body=st.fixed_dictionaries(
        {"environment": st.just("sales"), "account": st.just("saleslake")},
        optional=dict.fromkeys(("add_tables", "remove_tables", "fail", "event", "value", "columns", "table"), ANY),
    ),
    name=st.sampled_from(["edit", "event"]),
)
def test_troubles_and_events(client: Client, body: Any, name: str) -> None:
    key = {"x-simulator-key": client.endpoints["credentials"]["clientSecret"]}
    assert send(client, "POST", f"https://simulator.localhost/change/{name}", "", body, **key) in (200, 400)


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
