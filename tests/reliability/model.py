"""``python -m tests.reliability.model``: the whole system beside a model of it that has ten lines.

Manifests are files, commands are the commands, the portal is a person's hands; hypothesis draws what happens in which
order, and makes what fails as short as it can.
"""

from __future__ import annotations

import argparse
import functools
import io
import json
import os
import shutil
import sys
import tempfile
import traceback
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, redirect_stderr, redirect_stdout
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path
from unittest import mock

import click
import yaml
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from reconciler.apply.executor import Context
from reconciler.apply.synapse_link import LinkExecutor
from reconciler.cli import reconciler
from reconciler.cli.edge import INTERRUPTED, run
from reconciler.model.change import Step
from reconciler.simulator import Cloud, running
from tests.fleet import CLOUD, ENVIRONMENTS, TENANT, storage
from tests.reliability.figures import closed
from tests.reliability.inside import inside

SLOTS = {"sales": "saleslake", "service": "servicelake"}
TABLES = ("contact", "incident", "lead", "task")
ALWAYS = "account"
INTERVALS = (15, 30, 60)
GUARDS = "{tablesRemoved: {percent: 100}, linksUnlinked: {percent: 100}}"


@dataclass
class Link:
    """The model of a live link."""

    tables: set[str]
    interval: int


@dataclass
class Declared:
    """The model of a manifest."""

    tables: set[str] = field(default_factory=lambda: {ALWAYS})
    absent: set[str] = field(default_factory=set)
    interval: int = 60
    gone: bool = False


def applied(declared: Declared | None, live: Link | None) -> Link | None:
    """What a link is after an apply: the whole of what is modelled."""
    if declared is None:
        return live
    if declared.gone:
        return None
    before = live.tables if live else set()
    return Link((before - declared.absent) | declared.tables, declared.interval)


def drifts(declared: Declared | None, live: Link | None) -> bool:
    """Whether there is something to report: a difference, or a table of a declared link that nobody declares."""
    if declared is None:
        return False
    undeclared = live.tables - declared.tables if live and not declared.gone else set()
    return applied(declared, live) != live or bool(undeclared)


class Killed(BaseException):
    """Stands for a process that dies: nothing of ours catches it."""


