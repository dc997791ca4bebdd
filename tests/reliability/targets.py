"""What is fuzzed: how a case of each target is made, and what is done with it. A case is bytes: a corpus keeps them."""

from __future__ import annotations

import json
import random
import shutil
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import yaml

from reconciler.cli import reconciler
from reconciler.cli.attended import handed_over
from reconciler.cli.edge import run
from reconciler.cli.outcomes import read_saved
from reconciler.clients.endpoints import read_endpoints
from reconciler.manifests.schemas import CONFIGURATION, MANIFEST_KINDS, schema
from reconciler.plan.held import hold
from reconciler.simulator import Cloud
from reconciler.simulator.wire import Response
from tests.builders import plan as any_plan
from tests.fleet import CLOUD, TENANT, write_manifests
from tests.manifests.test_solution import SCHEMA, xml_of
from tests.manifests.texts import documents, environment, link, tables
from tests.reliability.grammar import changed, damaged, encoded, hostile, of_schema
from tests.reliability.inside import inside

SOUND = documents(
    environment(values="{a: 1, b: x}"), link(rest="  include: [team]\n  interval: ${values.a}h\n"), tables()
)
READING = (
    ("plan",),
    ("drift", "--format", "json"),
    ("status", "--data", "--undeclared"),
    ("preflight", "--all"),
    ("probe",),
    ("import", "taken", "--tenant", TENANT),
)


@dataclass(frozen=True)
class Target:
    """One thing that reads what others wrote. ``weight`` is its part of a hundred cases."""

    name: str
    weight: int
    make: Callable[[random.Random], bytes]
    take: Callable[[bytes], int]
    """Gives the exit code of a command that was given the case. Runs in the ground's folder."""


class Ground:
    """A folder with sound documents of every sort, made by the commands themselves on a local cloud."""

    def __init__(self, folder: Path, cloud: Cloud) -> None:
        """Runs in ``folder``, which has to be the working folder."""
        self.folder = folder
        self.cloud = cloud
        cloud.seed(CLOUD, replace=True)
        write_manifests(folder / "manifests")
        (folder / "sound").mkdir()
        (folder / "sound" / "a.yaml").write_text(SOUND)
        with inside(cloud):
            self.call("apply", "--yes", "--journal", "journal.jsonl", "--endpoints", cloud.endpoints)
            cloud.edit("sales", "saleslake", add_tables=["opportunity"], interval=15)
            self.call("plan", "--out", "plan.json", "--endpoints", cloud.endpoints)
            self.answers = {words: self._answers_to(words) for words in READING}
        self.plan = json.loads((folder / "plan.json").read_text())
        self.journal = (folder / "journal.jsonl").read_bytes()
        self.endpoints = json.loads(Path(cloud.endpoints).read_text())

    def call(self, *words: object) -> int:
        """The exit code of a command."""
        return run(reconciler, [str(word) for word in words])

    def _answers_to(self, words: tuple[str, ...]) -> list[tuple[str, int, bytes]]:
        """Each answer that a command is given: its route, the how-manieth of that route, and its body."""
        found: list[tuple[str, int, bytes]] = []
        came: defaultdict[str, int] = defaultdict(int)

        def note(route: str, response: Response) -> Response:
            found.append((route, came[route], response.body))
            came[route] += 1
            return response

        with inside(self.cloud, note):
            self.call(*words, "--endpoints", self.cloud.endpoints)
        shutil.rmtree("taken", ignore_errors=True)
        # Threads ask in no fixed order: sorted, so that a number makes the same case again.
        return sorted(found)

    def file(self, name: str, content: bytes) -> Path:
        """A file of this content."""
        path = self.folder / name
        path.write_bytes(content)
        return path

    def targets(self) -> tuple[Target, ...]:
        """All of them."""
        return (
            Target("manifests", 24, _manifest, self._validate),
            Target("values", 10, _values, self._validate),
            Target("configuration", 12, _configuration, self._configure),
            Target("plans", 18, self._a_plan, self._hold),
            Target("endpoints", 6, self._an_endpoints_file, self._reach),
            Target("journals", 12, self._a_journal, self._tell),
            Target("solutions", 8, _solution, self._import),
            Target("answers", 10, self._an_answer, self._answered),
        )

    def _validate(self, content: bytes) -> int:
        (self.folder / "case").mkdir(exist_ok=True)
        self.file("case/a.yaml", content)
        return self.call("validate", "case", *(("--format", "json") if len(content) % 4 == 0 else ()))

    def _configure(self, content: bytes) -> int:
        return self.call("validate", "sound", "--config", self.file("case.yaml", content))

    def _a_plan(self, chance: random.Random) -> bytes:
        return _near(self.plan, chance)

    def _hold(self, content: bytes) -> int:
        file = self.file("case.json", content)
        present = any_plan()

        def take() -> int:
            saved = read_saved(file)
            hold(saved, present)
            return 0

        return run(click.Command("apply", callback=take), [])

    def _an_endpoints_file(self, chance: random.Random) -> bytes:
        return _near(self.endpoints, chance)

    def _reach(self, content: bytes) -> int:
        file = self.file("case.json", content)
        return run(click.Command("plan", callback=lambda: bool(read_endpoints(file)) and 0), [])

    def _a_journal(self, chance: random.Random) -> bytes:
        lines = self.journal.splitlines(keepends=True)
        if chance.random() < 0.5:
            at = chance.randrange(len(lines))
            lines[at] = encoded(changed(json.loads(lines[at]), chance), chance).replace(b"\n", b"") + b"\n"
            chance.shuffle(lines)
            return b"".join(lines)
        return damaged(self.journal, chance)

    def _tell(self, content: bytes) -> int:
        file = self.file("case.jsonl", content)
        code = self.call("journal", "--journal", file, *(("--format", "json") if len(content) % 2 else ()))
        return code or run(click.Command("apply", callback=lambda: bool(handed_over(None, file)) and 0), [])

    def _import(self, content: bytes) -> int:
        shutil.rmtree(self.folder / "taken", ignore_errors=True)
        words = ("--environment", "dev", "--container", "dataverse-contoso")
        return self.call("import", "taken", "--solution", self.file("case.xml", content), *words)

    def _an_answer(self, chance: random.Random) -> bytes:
        words = chance.choice(READING)
        route, number, body = chance.choice(self.answers[words])
        case = {"words": words, "route": route, "number": number, "body": _body(body, chance).decode("latin-1")}
        if chance.random() < 0.1:
            case["status"] = chance.choice((200, 201, 202, 204, 206, 304, 400, 404, 409, 412, 418, 500))
        return json.dumps(case).encode()

    def _answered(self, content: bytes) -> int:
        case = json.loads(content)
        left = [case["number"]]

        def twist(route: str, response: Response) -> Response:
            if route != case["route"]:
                return response
            left[0] -= 1
            if left[0] != -1:
                return response
            return Response(case.get("status", response.status), case["body"].encode("latin-1"), response.headers)

        shutil.rmtree(self.folder / "taken", ignore_errors=True)
        with inside(self.cloud, twist):
            return self.call(*case["words"], "--endpoints", self.cloud.endpoints)


