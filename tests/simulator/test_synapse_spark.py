"""Spark sessions start, run statements and end with the cloud's clock; one statement does something."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from reconciler.simulator import running
from tests.simulator.local import SEED, client_of

if TYPE_CHECKING:
    from pathlib import Path

    from tests.simulator.local import Client

HOST = "https://ws-data.dev.azuresynapse.net"
SESSIONS = HOST + "/livyApi/versions/2019-11-01-preview/sparkPools/spark/sessions"
SCOPE = "https://dev.azuresynapse.net/.default"


def call(client: Client, method: str, url: str, **options: Any) -> Any:
    return client.call(method, url, **{"scope": SCOPE, **options})


def begin(client: Client, **values: Any) -> str:
    answer = call(client, "POST", SESSIONS, json={"name": "clean"} | values)
    assert (answer.status_code, answer.json()["state"]) == (200, "starting")
    return f"{SESSIONS}/{answer.json()['id']}"


def say(client: Client, session: str, code: str, **values: Any) -> dict[str, Any]:
    answer = call(client, "POST", session + "/statements", json={"code": code} | values)
    assert (answer.status_code, answer.json()["code"]) == (200, code)
    url = f"{session}/statements/{answer.json()['id']}"
    client.cloud.clock.advance(40)
    # What a session does is done when somebody looks.
    return call(client, "GET", url).json()


def name_of(client: Client) -> str:
    return next(iter(client.cloud.state.databases("ws-data")))


def test_states_advance_with_the_clock(client: Client) -> None:
    session = begin(client)
    statement = call(client, "POST", session + "/statements", json={"code": "1"}).json()
    assert (statement["state"], statement["output"]) == ("waiting", None)
    seen = []
    for seconds in (0, 29.5, 1, 1, 5):
        client.cloud.clock.advance(seconds)
        shown = call(client, "GET", f"{session}/statements/{statement['id']}").json()
        seen.append((call(client, "GET", session).json()["state"], shown["state"]))
    assert [seen[0], seen[-1]] == [("starting", "waiting"), ("idle", "available")]
    assert ("busy", "running") in seen
    listed = call(client, "GET", SESSIONS).json()
    assert (listed["total"], listed["sessions"][0]["livyInfo"]["currentState"]) == (1, "idle")
    assert call(client, "GET", session + "/statements").json()["total_statements"] == 1


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ('spark.sql("DROP DATABASE IF EXISTS `{}` CASCADE")', "pyspark"),
        ("spark.sql('''drop schema {} cascade''')", "spark"),
        ("DROP DATABASE `{}` CASCADE;", "sql"),
    ],
)
def test_a_lake_database_is_dropped(client: Client, code: str, kind: str) -> None:
    session = begin(client)
    output = say(client, session, code.format(name_of(client)), kind=kind)["output"]
    assert output["status"] == "ok"
    assert client.cloud.state.databases("ws-data") == {}


@pytest.mark.parametrize(
    ("code", "status", "name"),
    [
        ('spark.sql("DROP DATABASE IF EXISTS `nothing` CASCADE")', "ok", None),
        ('spark.sql("DROP DATABASE `nothing` CASCADE")', "error", "AnalysisException"),
        ('spark.sql("DROP DATABASE IF EXISTS nothing")', "error", "ParseException"),
        ("print(1)", "error", "ParseException"),
    ],
)
def test_other_statements(client: Client, code: str, status: str, name: str | None) -> None:
    output = say(client, begin(client, kind="pyspark"), code)["output"]
    assert (output["status"], output.get("ename")) == (status, name)
    assert len(client.cloud.state.databases("ws-data")) == 1


def test_sessions_end(client: Client) -> None:
    session = begin(client)
    assert call(client, "DELETE", session).status_code == 200
    assert call(client, "GET", session).status_code == 404
    assert call(client, "GET", SESSIONS).json()["total"] == 0


def test_what_is_not_there_is_told_flatly(client: Client) -> None:
    session = begin(client)
    for url in (SESSIONS.replace("spark/", "nopool/"), SESSIONS + "/7", session + "/statements/7", HOST + "/nothing"):
        answer = call(client, "GET", url)
        assert (answer.status_code, set(answer.json())) == (404, {"code", "message"})
    assert call(client, "PUT", SESSIONS, json={}).status_code == 405
    other = SESSIONS.replace("ws-data", "ws-nothing")
    assert call(client, "GET", other).content == b""


@pytest.mark.parametrize("body", ["{", "[]", "{}", '{"name": "x", "kind": "cobol"}'])
def test_sessions_that_cannot_be_read(client: Client, body: str) -> None:
    assert call(client, "POST", SESSIONS, data=body).status_code == 400


@pytest.mark.parametrize("body", ["{", "[]", "{}", '{"code": "x", "kind": "cobol"}'])
def test_statements_that_cannot_be_read(client: Client, body: str) -> None:
    assert call(client, "POST", begin(client) + "/statements", data=body).status_code == 400


def test_who_may_enter(client: Client, tmp_path: Path) -> None:
    assert client.session.get(SESSIONS).status_code == 401
    assert call(client, "GET", SESSIONS, scope="https://management.azure.com/.default").status_code == 401
    with running(tmp_path / "other", SEED | {"principals": {"app": {"synapse": "none"}}}) as cloud:
        other = client_of(cloud)
        assert call(other, "GET", SESSIONS).status_code == 403
        assert call(other, "GET", SESSIONS, user=True).status_code == 200
        other.session.close()
