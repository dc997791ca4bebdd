"""A batch is answered part by part, in order, under the service's own boundary."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.simulator.local import Client

HEAD = "Content-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n\r\n"
BASE = "/api/data/v9.2/"


def batch(client: Client, *lines: str, prefer: str = "", boundary: str = "batch_1", body: str | None = None) -> Any:
    parts = "".join(f"--{boundary}\r\n{HEAD}{line}\r\n\r\n" for line in lines)
    headers = {"Content-Type": f'multipart/mixed; boundary="{boundary}"'} | ({"Prefer": prefer} if prefer else {})
    url = client.environment("sales")["url"] + BASE + "$batch"
    return client.call("POST", url, data=body or f"{parts}--{boundary}--\r\n", headers=headers)


def parts_of(answer: Any) -> list[tuple[int, str]]:
    boundary = re.search(r"boundary=(batchresponse_[0-9a-f-]+)", answer.headers["content-type"])
    assert boundary
    text = answer.content.decode()
    assert text.endswith(f"--{boundary[1]}--\r\n")
    parts = text.split(f"--{boundary[1]}")[1:-1]
    statuses = [status for part in parts for status in re.findall(r"^HTTP/1.1 (\d+)", part, re.MULTILINE)]
    assert len(statuses) == len(parts)
    return [(int(status), part) for status, part in zip(statuses, parts, strict=True)]


def test_each_part_has_its_own_answer(client: Client) -> None:
    url = client.environment("sales")["url"]
    answer = batch(
        client,
        f"GET {BASE}synapselinkprofiles?$select=name&$filter=profilestate ne 3 HTTP/1.1\r\nAccept: application/json",
        f"GET {url}{BASE}synapselinkschedules?$select=type HTTP/1.1",
        "GET datalakefolders?$select=name HTTP/1.1\r\nPrefer: odata.maxpagesize=2",
    )
    assert answer.status_code == 200
    found = parts_of(answer)
    assert [status for status, _ in found] == [200, 200, 200]
    assert '"name":"saleslake"' in found[0][1]
    assert "@odata.nextLink" in found[2][1]
    assert "content-type: application/json" in found[0][1]
    assert client.cloud.record.count(route="dataverse.batch") == 1
    assert client.cloud.record.count(route="dataverse.synapselinkprofiles") == 1
    assert [entry.inner for entry in client.cloud.record.inner] == [True] * 3


def test_the_first_failure_ends_it_unless_asked_to_go_on(client: Client) -> None:
    lines = (f"GET {BASE}nothing HTTP/1.1", f"GET {BASE}datalakefolders HTTP/1.1")
    assert [status for status, _ in parts_of(batch(client, *lines))] == [404]
    found = parts_of(batch(client, *lines, prefer="odata.continue-on-error"))
    assert [status for status, _ in found] == [404, 200]
    assert len(client.cloud.record.unserved) == 2


@pytest.mark.parametrize(
    ("line", "text"),
    [
        (f"POST {BASE}$batch HTTP/1.1", "another batch"),
        ("GET https://other.crm4.dynamics.com/api/data/v9.2/datalakefolders HTTP/1.1", "another host"),
        ("GET", "no request line"),
    ],
)
def test_what_a_batch_may_not_hold(client: Client, line: str, text: str) -> None:
    answer = batch(client, line)
    assert (answer.status_code, text in answer.text) == (400, True)


@pytest.mark.parametrize(
    "body",
    [
        "",
        "rubbish",
        f"--batch_1\r\n{HEAD}GET x HTTP/1.1\r\n",
        "--batch_1\r\nContent-Type: text/x\r\n\r\n\r\n--batch_1--",
    ],
)
def test_a_malformed_batch(client: Client, body: str) -> None:
    assert batch(client, body=body or "-").status_code == 400


def test_a_thousand_parts_are_the_limit(client: Client) -> None:
    line = f"GET {BASE}synapselinkschedules?$select=type HTTP/1.1"
    assert len(parts_of(batch(client, *[line] * 1000))) == 1000
    assert batch(client, *[line] * 1001).status_code == 400
