"""How is a local cloud started, reached and stopped?"""

from __future__ import annotations

import json
import threading
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reconciler.simulator.certificates import authority, server_context, write_private
from reconciler.simulator.changes import Changes
from reconciler.simulator.control import summary
from reconciler.simulator.dispatch import Dispatch
from reconciler.simulator.events import befall
from reconciler.simulator.faults import Faults
from reconciler.simulator.nouns import Resource
from reconciler.simulator.profiles import edit, unlink
from reconciler.simulator.record import Record
from reconciler.simulator.seeds import apply_seed, read_seed
from reconciler.simulator.server import Application, LoopbackServer, loopback_listener
from reconciler.simulator.troubles import fail, heal, settle
from reconciler.simulator.views import State
from reconciler.simulator.world import World

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from reconciler.simulator.interruption import Interruption
    from reconciler.simulator.nouns import Settings

START_SECONDS = 10.0
ENDPOINTS = "endpoints.json"


class CloudClock:
    """The time of a local cloud, for tests."""

    def __init__(self, world: World) -> None:
        self._world = world

    @property
    def now(self) -> float:
        """Seconds since the epoch, in the local cloud."""
        return self._world.now()

    def advance(self, seconds: float) -> None:
        """Move the time."""
        with self._world.lock:
            self._world.clock.advance(seconds)
            self._world.save_settings()


