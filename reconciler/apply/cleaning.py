"""Deleting what a lost link left, so that it can be made again: its lake database, and its container."""

from __future__ import annotations

from reconciler.apply.executor import Context
from reconciler.apply.settling import Wait, holds_soon, settled, until
from reconciler.clients.clients import WriteClients
from reconciler.clients.spark import SparkWriter
from reconciler.live.snapshot import read_environments
from reconciler.model.desired import Destination, account_name
from reconciler.model.errors import OutcomeUnknown, ReconcilerError, Refused, ServiceError
from reconciler.model.live import Snapshot
from reconciler.resources.link_lost import users_of
from reconciler.resources.link_steps import DeleteContainer, DropLakeDatabase

# A paused pool takes minutes to start; a statement that drops a database takes seconds.
_SESSION_WAITS = (0, 5, *[15] * 40)
_STATEMENT_WAITS = (0, 2, *[5] * 36)
_DELETION_WAITS = (0, 2, 5, 10, 15, 15, 15)
# Storage frees the name of a deleted container after at least thirty seconds (documented).
_NAME_IS_FREE = 30
_ENDED = frozenset({"error", "dead", "killed", "shutting_down", "success"})


def refuse_used(
    context: Context, destination: Destination, *, container: str | None = None, database: str | None = None
) -> None:
    """Reads the links of every declared environment anew, whatever this run planned. Refused where one of them writes
    to what is to be deleted, or where an environment can't be read: then nothing shows that none does."""
    declared = list(context.desired.environments.values())
    environments = read_environments(context.clients, declared, context.configuration)
    for found in environments.values():
        if found.unreadable:
            raise Refused(
                f"Nothing was deleted: a link of environment '{found.name}' may write there, and it could not be read: "
                f"{found.unreadable.summary}"
            )
    users = users_of(destination, container, database, Snapshot(environments))
    if users:
        raise Refused(f"Nothing was deleted: live links write there by now ({', '.join(users)}). Plan again")


def drop_lake_database(clients: WriteClients, tenant_id: str, step: DropLakeDatabase, wait: Wait) -> None:
    """Drops the database if it exists, in a session of its own, which is ended whatever comes of it.

    Safe to do again: the statement says IF EXISTS.
    """
    workspace = account_name(step.workspace)
    spark = clients.spark(tenant_id, workspace, step.spark_pool)
    session = spark.begin("reconciler-drop-lake-database")
    try:
        _await_idle(spark, session, wait)
        _run_to_its_end(spark, session, step.database, wait)
    finally:
        _end(spark, session)


def delete_container(clients: WriteClients, tenant_id: str, step: DeleteContainer, wait: Wait) -> None:
    """Deletes the container unless it is gone, and waits until its name can be used again."""
    container = clients.container(tenant_id, step.storage_account, step.container)
    if not container.exists():
        return
    settled(container.delete, lambda: not container.exists())
    until(
        wait,
        lambda: not container.exists(),
        f"The container '{step.container}' was deleted, and Azure still shows it: run again in some minutes",
        waits=_DELETION_WAITS,
    )
    wait(_NAME_IS_FREE)


def _await_idle(spark: SparkWriter, session: int, wait: Wait) -> None:
    state = ""

    def is_idle() -> bool:
        nonlocal state
        state = spark.session_state(session)
        if state in _ENDED:
            raise ServiceError(
                f"The Spark session ended before it began ({state}): look at it in Synapse Studio, Monitor"
            )
        return state == "idle"

    until(wait, is_idle, f"The Spark session did not start in time (it is '{state}'): run again", waits=_SESSION_WAITS)


def _run_to_its_end(spark: SparkWriter, session: int, database: str, wait: Wait) -> None:
    statement = spark.drop_database(session, database)
    ended: list[str] = []

    def has_ended() -> bool:
        state, error = spark.statement(session, statement)
        if state in {"error", "cancelled"} or error:
            raise ServiceError(f"Spark did not drop the lake database '{database}': {error or state}")
        ended[:] = [state]
        return state == "available"

    if not holds_soon(wait, has_ended, _STATEMENT_WAITS):
        raise OutcomeUnknown(f"Spark still drops the lake database '{database}' ({ended[-1]}): run again to see")


def _end(spark: SparkWriter, session: int) -> None:
    try:
        spark.end(session)
    except ReconcilerError:
        # It ends by itself when it idles; what matters was said already.
        return
