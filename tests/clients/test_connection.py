"""What each way of failing on the wire is called: never sent, not answered, may have been, too large. Real sockets."""

from __future__ import annotations

import socket
import ssl
import struct
import zlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from reconciler.clients import connection as limits
from reconciler.clients.channel import ReadChannel, Target, WriteChannel
from reconciler.clients.endpoints import Endpoints
from reconciler.model.errors import NotReached, OutcomeUnknown, ServiceError, Unintelligible
from reconciler.simulator.certificates import authority
from tests.clients.rawserver import HOST, Answer, Static, raw_server

PATH = "/api/data/v9.2/x"
OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}"


def says(*parts: bytes) -> Answer:
    def answer(connection: ssl.SSLSocket) -> None:
        for part in parts:
            connection.sendall(part)

    return answer


def hangs(connection: ssl.SSLSocket) -> None:
    connection.recv(1)


def resets(connection: ssl.SSLSocket) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def breaks_tls(connection: ssl.SSLSocket) -> None:
    """Bytes that are no TLS, after the request was read: it may well have been processed."""
    raw = socket.socket(fileno=socket.dup(connection.fileno()))
    with raw:
        raw.sendall(b"HTTP/1.1 200 OK\r\n\r\n" * 4)


HALF = b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{"
CHUNK = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel"
NOT_GZIP = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nabcd"


@pytest.mark.parametrize(
    "answer",
    [
        hangs,
        resets,
        breaks_tls,
        says(),
        says(HALF),
        says(CHUNK),
        says(b"no http at all\r\n\r\n"),
        says(NOT_GZIP),
        says(b"HTTP/1.1 503 Away\r\nContent-Length: 0\r\nRetry-After: 1\r\n\r\n"),
        says(b"HTTP/1.1 408 Late\r\nContent-Length: 0\r\n\r\n"),
        says(b"HTTP/1.1 504 Late\r\nContent-Length: 0\r\n\r\n"),
    ],
    ids=[
        "hang", "reset", "broken TLS", "closed", "half a body", "half a chunk", "no HTTP", "no gzip",
        "503", "408", "504",
    ],
)  # fmt: skip
def test_a_write_that_was_sent_may_have_been_and_is_not_sent_again(tmp_path: Path, answer: Answer) -> None:
    with raw_server(tmp_path, answer) as raw:
        raw.target.transport.connection_config.read_timeout = 0.2
        with pytest.raises(OutcomeUnknown, match="Dataverse of 'sales'"):
            WriteChannel(raw.target).put(PATH, {"a": 1})
        assert len(raw.requests) == 1


def test_a_status_that_came_counts_though_the_rest_of_the_head_did_not(tmp_path: Path) -> None:
    with raw_server(tmp_path, says(b"HTTP/1.1 200 OK\r\nContent-Le")) as raw:
        assert WriteChannel(raw.target).put(PATH, {"a": 1}).status == 200
        with pytest.raises(Unintelligible, match="not JSON"):
            ReadChannel(raw.target).get(PATH).json()


@pytest.mark.parametrize("first", [hangs, resets, breaks_tls, says(), says(HALF), says(CHUNK)])
def test_a_read_is_sent_again(tmp_path: Path, first: Answer) -> None:
    answers = [first]

    def answer(connection: ssl.SSLSocket) -> None:
        (answers.pop() if answers else says(OK))(connection)

    with raw_server(tmp_path, answer) as raw:
        raw.target.transport.connection_config.read_timeout = 0.2
        assert ReadChannel(raw.target).get(PATH).json() == {}
        assert len(raw.requests) == 2


def _refused(folder: Path) -> Endpoints:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    return Endpoints("127.0.0.1", port, authority(folder).cert_pem.bytes().decode(), "c", "s", None)


def test_a_connection_that_is_refused_was_never_sent(tmp_path: Path) -> None:
    transport = limits.open_transport(_refused(tmp_path), 1)
    target = Target("Dataverse", HOST, "scope", Static(), transport)
    for send in (lambda: ReadChannel(target).get(PATH), lambda: WriteChannel(target).put(PATH, {})):
        with pytest.raises(NotReached, match="was not reached"):
            send()


def test_a_certificate_that_is_not_trusted_was_never_sent(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    with raw_server(tmp_path, says(OK)) as raw:
        host, port = "127.0.0.1", raw.port
        other = Endpoints(host, port, authority(tmp_path / "other").cert_pem.bytes().decode(), "c", "s", None)
        target = replace(raw.target, transport=limits.open_transport(other, 1))
        with pytest.raises(NotReached, match=r"was not reached.*certificate"):
            WriteChannel(target).put(PATH, {})
        assert raw.requests == []


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("to", ["https://attacker.example/steal", f"https://{HOST}/elsewhere", "/elsewhere"])
def test_no_redirect_is_followed_with_a_token_or_without(tmp_path: Path, status: int, to: str) -> None:
    head = f"HTTP/1.1 {status} Moved\r\nLocation: {to}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    with raw_server(tmp_path, says(head.encode())) as raw:
        sends: list[Callable[[], object]] = [
            lambda: ReadChannel(raw.target).get(PATH),
            lambda: WriteChannel(raw.target).put(PATH, {}),
            lambda: WriteChannel(raw.target).post(PATH),
        ]
        for send in sends:
            with pytest.raises(ServiceError, match=f"answered {status}"):
                send()
        assert [request.split()[1] for request in raw.requests] == [PATH] * 3
        without = raw.target.transport.session.get(f"https://{HOST}{PATH}", allow_redirects=False, timeout=5)
        assert without.status_code == status


def test_a_huge_answer_ends_before_memory_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "LARGEST_ANSWER_BYTES", 1 << 20)
    sent = []

    def endless(connection: ssl.SSLSocket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        while True:
            connection.sendall(b"10000\r\n" + b"x" * 65536 + b"\r\n")
            sent.append(65536)

    with raw_server(tmp_path, endless) as raw:
        with pytest.raises(Unintelligible, match=r"Dataverse of 'sales' answered GET .* more than 1 MiB"):
            ReadChannel(raw.target).get(PATH)
        assert len(raw.requests) == 1
        with pytest.raises(OutcomeUnknown, match="more than 1 MiB"):
            WriteChannel(raw.target).put(PATH, {})
        assert sum(sent) < 64 << 20


def test_what_is_packed_small_and_large_unpacked_is_bounded_as_well(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "LARGEST_ANSWER_BYTES", 1 << 20)
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    bomb = packer.compress(bytes(8 << 20)) + packer.flush()
    head = f"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {len(bomb)}\r\n\r\n"
    with (
        raw_server(tmp_path, says(head.encode(), bomb)) as raw,
        pytest.raises(Unintelligible, match="more than 1 MiB"),
    ):
        ReadChannel(raw.target).get(PATH)


def test_a_body_that_drips_is_not_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "LONGEST_ANSWER_SECONDS", 0)
    with (
        raw_server(tmp_path, says(OK)) as raw,
        pytest.raises(Unintelligible, match="did not end within 0 s"),
    ):
        ReadChannel(raw.target).get(PATH)