class Cloud:
    """A local cloud that is being served, as the code that started it sees it."""

    def __init__(self, directory: Path, *, port: int = 0, latency_ms: float = 0, fault_seed: int = 0) -> None:
        self._world = World(directory)
        self.directory = directory
        self.faults = Faults(fault_seed)
        self.record = Record()
        self.clock = CloudClock(self._world)
        self.state = State(self._world)
        self.changes = Changes(self._world, self.faults, self.write_endpoints)
        try:
            ca = authority(directory)
            self._listener = loopback_listener(port)
        except OSError:
            self._world.close()
            raise
        self.address = f"127.0.0.1:{self._listener.getsockname()[1]}"
        self.endpoints = directory / ENDPOINTS
        self.ca = ca.cert_pem.bytes().decode()
        self.dispatch = Dispatch(self._world, self.faults, self.record, self.changes)
        self.changes.routes = self.dispatch.route_names
        self.limits = self.dispatch.limits
        self._application = Application(self.dispatch, latency_ms / 1000)
        self.server = LoopbackServer(self._application, server_context(ca), self._listener)

    @property
    def settings(self) -> Settings:
        """Sign-in, lifetimes of tokens and the lag of the index, read and set by ``configure``."""
        return self._world.settings

    @property
    def seeded(self) -> bool:
        """Whether a seed has filled it."""
        return self._world.seeded

    def interrupt(self, interruption: Interruption | None) -> None:
        """Step into every request from now on; None ends that."""
        self._application.interruption = interruption

    def configure(self, **settings: Any) -> None:
        """Set some settings by name."""
        with self._world.lock:
            self.changes.apply("settings", settings)

    def seed(self, seed: Path | Mapping[str, Any], *, replace: bool = False) -> None:
        """Fill the cloud from a file or a mapping."""
        with self._world.lock:
            if isinstance(seed, Path | str):
                loaded, source = read_seed(Path(seed))
                apply_seed(self._world, loaded, source=source, replace=replace)
            else:
                apply_seed(self._world, dict(seed), replace=replace)
            self.write_endpoints()

    def assume(self, assumption: str, answer: str) -> None:
        """Switch an open question to one of its answers."""
        with self._world.lock:
            self._world.assume(assumption, answer)

    def edit(self, environment: str, account: str, **changes: Any) -> None:
        """Change a link as a person in the portal would; see ``profiles.edit`` for what can be changed."""
        with self._world.lock:
            edit(self._world, self._world.link(environment, account), **changes)

    def unlink(self, environment: str, account: str, *, keep_data: bool = False) -> None:
        """End a link as a person in the portal would, its data deleted or kept."""
        with self._world.lock:
            unlink(self._world, self._world.link(environment, account), keep_data=keep_data)

    def fail(self, environment: str, account: str, *troubles: str) -> None:
        """Let a link (``CODE``) or tables of it (``TABLE=CODE``) fail; the codes are those of ``troubles.CODES``."""
        with self._world.lock:
            fail(self._world, self._world.link(environment, account), troubles)

    def stall(self, environment: str, account: str) -> None:
        """Let a link stop without a word: its states stay as they are, and nothing is updated any more."""
        with self._world.lock:
            link = self._world.link(environment, account)
            link.stalled = True
            settle(self._world, link)

    def heal(self, environment: str, account: str) -> None:
        """End what ``fail`` and ``stall`` began."""
        with self._world.lock:
            heal(self._world, self._world.link(environment, account))

    def event(self, environment: str, event: str, value: str = "") -> None:
        """Let something befall an environment; see ``events.befall``."""
        with self._world.lock:
            befall(self._world, self._world.environment(environment), event, value)

    def put_resource(self, body: dict[str, Any]) -> None:
        """Create or replace an Azure resource; Resource Graph follows when its lag has passed."""
        with self._world.lock:
            before = self._world.resources.get(body["id"].lower())
            shown = before.body if before is not None and before.present else None
            self._world.save_resource(Resource(body["id"], body["type"], body, self._world.now(), shown))

    def remove_resource(self, resource_id: str) -> None:
        """Delete an Azure resource; Resource Graph follows when its lag has passed."""
        with self._world.lock:
            before = self._world.resources[resource_id.lower()]
            gone = Resource(before.id, before.type, before.body, self._world.now(), before.body, present=False)
            self._world.save_resource(gone)

    def write_endpoints(self) -> None:
        """Write the endpoints file: how a client reaches this cloud, and as whom."""
        body = {
            "version": 1,
            "address": self.address,
            "ca": self.ca,
            "credentials": {
                "clientId": self._world.app.id,
                "clientSecret": self._world.client_secret,
                "user": self._world.user.name,
            },
            "instance": self._world.instance,
        }
        write_private(self.endpoints, (json.dumps(body, indent=2) + "\n").encode())

    def stop(self) -> None:
        """Stop serving, as a server that goes away: its port is closed when this returns."""
        self.server.stop()
        self.server.ended.wait(START_SECONDS)

    def close(self) -> None:
        """Keep the counts of this run, and give up the store."""
        self._listener.close()
        with self._world.lock:
            self._world.store.put("setting", "requests", summary(self.record))
            self._world.close()


@contextmanager
def running(
    state_dir: Path | str,
    seed: Path | str | Mapping[str, Any] | None = None,
    *,
    latency_ms: float = 0,
    fault_seed: int = 0,
    assume: Mapping[str, str] | None = None,
) -> Iterator[Cloud]:
    """Serve a local cloud from a thread for as long as the context lasts.

    ``seed`` replaces whatever the state directory holds; without one, the cloud is as it was left.
    """
    cloud = Cloud(Path(state_dir), latency_ms=latency_ms, fault_seed=fault_seed)
    try:
        for assumption, answer in (assume or {}).items():
            cloud.assume(assumption, answer)
        if seed is not None:
            cloud.seed(Path(seed) if isinstance(seed, str) else seed, replace=True)
        cloud.write_endpoints()
        ready = threading.Event()
        cloud.server.ready = ready.set
        thread = threading.Thread(target=cloud.server.serve_forever, name="local cloud", daemon=True)
        thread.start()
        try:
            if not ready.wait(START_SECONDS):
                raise TimeoutError("the local cloud did not start")
            yield cloud
        finally:
            cloud.stop()
            thread.join(START_SECONDS)
    finally:
        cloud.close()
