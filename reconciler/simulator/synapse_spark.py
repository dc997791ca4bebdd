"""How do the Livy sessions of a workspace's Spark pools answer?

Paths and fields: the official OpenAPI document of the data plane (sparkJob.json, 2020-12-01). States advance with the
cloud's clock; how long each lasts is invented, and so is the text of errors. One statement is understood: the one that
drops a lake database. Sessions live as long as the server.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from reconciler.simulator.clock import zulu
from reconciler.simulator.nouns import derived_id
from reconciler.simulator.storage import drop_database
from reconciler.simulator.wire import AnsweredError, Request, Response, json_response, route

if TYPE_CHECKING:
    from reconciler.simulator.nouns import Principal, Resource
    from reconciler.simulator.world import World

START_SECONDS = 30.0
WAIT_SECONDS = 1.0
RUN_SECONDS = 4.0
KINDS = ("spark", "pyspark", "dotnetspark", "sql")
DROP = re.compile(
    r"""\s*DROP\s+(?:DATABASE|SCHEMA)\s+(?P<careful>IF\s+EXISTS\s+)?`?(?P<name>[\w-]+)`?\s+CASCADE\s*;?\s*""",
    re.IGNORECASE,
)
CALL = re.compile(r"""\s*spark\.sql\(\s*(?P<quote>\"{3}|'{3}|"|')(?P<sql>.*)(?P=quote)\s*\)\s*;?\s*""", re.DOTALL)


class Door(Protocol):
    """Who lets requests into a workspace."""

    def admit(self, request: Request) -> tuple[Resource, Principal]:
        """The workspace and the sender of a request."""


@dataclass(slots=True)
class Statement:
    """One statement of a session, and when it was given."""

    id: int
    code: str
    begun: float
    output: dict[str, Any] | None = None
    """Set when it has run."""


@dataclass(slots=True)
class Session:
    """One session of a pool."""

    id: int
    pool: str
    name: str
    kind: str
    submitter: str
    begun: float
    statements: list[Statement] = field(default_factory=list)
    ended: bool = False

    @property
    def ready(self) -> float:
        """When it is idle for the first time."""
        return self.begun + START_SECONDS


class SparkSessions:
    """The Livy endpoint of every workspace."""

    def __init__(self, world: World, door: Door) -> None:
        self._world = world
        self._door = door
        self._sessions: dict[str, list[Session]] = {}
        all_ = "/livyApi/versions/2019-11-01-preview/sparkPools/{pool}/sessions"
        one = all_ + "/{session}"
        self.routes = (
            route("synapse.spark.sessions", "GET", all_, self.sessions),
            route("synapse.spark.session.create", "POST", all_, self.create, writes=True),
            route("synapse.spark.session", "GET", one, self.session),
            route("synapse.spark.session.end", "DELETE", one, self.end, writes=True),
            route("synapse.spark.statements", "GET", one + "/statements", self.statements),
            route("synapse.spark.statement.create", "POST", one + "/statements", self.say, writes=True),
            route("synapse.spark.statement", "GET", one + "/statements/{statement}", self.statement),
        )

    def _pool(self, request: Request) -> tuple[Resource, list[Session], Principal]:
        workspace, principal = self._door.admit(request)
        pool = request.parts["pool"]
        found = self._world.resources.get(f"{workspace.id}/bigDataPools/{pool}".lower())
        if found is None or not found.present:
            raise _refusal(404, "SparkPoolNotFound", f"The Spark pool '{pool}' was not found in the workspace.")
        return workspace, self._sessions.setdefault(found.id.lower(), []), principal

    def _session(self, request: Request) -> tuple[Resource, Session]:
        workspace, sessions, _ = self._pool(request)
        number = request.parts["session"]
        found = next((each for each in sessions if str(each.id) == number and not each.ended), None)
        if found is None:
            raise _refusal(404, "SessionNotFound", f"Session '{number}' was not found.")
        for statement in found.statements:
            self._run(workspace, statement)
        return workspace, found

    def sessions(self, request: Request) -> Response:
        """The sessions of a pool that have not ended."""
        workspace, sessions, _ = self._pool(request)
        shown = [self._shown(workspace, session) for session in sessions if not session.ended]
        return json_response({"from": 0, "total": len(shown), "sessions": shown})

    def create(self, request: Request) -> Response:
        """Begin a session; it is idle some time later."""
        workspace, sessions, principal = self._pool(request)
        body = _object(request)
        kind = body.get("kind", "spark")
        if not isinstance(body.get("name"), str) or not body["name"] or kind not in KINDS:
            raise _refusal(400, "BadRequest", "A session has a name, and a kind of " + ", ".join(KINDS) + ".")
        name = request.parts["pool"]
        session = Session(len(sessions), name, body["name"], kind, principal.name, self._world.now())
        sessions.append(session)
        return json_response(self._shown(workspace, session))

    def session(self, request: Request) -> Response:
        """One session and its state."""
        return json_response(self._shown(*self._session(request)))

    def end(self, request: Request) -> Response:
        """End a session; what it was running is forgotten."""
        self._session(request)[1].ended = True
        return Response(200)

    def statements(self, request: Request) -> Response:
        """The statements of a session."""
        _, session = self._session(request)
        shown = [self._told(statement) for statement in session.statements]
        return json_response({"total_statements": len(shown), "statements": shown})

    def say(self, request: Request) -> Response:
        """Give a session a statement, which it runs when it is idle."""
        _, session = self._session(request)
        body = _object(request)
        code, kind = body.get("code"), body.get("kind", session.kind)
        if not isinstance(code, str) or kind not in KINDS:
            raise _refusal(400, "BadRequest", "A statement has code, and a kind of " + ", ".join(KINDS) + ".")
        call = CALL.fullmatch(code)
        before = session.statements[-1].begun + WAIT_SECONDS + RUN_SECONDS if session.statements else 0.0
        begun = max(self._world.now(), session.ready, before)
        sql = code if kind == "sql" else call["sql"] if call and kind != "dotnetspark" else ""
        statement = Statement(len(session.statements), sql, begun)
        session.statements.append(statement)
        return json_response(self._told(statement) | {"code": code})

    def statement(self, request: Request) -> Response:
        """One statement: its state, and what it put out."""
        _, session = self._session(request)
        number = request.parts["statement"]
        found = next((each for each in session.statements if str(each.id) == number), None)
        if found is None:
            raise _refusal(404, "StatementNotFound", f"Statement '{number}' was not found.")
        return json_response(self._told(found))

    def _run(self, workspace: Resource, statement: Statement) -> None:
        if statement.output is not None or self._world.now() < statement.begun + WAIT_SECONDS + RUN_SECONDS:
            return
        name = workspace.body["name"]
        found = DROP.fullmatch(statement.code)
        count = statement.id + 1
        if found is None:
            message = "The local cloud runs DROP DATABASE alone."
            statement.output = _error(count, "ParseException", message)
        elif drop_database(self._world, name, found["name"]) or found["careful"]:
            statement.output = {"status": "ok", "execution_count": count, "data": {"text/plain": "DataFrame[]"}}
        else:
            message = f"[SCHEMA_NOT_FOUND] The schema `{found['name']}` cannot be found."
            statement.output = _error(count, "AnalysisException", message)

    def _told(self, statement: Statement) -> dict[str, Any]:
        now = self._world.now()
        state = "available" if statement.output else "running" if now >= statement.begun + WAIT_SECONDS else "waiting"
        return {"id": statement.id, "code": statement.code, "state": state, "output": statement.output}

    def _shown(self, workspace: Resource, session: Session) -> dict[str, Any]:
        now = self._world.now()
        busy = any(statement.output is None for statement in session.statements)
        state = "starting" if now < session.ready else "busy" if busy else "idle"
        return {
            "livyInfo": {
                "startingAt": zulu(session.begun),
                "idleAt": zulu(session.ready) if now >= session.ready else None,
                "currentState": state,
            },
            "name": session.name,
            "workspaceName": workspace.body["name"],
            "sparkPoolName": session.pool,
            "submitterName": session.submitter,
            "jobType": "SparkSession",
            "result": "Uncertain",
            "errorInfo": [],
            "tags": None,
            "id": session.id,
            "appId": f"application_{derived_id(workspace.id, session.pool, session.id)[:8]}"
            if state != "starting"
            else None,
            "appInfo": None,
            "state": state,
            "log": [],
        }


def _error(count: int, name: str, message: str) -> dict[str, Any]:
    return {"status": "error", "execution_count": count, "ename": name, "evalue": message, "traceback": [message]}


def _refusal(status: int, code: str, message: str) -> AnsweredError:
    return AnsweredError(json_response({"code": code, "message": message}, status))


def _object(request: Request) -> dict[str, Any]:
    try:
        body = request.json()
    except ValueError as error:
        raise _refusal(400, "BadRequest", "The body is no JSON.") from error
    if not isinstance(body, dict):
        raise _refusal(400, "BadRequest", "The body is no object.")
    return body
