"""How is the local cloud served over HTTPS on loopback?"""

from __future__ import annotations

import asyncio
import signal
import socket
import threading
from contextlib import contextmanager, suppress
from email.utils import formatdate
from typing import TYPE_CHECKING, Any

from uvicorn import Config, Server
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from reconciler.simulator.interruption import HungUp, Moment, Visit
from reconciler.simulator.wire import Request, Response

if TYPE_CHECKING:
    import ssl
    from collections.abc import Awaitable, Callable, Iterator
    from types import FrameType

    from reconciler.simulator.dispatch import Dispatch
    from reconciler.simulator.interruption import Interruption

    Message = dict[str, Any]
    Receive = Callable[[], Awaitable[Message]]
    Send = Callable[[Message], Awaitable[None]]

ABORT = "reconciler.abort"
STALL_SECONDS = 5.0


class AbortableProtocol(HttpToolsProtocol):
    """HTTP/1.1 that lets the application close a connection without an answer."""

    def on_message_begin(self) -> None:
        """Hand the application the way to abort, as an extension of its scope."""
        super().on_message_begin()
        self.scope["extensions"] = {ABORT: {"abort": self.transport.abort}}


class Application:
    """The ASGI application in front of the services."""

    def __init__(self, dispatch: Dispatch, latency: float) -> None:
        self._dispatch = dispatch
        self._latency = latency
        self.interruption: Interruption | None = None
        """What a test does in the middle of requests."""

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer one request, or close its connection."""
        message = await receive()
        body = message.get("body", b"")
        while message.get("more_body"):
            message = await receive()
            body += message.get("body", b"")
        if message["type"] == "http.disconnect":
            return
        if self._latency:
            await asyncio.sleep(self._latency)
        request = _request(scope, body)
        with suppress(HungUp):
            response = await self._answer(request)
            if response is not None:
                await self._send(request, response, send)
                return
        scope["extensions"][ABORT]["abort"]()
        while (await receive())["type"] != "http.disconnect":
            pass

    async def _answer(self, request: Request) -> Response | None:
        await self._interrupt(Moment.BEFORE, request)
        outcome = self._dispatch.answer(request)
        if outcome.delay:
            await asyncio.sleep(outcome.delay)
        await self._interrupt(Moment.AFTER, request)
        return outcome.response

    async def _send(self, request: Request, response: Response, send: Send) -> None:
        headers = [(name.encode(), value.encode()) for name, value in response.headers.items()]
        headers.append((b"date", formatdate(self._dispatch.now(), usegmt=True).encode()))
        headers.append((b"content-length", b"%d" % len(response.body)))
        await send({"type": "http.response.start", "status": response.status, "headers": headers})
        half = len(response.body) // 2 if self.interruption else 0
        if half:
            await send({"type": "http.response.body", "body": response.body[:half], "more_body": True})
            await self._interrupt(Moment.DURING, request)
        await send({"type": "http.response.body", "body": response.body[half:]})

    async def _interrupt(self, moment: Moment, request: Request) -> None:
        if self.interruption is None:
            return
        known, route = self._dispatch.routed(request)
        if known:
            await self.interruption(Visit(moment, request, route.name if route else "", bool(route and route.writes)))


def _request(scope: Message, body: bytes) -> Request:
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
    host = headers.get("host", "").partition(":")[0].lower()
    return Request(scope["method"], host, scope["path"], scope["query_string"].decode("latin-1"), headers, body)


class LoopbackServer(Server):
    """A server that stops at once: its clients are on this machine and expect no grace."""

    def __init__(self, application: Application, context: ssl.SSLContext, listener: socket.socket) -> None:
        super().__init__(
            Config(
                application,
                http=AbortableProtocol,
                ws="none",
                lifespan="off",
                log_config=None,
                access_log=False,
                server_header=False,
                date_header=False,
                timeout_keep_alive=120,
                ssl_context_factory=lambda *_: context,
            )
        )
        self._listener = listener
        self._stop = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self.ended = threading.Event()
        self.ready: Callable[[], None] = lambda: None

    def serve_forever(self) -> None:
        """Serve until ``stop`` is called or the process is told to end."""
        try:
            self.run(sockets=[self._listener])
        finally:
            self.ended.set()

    def stop(self) -> None:
        """Make ``serve_forever`` return; from any thread, as often as one likes."""
        self.should_exit = True
        loop, self._loop = self._loop, None
        if loop is not None:
            loop.call_soon_threadsafe(self._stop.set)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """End on a signal."""
        super().handle_exit(sig, frame)
        self.stop()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Take SIGINT and SIGTERM as a wish to end, and leave it at that: ending so is no failure."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {number: signal.signal(number, self.handle_exit) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    async def main_loop(self) -> None:
        """Wait for the end, without uvicorn's ten wake-ups a second."""
        self._loop = asyncio.get_running_loop()
        await self.on_tick(0)
        self.ready()
        if not self.should_exit:
            await self._stop.wait()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Close everything now."""
        for server in self.servers:
            server.close()
        for connection in list(self.server_state.connections):
            connection.transport.abort()
        for listener in sockets or []:
            listener.close()
        tasks = list(self.server_state.tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for server in self.servers:
            await asyncio.wait_for(server.wait_closed(), STALL_SECONDS)


def loopback_listener(port: int) -> socket.socket:
    """A socket bound to loopback; port 0 takes a free one."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    try:
        listener.bind(("127.0.0.1", port))
    except OSError:
        listener.close()
        raise
    return listener
