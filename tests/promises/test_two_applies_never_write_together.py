"""Two applies never write one environment at once, wherever they run; who loses the lock writes nothing more."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from reconciler.apply.executor import Context
from reconciler.apply.run import apply_changes
from reconciler.clients.clients import WriteClients
from reconciler.model.configuration import Configuration, SignIn
from reconciler.model.outcome import Result
from reconciler.plan.build import build_plan
from reconciler.simulator import Cloud, running
from tests.conftest import clients_of
from tests.fleet import ENVIRONMENTS, SERVICE_LINK, fleet, write_manifests
from tests.locks import SEED, Clock, blobs_of, locks_in, name_of, write_configuration
from tests.run import read

OTHER = "99999999-9999-4999-8999-999999999999"
Start = Callable[..., subprocess.Popen[str]]
COMMAND = [sys.executable, "-c", "from reconciler.cli import main; main()"]


@pytest.fixture
def cloud(tmp_path: Path) -> Iterator[Cloud]:
    with running(tmp_path / "cloud", seed=SEED) as found:
        yield found


@pytest.fixture
def start(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> Iterator[Start]:
    """Starts the command line in a folder, as a shell would."""
    monkeypatch.setenv("RECONCILER_ENDPOINTS", str(cloud.endpoints))
    started: list[subprocess.Popen[str]] = []

    def begin(folder: Path, *words: str) -> subprocess.Popen[str]:
        pipe = subprocess.PIPE
        started.append(
            subprocess.Popen([*COMMAND, *words], cwd=folder, stdin=pipe, stdout=pipe, stderr=pipe, text=True)
        )
        return started[-1]

    yield begin
    for process in started:
        process.kill()
        process.communicate()


def repository(folder: Path) -> Path:
    """A working folder of its own, with locks in the common container."""
    write_manifests(folder / "manifests")
    write_configuration(folder)
    return folder


def renamed(folder: Path) -> Path:
    """A repository that calls the environment of sales by another name."""
    for path in (folder / "manifests").iterdir():
        text = path.read_text().replace("{name: sales}", "{name: vertrieb}")
        path.write_text(text.replace("environment: sales", "environment: vertrieb"))
    return folder


def one_writer_at_a_time(cloud: Cloud) -> bool:
    """Whether each write of a link came while the lease of its environment was held, and none was held twice."""
    held: set[str] = set()
    paths = {each.environment_id: f"/locks/{name_of(name)}" for name, each in ENVIRONMENTS.items()}
    for entry in cloud.record:
        path = entry.path.partition("?")[0]
        if (entry.route, entry.status) == ("blob.lease.acquire", 201):
            assert path not in held
            held.add(path)
        elif (entry.route, entry.status) == ("blob.lease.release", 200):
            held.remove(path)
        elif entry.write and entry.route.startswith("link."):
            (environment,) = (key for key in paths if key in path)
            assert paths[environment] in held
    return not held


@pytest.mark.parametrize("waits", [False, True])
def test_of_two_processes_one_writes(cloud: Cloud, start: Start, tmp_path: Path, waits: bool) -> None:
    """The other plans what the first has not written yet, and is refused: by the lock, or, when it has waited for it,
    because what it planned from has moved."""
    cloud.faults.add("slow", "link.profile.put", times=None, delay=0.3)
    words = ["apply", "--yes", "--environment", "sales", *(["--lock-timeout", "30s"] if waits else [])]
    second = [*words[:3], "vertrieb", *words[4:]]
    processes = [
        start(repository(tmp_path / "one"), *words),
        start(renamed(repository(tmp_path / "two")), *second),
    ]
    said = [process.communicate(timeout=60) for process in processes]
    assert sorted(process.returncode for process in processes) in ([0, 4], [0, 0]), said
    assert one_writer_at_a_time(cloud)
    assert cloud.record.count(route="link.profile.put") == 1
    assert [out + err for out, err in said if "Traceback" in err] == []


def test_a_file_keeps_two_processes_of_a_folder_apart(cloud: Cloud, start: Start, tmp_path: Path) -> None:
    folder = repository(tmp_path / "one")
    (folder / "reconciler.yaml").unlink()
    cloud.faults.add("slow", "link.profile.put", times=None, delay=0.3)
    words = ["apply", "--yes", "--environment", "sales"]
    processes = [start(folder, *words), start(folder, *words)]
    said = [process.communicate(timeout=60) for process in processes]
    assert sorted(process.returncode for process in processes) in ([0, 4], [0, 0]), said
    assert cloud.record.count(route="link.profile.put") == 1


def test_the_refused_says_who_writes_and_how_to_go_on(cloud: Cloud, start: Start, tmp_path: Path) -> None:
    with blobs_of(cloud) as blobs, locks_in(blobs) as locks, locks.hold("sales"):
        process = start(renamed(repository(tmp_path / "two")), "apply", "--yes", "--environment", "vertrieb")
        out, err = process.communicate(timeout=60)
    assert process.returncode == 4, err
    text = " ".join(out.split())
    assert "'vertrieb' is locked by run " in text
    assert "reconciler unlock vertrieb" in text
    assert cloud.record.count(route="link.profile.put") == 0


@pytest.mark.parametrize("after", range(1, 6))
@pytest.mark.parametrize("how", ["broken", "run out"])
def test_a_run_that_loses_its_lock_writes_nothing_more(cloud: Cloud, after: int, how: str) -> None:
    """The lock is lost just after a write was let through, and time goes on to the next one."""
    desired, configuration = fleet(SERVICE_LINK), Configuration(concurrency=4, sign_in=SignIn.DEVICE_CODE)
    clock, sent = Clock(), 0
    with blobs_of(cloud) as blobs, locks_in(blobs, clock) as locks, clients_of(cloud, configuration) as clients:
        live = read(clients, desired, configuration)
        changes = build_plan(desired, live, configuration).pending
        context = Context(WriteClients.beside(clients), desired, live, configuration, wait=lambda _: None, locks=locks)

        def lose(*_write: object) -> None:
            nonlocal sent
            sent += 1
            if sent == after:
                clock.advance(61)
                cloud.clock.advance(61)
                if how == "broken":
                    blobs.break_lease(name_of("service"))
                else:
                    assert blobs.acquire(name_of("service"), OTHER)

        (outcome,) = apply_changes(changes, context, on_write=lose)
    written = [entry for entry in cloud.record.writes if not entry.route.startswith("blob.")]
    assert len(written) == after
    assert outcome.result is Result.REFUSED
    assert "was broken, or taken by another run" in (outcome.detail or "")