class Whole(RuleBasedStateMachine):
    """Two environments, one link each. ``ground`` gives the cloud and the working folder."""

    ground: Cloud

    def __init__(self) -> None:
        super().__init__()
        self.cloud = self.ground
        self.cloud.seed(CLOUD, replace=True)
        self.desired: dict[str, Declared | None] = {"sales": Declared(), "service": None}
        self.live: dict[str, Link | None] = {"sales": Link({"account", "contact", "task"}, 60), "service": None}
        self.saved: tuple[dict[str, Declared | None], dict[str, Link | None]] | None = None
        self.ever: set[str] = {slot for slot, link in self.live.items() if link}
        Path("plan.json").unlink(missing_ok=True)
        shutil.rmtree(".reconciler", ignore_errors=True)

    @rule(slot=st.sampled_from(sorted(SLOTS)), table=st.sampled_from(TABLES))
    def declare(self, slot: str, table: str) -> None:
        """A line is added to a manifest."""
        if link := self._declared(slot):
            link.tables.add(table)
            link.absent.discard(table)

    @rule(slot=st.sampled_from(sorted(SLOTS)), table=st.sampled_from(TABLES))
    def delete_a_line(self, slot: str, table: str) -> None:
        """A line is taken out of a manifest, which removes nothing."""
        if link := self._declared(slot):
            link.tables.discard(table)

    @rule(slot=st.sampled_from(sorted(SLOTS)), table=st.sampled_from(TABLES))
    def let_go(self, slot: str, table: str) -> None:
        """A table is named absent."""
        if link := self._declared(slot):
            link.tables.discard(table)
            link.absent.add(table)

    @rule(slot=st.sampled_from(sorted(SLOTS)), minutes=st.sampled_from(INTERVALS))
    def set_interval(self, slot: str, minutes: int) -> None:
        """A manifest has another interval."""
        if link := self._declared(slot):
            link.interval = minutes

    @rule(slot=st.sampled_from(sorted(SLOTS)))
    def delete_a_manifest(self, slot: str) -> None:
        """A manifest is deleted, which unlinks nothing."""
        self.desired[slot] = None

    @rule(slot=st.sampled_from(sorted(SLOTS)))
    def write_a_manifest(self, slot: str) -> None:
        """A manifest is written, unless there is one, or the link was ended once: that takes other words."""
        if self.desired[slot] is None and (self.live[slot] or slot not in self.ever):
            self.desired[slot] = Declared()

    @rule(slot=st.sampled_from(sorted(SLOTS)))
    def end_a_link(self, slot: str) -> None:
        """A manifest becomes a tombstone."""
        if self.desired[slot] and self.live[slot]:
            self.desired[slot] = Declared(gone=True)

    @rule(slot=st.sampled_from(sorted(SLOTS)), table=st.sampled_from(TABLES), minutes=st.sampled_from(INTERVALS))
    def edit_in_the_portal(self, slot: str, table: str, minutes: int) -> None:
        """A person adds a table, or takes one away, and sets the interval."""
        if link := self.live[slot]:
            away = table in link.tables
            words = {"remove_tables" if away else "add_tables": [table], "interval": minutes}
            self.cloud.edit(slot, SLOTS[slot], **words)
            self.live[slot] = Link(link.tables ^ {table}, minutes)

    @rule(seconds=st.sampled_from((60, 3600, 90_000)))
    def wait(self, seconds: int) -> None:
        """Time passes, and what was begun is synchronised."""
        self.cloud.clock.advance(seconds)

    @rule()
    def drift(self) -> None:
        """Drift speaks up exactly where the model differs."""
        differs = any(drifts(self.desired[slot], self.live[slot]) for slot in SLOTS)
        assert self._call("drift")[0] == (2 if differs else 0)

    @rule()
    def plan(self) -> None:
        """A plan has exactly the changes of links that the model would change."""
        code, said = self._call("plan", "--format", "json", "--allow-unproven")
        pending = {change["partition"] for change in json.loads(said)["changes"] if change["action"] != "none"}
        assert pending == {slot for slot in SLOTS if applied(self.desired[slot], self.live[slot]) != self.live[slot]}
        assert code == (2 if pending else 0)

    @rule()
    def apply(self) -> None:
        """After an apply what is live is what the model says, and there is nothing left to plan."""
        self.live = {slot: applied(self.desired[slot], self.live[slot]) for slot in SLOTS}
        self._apply()

    @rule(steps=st.integers(0, 5))
    def die_and_apply(self, steps: int) -> None:
        """A run dies at some step; the next one ends where one would have."""
        self.live = {slot: applied(self.desired[slot], self.live[slot]) for slot in SLOTS}
        with mock.patch.object(LinkExecutor, "execute", _dying(steps)):
            self._run("apply", "--yes", *self._consents())
        # The dead run shares this process, which goes on: its locks would have ended with it.
        shutil.rmtree(".reconciler/locks", ignore_errors=True)
        self._apply()

    @rule()
    def take_in(self) -> None:
        """Import writes manifests of what is live, as it is, and asks nothing else of anybody."""
        shutil.rmtree("taken", ignore_errors=True)
        writes = len(self.cloud.record.writes)
        code, said = self._call("import", "taken", "--tenant", TENANT)
        assert code == 0, said
        assert len(self.cloud.record.writes) == writes
        assert taken(Path("taken")) == {slot: link for slot, link in self.live.items() if link}

    @rule()
    def save_a_plan(self) -> None:
        """A plan is saved for review."""
        assert self._call("plan", "--out", "plan.json", "--allow-unproven")[0] in (0, 2)
        self.saved = deepcopy((self.desired, self.live))

    @precondition(lambda self: self.saved is not None)
    @rule()
    def apply_the_saved_plan(self) -> None:
        """What was reviewed is carried out where nothing moved, or not at all; and never anything else."""
        assert self.saved is not None
        desired, live = self.saved
        self._run("apply", "plan.json", *self._consents())
        for slot in SLOTS:
            reviewed = desired == self.desired and live[slot] == self.live[slot]
            before, found = self.live[slot], self._found(slot)
            assert found in ([before, applied(self.desired[slot], before)] if reviewed else [before])
            self.live[slot] = found

    @invariant()
    def live_is_what_the_model_says(self) -> None:
        """Nothing that is undeclared is ever removed, and nothing is done that nobody asked for."""
        for slot in SLOTS:
            assert self._found(slot) == self.live[slot]
        self.ever |= {slot for slot, link in self.live.items() if link}

    def _declared(self, slot: str) -> Declared | None:
        link = self.desired[slot]
        return link if link and not link.gone else None

    def _apply(self) -> None:
        code, said = self._call("apply", "--yes", *self._consents())
        assert code == 0, said
        self.live_is_what_the_model_says()
        assert self._call("plan")[0] == 0

    def _consents(self) -> list[str]:
        return ["--allow-unproven", *(word for account in SLOTS.values() for word in ("--confirm", account))]

    def _found(self, slot: str) -> Link | None:
        links = [link for link in self.cloud.state.links if link.environment == slot and not link.deleted]
        assert len(links) <= 1
        for link in links:
            assert link.stored == link.running
            assert link.running is not None
            return Link(set(link.running.tables), link.running.interval)
        return None

    def _call(self, *words: str) -> tuple[int, str]:
        code, out, err = self._run(*words)
        assert "unforeseen" not in err + out
        return code, out or err

    def _run(self, *words: str) -> tuple[int, str, str]:
        write(self.desired)
        out, err = io.StringIO(), io.StringIO()
        with inside(self.cloud), redirect_stdout(out), redirect_stderr(err):
            try:
                code = run(reconciler, [*words, "--endpoints", str(self.cloud.endpoints)])
            except Killed:
                code = -1
        if code == INTERRUPTED:
            raise KeyboardInterrupt
        return code, out.getvalue(), err.getvalue()