def _near(sound: Any, chance: random.Random) -> bytes:
    if chance.random() < 0.7:
        return encoded(changed(sound, chance), chance)
    return damaged(json.dumps(sound, indent=2).encode(), chance)


def _body(body: bytes, chance: random.Random) -> bytes:
    """A body of an answer, changed as what it is where it is JSON."""
    try:
        sound = json.loads(body)
    except ValueError:
        return _batched(body, chance) if chance.random() < 0.7 else damaged(body, chance)
    return _near(sound, chance)


def _batched(body: bytes, chance: random.Random) -> bytes:
    """A batch of which one part holds other JSON."""
    parts = body.split(b"\r\n")
    places = [number for number, part in enumerate(parts) if part.startswith((b"{", b"["))]
    if places:
        at = chance.choice(places)
        parts[at] = encoded(changed(json.loads(parts[at]), chance), chance)
    return b"\r\n".join(parts)


def _manifest(chance: random.Random) -> bytes:
    way = chance.random()
    if way < 0.35:
        return damaged(SOUND.encode(), chance)
    if way < 0.6:
        return _yaml([changed(value, chance) for value in yaml.safe_load_all(SOUND)], chance)
    kinds = [schema(chance.choice(list(MANIFEST_KINDS))) for _ in range(chance.randint(1, 3))]
    return _yaml([of_schema(kind, kind, chance) for kind in kinds], chance)


def _values(chance: random.Random) -> bytes:
    """Values of any sort, filled into any field of a link."""
    values = {chance.choice(("a", "b", "c", "a.b", "")): hostile(chance) for _ in range(chance.randint(0, 4))}
    asked = chance.choice(
        ("${values.a}", "x${values.a}${values.b}", "${values.}", "${values.a", "$${values.a}", "${env.A}")
    )
    whole = [
        *yaml.safe_load_all(documents(environment(), link(rest="  interval: 60m\n  tables: [account]\n"), tables()))
    ]
    whole[0]["spec"]["values"] = values
    spec = whole[chance.choice((1, 1, 2))]["spec"]
    field = chance.choice([*spec, "interval", "attachments"])
    spec[field] = [asked] if isinstance(spec.get(field), list) else asked
    return _yaml(whole, chance)


def _configuration(chance: random.Random) -> bytes:
    root = schema(CONFIGURATION)
    made = of_schema(root, root, chance)
    return damaged(_yaml([made], chance), chance) if chance.random() < 0.3 else _yaml([made], chance)


def _yaml(values: list[Any], chance: random.Random) -> bytes:
    """YAML documents: as JSON, which is YAML, or dumped."""
    if chance.random() < 0.5:
        return b"\n---\n".join(encoded(value, chance) for value in values)
    try:
        return yaml.safe_dump_all(values, allow_unicode=chance.random() < 0.5).encode(errors="surrogatepass")
    except (yaml.YAMLError, ValueError, RecursionError):  # the writer is not what is tried here
        return b"\n---\n".join(encoded(value, chance) for value in values)


def _solution(chance: random.Random) -> bytes:
    if chance.random() < 0.6:
        return xml_of(encoded(changed(SCHEMA, chance), chance).decode("utf-8", "replace")).encode(
            errors="surrogatepass"
        )
    return damaged(xml_of(SCHEMA).encode(), chance)
