"""Random fleets: what is live, what befell it, what manifests want of it, and what must be true when that is done.

The last is written down here from what was drawn, and owes nothing to the reconciler.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from reconciler.model.assumption import BY_ID
from reconciler.simulator import Cloud
from tests.fleet import SUBSCRIPTION, TENANT, storage, workspace

TABLES = ("account", "contact", "lead", "task", "incident", "opportunity", "appointment", "annotation")
CUSTOM = "contoso_warranty"
SWITCHES = ("rows-change-at", "removed-table-row", "create-lake-twice", "csv-interval-row", "last-modified-moves")
FABRIC = "55555555-5555-4555-8555-555555555555"
ENVIRONMENTS = {
    name: f"{digit * 8}-{digit * 4}-4{digit * 3}-8{digit * 3}-{digit * 12}"
    for name, digit in {"sales": "3", "service": "4", "finance": "6"}.items()
}
CONNECTIONS = dict(zip(ENVIRONMENTS, ("7" * 8, "8" * 8, "9" * 8), strict=True))
Seed = dict[str, Any]


@dataclass(slots=True)
class Expected:
    """What one link must be in the end. ``tables`` are exactly those that run, with the settings (append only, block)
    of some; ``losses`` are tables whose lake data may have been dropped, each once; None is: whatever it is."""

    environment: str
    account: str
    tables: frozenset[str] | None = None
    settings: Mapping[str, bool] = field(default_factory=dict)
    interval: int | None = None
    attachments: bool | None = None
    losses: frozenset[str] = frozenset()
    tracked: frozenset[str] = frozenset()
    left: bool | None = None
    """Whether a container is there in the end."""


@dataclass(slots=True)
class Part:
    """One link of a fleet: its entry in the seed, what befalls it then, its manifest, and what is expected of it."""

    expected: Expected
    live: Seed | None = None
    manifest: Seed | None = None
    drift: Callable[[Cloud], None] | None = None
    confirm: str = ""


@dataclass(slots=True)
class Fleet:
    """A drawn fleet. The same seed and number draw the same one."""

    number: int
    parts: list[Part]
    assumptions: dict[str, str]
    concurrency: int

    @property
    def title(self) -> str:
        """Its links in one line."""
        return ", ".join(f"{part.expected.environment}/{part.expected.account}" for part in self.parts)

    @property
    def seed(self) -> Seed:
        """What the local cloud holds at first."""
        accounts = sorted({p.expected.account for p in self.parts if p.expected.account != "fabric"})
        return {
            "tenants": [{"name": "contoso", "id": TENANT}],
            "subscriptions": [{"name": "data", "id": SUBSCRIPTION, "tenant": "contoso"}],
            "resourceGroups": [{"name": "rg-data", "subscription": "data", "location": "westeurope"}],
            "storageAccounts": [{"name": name, "resourceGroup": "rg-data"} for name in accounts],
            "workspaces": [
                {
                    "name": f"ws-{name}",
                    "resourceGroup": "rg-data",
                    "storageAccount": name,
                    "pools": [{"name": "convert", "sparkVersion": "3.4"}],
                }
                for name in accounts
            ],
            "environments": [
                {
                    "name": name,
                    "id": ENVIRONMENTS[name],
                    "organizationId": ENVIRONMENTS[name],
                    "url": _url(name),
                    "region": "westeurope",
                    "uniqueName": name,
                    "tables": [{"name": CUSTOM, "changeTracking": False}],
                }
                for name in self.environments
            ],
            "fabricWorkspaces": [{"name": "analytics", "id": FABRIC, "environment": self.environments[0]}],
            "fabricConnections": [
                {"name": f"dataverse-{name}", "id": _connection(name), "environment": name}
                for name in self.environments
            ],
            "links": [part.live for part in self.parts if part.live],
        }

    @property
    def environments(self) -> list[str]:
        """The names of its environments."""
        return sorted({part.expected.environment for part in self.parts})

    @property
    def confirm(self) -> list[str]:
        """The words that confirm what is to be deleted."""
        return [word for part in self.parts if part.confirm for word in ("--confirm", part.confirm)]

    def fill(self, cloud: Cloud) -> None:
        """Makes a local cloud as it was drawn, whatever it was before."""
        cloud.faults.clear()
        cloud.seed(self.seed, replace=True)
        # All of them: a cloud that is seeded anew keeps its answers, and a fleet has to be the same wherever it runs.
        for switch in SWITCHES:
            cloud.assume(switch, self.assumptions.get(switch, BY_ID[switch].assumed))
        for part in self.parts:
            if part.drift:
                part.drift(cloud)
        cloud.record.clear()

    def write(self, folder: Path) -> None:
        """Writes manifests and configuration. YAML holds JSON."""
        documents: list[Seed] = [
            _document("Environment", name, {"environmentId": ENVIRONMENTS[name], "url": _url(name), "tenantId": TENANT})
            for name in self.environments
        ]
        documents += [
            _document("SynapseLink", f"{p.expected.environment}-{p.expected.account}", p.manifest)
            for p in self.parts
            if p.manifest
        ]
        (folder / "manifests").mkdir(parents=True, exist_ok=True)
        text = "\n---\n".join(json.dumps(document) for document in documents)
        (folder / "manifests" / "fleet.yaml").write_text(text, encoding="utf-8")
        # Guards have their own tests: nothing here is to be held back by a share of a small fleet.
        limits = {"count": 1_000_000_000, "percent": 100}
        guards = {"tablesRemoved": limits, "linksUnlinked": limits, "rowsReloaded": {"count": 1_000_000_000}}
        body = {"concurrency": self.concurrency, "guards": guards}
        configuration = {"apiVersion": "reconciler/v1", "kind": "Configuration", **body}
        (folder / "reconciler.yaml").write_text(json.dumps(configuration), encoding="utf-8")


def draw_fleet(seed: int, number: int) -> Fleet:
    """The fleet of that number."""
    chance = random.Random(f"{seed}/{number}")
    environments = chance.sample(sorted(ENVIRONMENTS), chance.choice((1, 1, 2, 3)))
    parts: list[Part] = []
    for environment in environments:
        kinds = chance.sample(_DRAWN, chance.choice((1, 2)))
        if all(kind.startswith("fabric") for kind in kinds):
            # An environment has one Link to Fabric.
            kinds = kinds[:1]
        for index, kind in enumerate(kinds):
            parts.append(KINDS[kind](chance, environment, f"lake{environment}{index}"))
    switches = chance.sample(SWITCHES, 3)
    assumptions = {name: chance.choice(BY_ID[name].answers) for name in switches}
    return Fleet(number, parts, assumptions, chance.choice((1, 4)))


def draw_edited_fleet(seed: int, number: int) -> Fleet:
    """A fleet of one link that is there and is to be changed, for a person to change as well. One request at a time."""
    chance = random.Random(f"{seed}/{number}/edited")
    assumptions = {name: chance.choice(BY_ID[name].answers) for name in SWITCHES}
    return one_link(chance.choice(_EDITED), chance, number, assumptions)


def one_link(kind: str, chance: random.Random, number: int = 0, assumptions: Mapping[str, str] | None = None) -> Fleet:
    """A fleet of one link of a kind."""
    part = KINDS[kind](chance, "sales", "lakesales0")
    return Fleet(number, [part], dict(assumptions or {}), concurrency=1)


def _updated(chance: random.Random, environment: str, account: str) -> Part:
    """A link that lacks tables, has others that must go, or that nobody names, and other settings."""
    live = _some(chance, 2, 6)
    kept = live[: len(live) // 2]
    declared = sorted({*kept, *_some(chance, 1, 5)})
    rest = [name for name in live if name not in declared]
    absent = rest[: len(rest) // 2]
    remove = chance.random() < 0.4
    interval, attachments = chance.choice((15, 30, None)), chance.choice((True, None))
    gone = {*rest} if remove else {*absent}
    manifest = _csv(environment, account, declared) | {
        "absentTables": absent,
        "undeclaredTables": "remove" if remove else "report",
    }
    manifest |= ({"interval": f"{interval}m"} if interval else {}) | ({"attachments": True} if attachments else {})
    expected = Expected(
        environment,
        account,
        frozenset({*live, *declared} - gone),
        interval=interval or 60,
        attachments=bool(attachments),
        losses=frozenset(gone),
    )
    drifted = chance.random() < 0.3 and len(kept) > 0
    drift = (lambda cloud: cloud.edit(environment, account, interval=45)) if drifted and interval else None
    return Part(expected, _live(environment, account, live), manifest, drift)


def _replaced(chance: random.Random, environment: str, account: str) -> Part:
    """A link one of whose tables is to be loaded again with another setting, by consent."""
    live = _some(chance, 2, 4)
    name = chance.choice(live)
    tables = [{"name": name, "appendOnly": True} if each == name else each for each in live]
    consent = {"table": name, "from": {"appendOnly": False}, "to": {"appendOnly": True}}
    manifest = _csv(environment, account, tables) | {"replaceTables": [consent]}
    expected = Expected(environment, account, frozenset(live), {name: True}, losses=frozenset({name}))
    return Part(expected, _live(environment, account, live), manifest)


def _created(chance: random.Random, environment: str, account: str) -> Part:
    """A link that is not there, or of which an earlier hand made a half."""
    state = chance.choice(("", "", "lake", "inactive"))
    custom = chance.random() < 0.5
    declared = _some(chance, 1, 4) + ([CUSTOM] if custom else [])
    begun = declared[: chance.randint(1, len(declared))] if state == "inactive" else []
    begun = [name for name in begun if name != CUSTOM]
    if state == "inactive" and not begun:
        state = "lake"
    manifest = _csv(environment, account, declared) | {"interval": "30m", "attachments": True}
    manifest |= {"changeTracking": "enable"} if custom else {}
    kind = chance.choice(("csv", "csv", "incremental", "delta")) if not state else "csv"
    if kind == "delta":
        manifest["destination"] |= {"type": kind, "workspace": workspace(f"ws-{account}"), "sparkPool": "convert"}
        del manifest["attachments"]
    elif kind == "incremental":
        manifest["destination"] |= {"type": kind}
        del manifest["attachments"]
    live = _live(environment, account, begun) | {"state": state} if state else None
    expected = Expected(
        environment,
        account,
        frozenset(declared),
        interval=30,
        tracked=frozenset({CUSTOM} if custom else ()),
    )
    return Part(expected, live, manifest)


def _left_unactivated(chance: random.Random, environment: str, account: str) -> Part:
    """A link whose profile somebody wrote and never activated."""
    live = _some(chance, 2, 4)
    put = [name for name in _some(chance, 1, 3) if name not in live]
    taken = live[:1] if chance.random() < 0.5 else []

    def drift(cloud: Cloud) -> None:
        cloud.edit(environment, account, add_tables=put, remove_tables=taken, leave_inactive=True)

    manifest = _csv(environment, account, sorted({*live, *put}))
    return Part(
        Expected(environment, account, frozenset({*live, *put})),
        _live(environment, account, live),
        manifest,
        drift if put or taken else None,
    )


def _unlinked(chance: random.Random, environment: str, account: str) -> Part:
    """A link that a tombstone ends."""
    live = _some(chance, 1, 3)
    keep = chance.random() < 0.5
    manifest = _csv(environment, account, []) | {"state": "absent", "data": "keep" if keep else "delete"}
    del manifest["tables"]
    expected = Expected(environment, account, losses=frozenset(() if keep else live), left=keep)
    return Part(expected, _live(environment, account, live), manifest, confirm=account)


def _lost(chance: random.Random, environment: str, account: str) -> Part:
    """A link that was unlinked, and is wanted again: what it left is cleaned first where its data was kept."""
    before, declared = _some(chance, 1, 3), _some(chance, 1, 3)
    kept = chance.random() < 0.7
    live = _live(environment, account, before) | {"state": "deleted", "dataKept": kept}
    manifest = _csv(environment, account, declared) | {"relink": "clean" if kept else "allow"}
    if kept and chance.random() < 0.5:
        live["workspace"] = f"ws-{account}"
        manifest["destination"]["workspace"] = workspace(f"ws-{account}")
        manifest["cleanUpPool"] = "convert"
    expected = Expected(environment, account, frozenset(declared), losses=frozenset(before))
    return Part(expected, live, manifest, confirm=_container(environment, account) if kept else "")


def _fabric_created(chance: random.Random, environment: str, _account: str) -> Part:
    """A Link to Fabric that is not there."""
    declared = _some(chance, 1, 4)
    return Part(Expected(environment, "fabric", frozenset(declared)), None, _fabric(environment, declared))


def _fabric_updated(chance: random.Random, environment: str, _account: str) -> Part:
    """A Link to Fabric that lacks tables, or has one that must go."""
    live = _some(chance, 2, 4)
    absent = live[:1]
    declared = sorted({*live[1:], *_some(chance, 1, 3)} - {*absent})
    manifest = _fabric(environment, declared) | {"absentTables": absent}
    expected = Expected(environment, "fabric", frozenset(declared), losses=frozenset(absent))
    return Part(expected, _fabric_live(environment, live), manifest)


def _fabric_unlinked(chance: random.Random, environment: str, _account: str) -> Part:
    """A Link to Fabric that a tombstone ends."""
    live = _some(chance, 1, 3)
    manifest = _fabric(environment, []) | {"state": "absent", "data": "delete"}
    del manifest["tables"]
    expected = Expected(environment, "fabric", losses=frozenset(live))
    return Part(expected, _fabric_live(environment, live), manifest, confirm=f"CDS3_{ENVIRONMENTS[environment]}")


def _undeclared(chance: random.Random, environment: str, account: str) -> Part:
    """A link that no manifest names."""
    live = _some(chance, 1, 3)
    return Part(
        Expected(environment, account, frozenset(live), interval=60, attachments=False),
        _live(environment, account, live),
    )


KINDS: Mapping[str, Callable[[random.Random, str, str], Part]] = {
    "updated": _updated,
    "replaced": _replaced,
    "created": _created,
    "left unactivated": _left_unactivated,
    "unlinked": _unlinked,
    "lost": _lost,
    "undeclared": _undeclared,
    "fabric created": _fabric_created,
    "fabric updated": _fabric_updated,
    "fabric unlinked": _fabric_unlinked,
}
_DRAWN = (*KINDS, "updated", "created")
_EDITED = ("updated", "updated", "updated", "replaced", "left unactivated", "fabric updated")


def _some(chance: random.Random, least: int, most: int) -> list[str]:
    return sorted(chance.sample(TABLES, chance.randint(least, most)))


def _live(environment: str, account: str, tables: list[str]) -> Seed:
    return {
        "environment": environment,
        "account": account,
        "container": _container(environment, account),
        "interval": 60,
        "tables": tables,
    }


def _fabric_live(environment: str, tables: list[str]) -> Seed:
    return {
        "environment": environment,
        "type": "fabric",
        "fabricWorkspace": FABRIC,
        "fabricConnection": f"dataverse-{environment}",
        "tables": tables,
    }


def _csv(environment: str, account: str, tables: list[Any]) -> Seed:
    destination = {"type": "csv", "storageAccount": storage(account), "container": _container(environment, account)}
    return {"environment": environment, "destination": destination, "tables": tables}


def _fabric(environment: str, tables: list[str]) -> Seed:
    destination = {"type": "fabric", "fabricWorkspace": FABRIC, "fabricConnection": _connection(environment)}
    return {"environment": environment, "destination": destination, "tables": tables}


def _container(environment: str, account: str) -> str:
    return f"dataverse-{account}-{environment}"


def _connection(environment: str) -> str:
    return f"{CONNECTIONS[environment]}-7777-4777-8777-777777777777"


def _url(environment: str) -> str:
    return f"https://contoso-{environment}.crm4.dynamics.com"


def _document(kind: str, name: str, spec: Seed) -> Seed:
    return {"apiVersion": "reconciler/v1", "kind": kind, "metadata": {"name": name}, "spec": spec}