def _dying(steps: int) -> object:
    execute, left = LinkExecutor.execute, [steps]

    def step(self: LinkExecutor, step: Step) -> None:
        if left[0] <= 0:
            raise Killed
        left[0] -= 1
        execute(self, step)

    return step


def write(desired: dict[str, Declared | None]) -> None:
    """The manifests of the model, as files of the working folder."""
    lines = [
        f"apiVersion: reconciler/v1\nkind: Environment\nmetadata: {{name: {each.name}}}\nspec: {{environmentId: "
        f'{each.environment_id}, url: "{each.url}", tenantId: {each.tenant_id}}}\n'
        for each in ENVIRONMENTS.values()
    ]
    for slot, link in desired.items():
        if link is not None:
            lines.append(_manifest(slot, link))
    Path("manifests").mkdir(exist_ok=True)
    Path("manifests/fleet.yaml").write_text("---\n".join(lines), encoding="utf-8")
    Path("reconciler.yaml").write_text(
        f"apiVersion: reconciler/v1\nkind: Configuration\nconcurrency: 1\nguards: {GUARDS}\n", encoding="utf-8"
    )


def taken(folder: Path) -> dict[str, Link]:
    """The links that the manifests of a folder declare, by environment."""
    documents = [yaml.safe_load(file.read_text(encoding="utf-8")) for file in folder.rglob("*.yaml")]
    specs = [each["spec"] for each in documents if each["kind"] == "SynapseLink"]
    return {
        spec["environment"].removeprefix("contoso-"): Link(
            set(spec["tables"]), int(spec["interval"][:-1]) * {"m": 1, "h": 60}[spec["interval"][-1]]
        )
        for spec in specs
    }


def _manifest(slot: str, link: Declared) -> str:
    account = SLOTS[slot]
    spec = {
        "environment": slot,
        "destination": {"type": "csv", "storageAccount": storage(account), "container": f"dataverse-{slot}"},
        **(
            {"state": "absent", "data": "keep"}
            if link.gone
            else {
                "tables": sorted(link.tables),
                "interval": f"{link.interval}m",
                **({"absentTables": sorted(link.absent)} if link.absent else {}),
            }
        ),
    }
    document = {"apiVersion": "reconciler/v1", "kind": "SynapseLink", "metadata": {"name": account}, "spec": spec}
    return json.dumps(document) + "\n"


@contextmanager
def grounded() -> Iterator[type[Whole]]:
    """The machine, on a cloud and in a working folder of its own, whose clock every wait moves."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        cloud = stack.enter_context(running(folder / "cloud"))
        waiting = functools.partial(Context, wait=cloud.clock.advance)
        stack.enter_context(mock.patch("reconciler.cli.apply.Context", waiting))
        (folder / "work").mkdir()
        stack.callback(os.chdir, Path.cwd())
        os.chdir(folder / "work")
        yield type("Grounded", (Whole,), {"ground": cloud})


def explore(machine: type[Whole], examples: int, steps: int = 14, *, derandomize: bool = False) -> None:
    """Raises what breaks the model."""
    tell: Callable[..., None] = run_state_machine_as_test
    tell(
        machine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            derandomize=derandomize,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


def main() -> int:
    """Parses the words, explores, and says the figures."""
    parser = argparse.ArgumentParser(prog="python -m tests.reliability.model", description=__doc__)
    parser.add_argument("--runs", type=int, default=200, help="how many stories of up to 25 steps")
    words = parser.parse_args()
    counts = {"runs": 0, "violations": 0}

    def work() -> None:
        try:
            with grounded() as machine:
                explore(machine, words.runs, 25)
            counts["runs"] = words.runs
        except Exception as error:  # noqa: BLE001 - whatever hypothesis found is what is to be said
            traceback.print_exception(error, file=sys.stdout)
            click.echo("violation: the steps above repeat it")
            counts.update(runs=words.runs, violations=1)

    return closed(counts, work)


if __name__ == "__main__":
    sys.exit(main())
