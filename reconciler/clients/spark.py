"""Spark sessions of a Synapse workspace's pool (Livy), for one purpose: dropping a lake database that nobody uses.

Routes and states: the official OpenAPI document of the data plane, sparkJob.json of 2020-12-01 (docs/sources.md).
"""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import quote

from reconciler.clients.channel import Target, WriteChannel
from reconciler.model.errors import Refused

_SESSIONS = "/livyApi/versions/2019-11-01-preview/sparkPools/{pool}/sessions"
_DATABASE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,127}")
# Small enough for any pool: the statement moves no data.
_SIZE = {"driverMemory": "4g", "driverCores": 4, "executorMemory": "4g", "executorCores": 4, "numExecutors": 1}


class SparkWriter:
    """Sessions of one pool, as the application: it needs the Synapse role Compute Operator, and rights on the lake."""

    def __init__(self, target: Target, pool: str) -> None:
        self._channel = WriteChannel(target)
        self._path = _SESSIONS.format(pool=quote(pool, safe=""))

    def begin(self, name: str) -> int:
        """Asks for a session, and gives its id. It is idle some minutes later, where the pool has to start."""
        answer = self._channel.post(self._path, {"name": name, "conf": {}, **_SIZE})
        return _id(answer.json_object(), answer)

    def session_state(self, session: int) -> str:
        """``not_started``, ``starting``, ``idle``, ``busy``, ``error``, ``dead``, ``killed`` and others."""
        return str(self._channel.get(f"{self._path}/{session}").json_object().get("state") or "")

    def drop_database(self, session: int, database: str) -> int:
        """Gives an idle session the statement that drops a lake database and its tables; gives the statement's id.

        Refused for a name that is no plain one: it becomes part of a statement.
        """
        if not _DATABASE.fullmatch(database):
            raise Refused(f"'{database}' is no name of a lake database that a program may drop: drop it by hand")
        statement = {"code": f"DROP DATABASE IF EXISTS `{database}` CASCADE", "kind": "sql"}
        answer = self._channel.post(f"{self._path}/{session}/statements", statement)
        return _id(answer.json_object(), answer)

    def statement(self, session: int, statement: int) -> tuple[str, str]:
        """The state of a statement (``waiting``, ``running``, ``available``, ``error``, ``cancelled``), and the error
        that it ended with, empty without one."""
        body = self._channel.get(f"{self._path}/{session}/statements/{statement}").json_object()
        output = body.get("output")
        output = output if isinstance(output, dict) else {}
        error = "" if output.get("status") in (None, "ok") else str(output.get("evalue") or output.get("ename") or "?")
        return str(body.get("state") or ""), error

    def end(self, session: int) -> None:
        """Ends a session, so that the pool may pause."""
        self._channel.delete(f"{self._path}/{session}")


def _id(body: dict[str, Any], answer: Any) -> int:
    identifier = body.get("id")
    if not isinstance(identifier, int):
        raise answer.unintelligible("without an id")
    return identifier
