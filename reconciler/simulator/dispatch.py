"""Which service answers a request, and what befalls it on the way?"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from reconciler.simulator.arm import Arm
from reconciler.simulator.athena import LinkService
from reconciler.simulator.bap import Bap
from reconciler.simulator.blob_leases import SUFFIXES as BLOB_SUFFIXES
from reconciler.simulator.blob_leases import BlobLeases
from reconciler.simulator.control import Control
from reconciler.simulator.dataverse import Dataverse
from reconciler.simulator.entra import Entra
from reconciler.simulator.faults import Fault, Faults
from reconciler.simulator.graph import Graph
from reconciler.simulator.hosts import ARM_HOSTS, BAP_HOSTS, CONTROL_HOST, GRAPH_HOSTS, LOGIN_HOSTS
from reconciler.simulator.lake import Lake, account_name, account_of
from reconciler.simulator.limits import Limits
from reconciler.simulator.record import Entry, Record
from reconciler.simulator.synapse import Synapse, workspace_name
from reconciler.simulator.tokens import Tokens
from reconciler.simulator.wire import AnsweredError, Request, Response, Route, Service, find_route

if TYPE_CHECKING:
    from collections.abc import Iterable

    from reconciler.simulator.changes import Changes
    from reconciler.simulator.world import World

UNKNOWN_HOST = Response(404, b"", {}, unserved=True)
CORRELATION = ("x-ms-correlation-id", "x-ms-client-request-id", "x-ms-correlation-request-id", "client-request-id")


class Outcome:
    """What is to be done with the connection: an answer, or none; after a delay, or at once."""

    __slots__ = ("delay", "response")

    def __init__(self, response: Response | None, delay: float = 0.0) -> None:
        self.response = response
        """None: close the connection."""
        self.delay = delay


class Dispatch:
    """All services of one local cloud behind their host names."""

    def __init__(self, world: World, faults: Faults, record: Record, changes: Changes) -> None:
        self._world = world
        self._faults = faults
        self._record = record
        self._tokens = Tokens(world)
        self._entra = Entra(world, self._tokens)
        self._bap = Bap(world, self._tokens)
        self._dataverse = Dataverse(world, self._tokens, self.inner)
        self._link = LinkService(world, self._tokens)
        self._arm = Arm(world, self._tokens)
        self._synapse = Synapse(world, self._tokens)
        self._lake = Lake(world, self._tokens)
        self._blobs = BlobLeases(world, self._tokens)
        self._control = Control(world, record, changes)
        self.limits = Limits()
        fixed: list[tuple[Iterable[str], Service]] = [
            (LOGIN_HOSTS, self._entra),
            (BAP_HOSTS, self._bap),
            (ARM_HOSTS, self._arm),
            (GRAPH_HOSTS, Graph(world, self._tokens)),
            ((CONTROL_HOST,), self._control),
        ]
        self._fixed = {host: service for hosts, service in fixed for host in hosts}

    def now(self) -> float:
        """The time of the cloud, which its answers are dated with."""
        return self._world.now()

    def route_names(self) -> set[str]:
        """The names of all routes that faults can hit."""
        services: list[Service] = [self._dataverse, self._link, self._synapse, self._lake, self._blobs]
        services += self._fixed.values()
        return {route.name for service in services if service is not self._control for route in service.routes}

    def service(self, host: str) -> Service | None:
        """The service behind a host name."""
        if host in self._world.by_host:
            return self._dataverse
        if host in self._world.by_link_host:
            return self._link
        workspace = self._world.by_workspace.get(workspace_name(host) or "")
        if workspace is not None and workspace.present:
            return self._synapse
        if account_name(host) is not None and account_of(self._world, host) is not None:
            return self._lake
        if account_name(host, BLOB_SUFFIXES) is not None and account_of(self._world, host, BLOB_SUFFIXES) is not None:
            return self._blobs
        return self._fixed.get(host)

    def routed(self, request: Request) -> tuple[bool, Route | None]:
        """Whether a request is for one of the services, and not for the control host; and its route, if it has one."""
        service = self.service(request.host)
        if service is None or service is self._control:
            return service is None, None
        return True, find_route(service, request)[0]

    def answer(self, request: Request) -> Outcome:
        """Answer one request, and note it."""
        service = self.service(request.host)
        if service is None:
            self._note(request, None, UNKNOWN_HOST, None)
            return Outcome(UNKNOWN_HOST)
        with self._world.lock:
            found, allowed = find_route(service, request)
            fault = self._faults.pick(found.name, request) if found and service is not self._control else None
            response: Response | None
            taken, counted = self._counted(service, request)
            if not taken:
                fault, response = None, service.failed(request, 429)
            elif fault is not None and fault.before:
                response = None if fault.kind == "reset-before" else fault.answer(service, request)
            else:
                response = _handled(service, found, request, allowed)
            if fault is not None and fault.kind == "reset-after":
                response = None
            if fault is not None and fault.kind == "error-after":
                response = fault.answer(service, request)
            if counted and response is not None:
                response = replace(response, headers={**response.headers, **counted})
            if service is not self._control:
                self._note(request, found, response, fault)
        return Outcome(response, fault.delay if fault is not None and fault.kind == "slow" else 0.0)

    def _counted(self, service: Service, request: Request) -> tuple[bool, dict[str, str]]:
        if not self.limits.enforced:
            return True, {}
        return self.limits.ask(type(service).__name__, request, self._tokens.kind(request) or "", self._world.now())

    def inner(self, request: Request) -> Response:
        """Answer one request from inside a batch."""
        found, allowed = find_route(self._dataverse, request)
        fault = self._faults.pick(found.name, request) if found else None
        if fault is not None and fault.before and fault.kind != "reset-before":
            response = fault.answer(self._dataverse, request)
        else:
            response = _handled(self._dataverse, found, request, allowed)
        self._note(request, found, response, fault, inner=True)
        return response

    def _note(
        self,
        request: Request,
        found: Route | None,
        response: Response | None,
        fault: Fault | None,
        *,
        inner: bool = False,
    ) -> None:
        unserved = found is None or (response is not None and response.unserved)
        query = f"?{request.query_string}" if request.query_string else ""
        self._record.add(
            Entry(
                method=request.method,
                host=request.host,
                path=request.path + query,
                route=found.name if found else "",
                status=response.status if response else 0,
                fault=fault.kind if fault else None,
                identity=self._tokens.kind(request),
                correlation=next((request.headers[name] for name in CORRELATION if name in request.headers), None),
                write=found is not None and found.writes,
                inner=inner,
                unserved=unserved,
            )
        )


def _handled(service: Service, found: Route | None, request: Request, allowed: list[str]) -> Response:
    if found is None:
        return service.unknown(request, allowed)
    try:
        return found.handler(request)
    except AnsweredError as answered:
        return answered.response
