"""Carries out the steps of a link's change against Dataverse and the Synapse Link service."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import assert_never

from reconciler.apply.cleaning import delete_container, drop_lake_database, refuse_used
from reconciler.apply.executor import Context
from reconciler.apply.fabric import create_fabric_link, resynchronise_fabric
from reconciler.apply.settling import settled, until
from reconciler.apply.unlinking import await_unlinked, check_data, unlink
from reconciler.clients.dataverse import DataverseReader
from reconciler.clients.link_service import LinkServiceWriter
from reconciler.live.environment import organization_of, read_environment, reread_link
from reconciler.live.links import links_from_rows
from reconciler.live.snapshot import assumed
from reconciler.model.change import Action, Change, FieldChange, Step
from reconciler.model.desired import DesiredState
from reconciler.model.errors import NotAuthorised, NotFound, ReconcilerError, Refused
from reconciler.model.live import LiveEnvironment, LiveLink, Snapshot
from reconciler.model.phrases import counted
from reconciler.resources.link_checks import link_address
from reconciler.resources.link_profile import (
    Document,
    agreement,
    as_rewrite,
    check_writable,
    check_written,
    departures,
    edited,
    is_moved,
    is_unchanged,
    lake_body,
    profile_body,
)
from reconciler.resources.link_steps import (
    ActivateProfile,
    CreateFabricLink,
    CreateLink,
    DeleteContainer,
    DoInPortal,
    DropLakeDatabase,
    EnableChangeTracking,
    LifeStep,
    LinkStep,
    ResynchroniseFabric,
    RewriteProfile,
    UnlinkFabric,
    UnlinkStorage,
    VerifyLink,
    VerifyUnlinked,
)
from reconciler.resources.synapse_link import SynapseLinks

# How often a profile is read again where somebody else writes it at the same time.
_ATTEMPTS = 3


class LinkExecutor:
    """One link's change. Keeps the data lake folder id that creating gives for the steps that follow."""

    def __init__(self, change: Change, context: Context) -> None:
        self._change = change
        self._context = context
        self._environment = context.desired.environments[change.environment]
        self._live = context.live.environments[change.environment]
        self._key = next((link.key for link in context.desired.links if link_address(link) == change.address), ("", ""))
        self._folder_id = ""
        self._wrote = False
        self._moves = assumed(context.configuration, "activation-time-moves") == "always"

    def execute(self, step: Step) -> None:
        """Takes one step; raises a ReconcilerError where it stops."""
        if not isinstance(step, LinkStep):
            raise ReconcilerError(f"A link has no step '{step.type}'")
        try:
            self._take(step)
        except NotFound as error:
            raise NotFound(
                f"{error}. It has gone since it was planned, or this sign-in may not see it any more: plan again",
                status=error.status,
            ) from None

    def _take(self, step: LinkStep) -> None:
        match step:
            case EnableChangeTracking():
                self._enable_change_tracking(step.tables)
            case CreateLink():
                self._create(step)
            case RewriteProfile():
                self._rewrite(step)
            case ActivateProfile():
                self._activate()
            case VerifyLink():
                self._verify()
            case _:
                self._take_of_life(step)

    def _take_of_life(self, step: LifeStep) -> None:
        wait, tenant = self._context.wait, self._environment.tenant_id
        match step:
            case CreateFabricLink():
                self._folder_id = create_fabric_link(self._service(), step, self._environment, self._live, wait)
            case ResynchroniseFabric():
                resynchronise_fabric(self._service(), step, self._environment, self._live)
            case UnlinkStorage() | UnlinkFabric():
                unlink(self._service(), step, self._linked(step.folder_id), wait)
            case VerifyUnlinked(folder_id=folder_id):
                await_unlinked(self._service(), folder_id, lambda: self._linked(folder_id) is not None, wait)
                check_data(self._context.clients, tenant, step, wait)
            case DropLakeDatabase():
                refuse_used(self._context, step.destination, database=step.database)
                drop_lake_database(self._context.clients, tenant, step, wait)
            case DeleteContainer():
                refuse_used(self._context, step.destination, container=step.container)
                delete_container(self._context.clients, tenant, step, wait)
            case DoInPortal():
                raise Refused("Only a person can do this: " + "; ".join(step.lines))
            case _:
                assert_never(step)

    def _service(self) -> LinkServiceWriter:
        if self._live.service_host is None:
            raise NotAuthorised(self._live.link_writes_missing or "The Synapse Link service's host is not known")
        organization = organization_of(self._environment, self._live)
        return self._context.clients.link_service(self._environment, organization, self._live.service_host)

    def _enable_change_tracking(self, tables: tuple[str, ...]) -> None:
        dataverse = self._context.clients.dataverse(self._environment)
        for table in tables:
            settled(partial(dataverse.enable_change_tracking, table), partial(_is_tracked, dataverse, table))
        # Published even where nothing was switched on just now: an earlier run may have stopped in between.
        settled(lambda: dataverse.publish(tables), lambda: False)
        off = [name for name in tables if not _is_tracked(dataverse, name)]
        if off:
            raise Refused(f"Dataverse took the change, but change tracking of {counted(off)} still reads as off")

    def _create(self, step: CreateLink) -> None:
        service = self._service()
        service.register_organization()
        account = step.storage_account.rpartition("/")[2]
        if not self._find_lake(service, step, account):
            body = lake_body(step, self._environment, self._context.clients.cloud)
            settled(lambda: service.create_lake(body), lambda: self._find_lake(service, step, account))
            until(
                self._context.wait,
                lambda: self._find_lake(service, step, account),
                f"The lake '{account}' was created, and the service does not show it",
            )
        if _profile(service, self._folder_id) is not None:
            self._rewrite(as_rewrite(step, self._folder_id))
            return
        settled(
            lambda: service.create_profile(self._folder_id, profile_body(step)),
            lambda: _profile(service, self._folder_id) is not None,
        )
        until(
            self._context.wait,
            lambda: _profile(service, self._folder_id) is not None,
            f"The profile of '{account}' was created, and the service does not show it",
        )

    def _find_lake(self, service: LinkServiceWriter, step: CreateLink, account: str) -> bool:
        """Looks for the lake of the storage account, left by an earlier run, and remembers its id."""
        for lake in service.lakes():
            if str(lake.get("StorageAccountName") or "").lower() != account.lower():
                continue
            container = str(lake.get("FileSystemName") or "")
            if container != step.container:
                raise Refused(
                    f"The service has a lake on '{account}' with container '{container}', not '{step.container}'. "
                    "Look at it in the maker portal"
                )
            self._folder_id = str(lake.get("Id") or "")
            return bool(self._folder_id)
        return False

    def _rewrite(self, step: RewriteProfile) -> None:
        service = self._service()
        self._folder_id = step.folder_id
        sent = self._edit(service, step)
        if sent is None:
            return
        self._wrote = True
        settled(
            lambda: service.replace_profile(step.folder_id, sent),
            lambda: not departures(sent, service.profile(step.folder_id)),
        )
        check_written(sent, service.profile(step.folder_id))

    def _edit(self, service: LinkServiceWriter, step: RewriteProfile) -> Document | None:
        """The document to write; None where the profile holds it already.

        The service has no concurrency control, and what it is sent replaces all that it has. So what is decided on is
        read between two readings of the profile, the second just before the write: where they differ, somebody else
        writes, and everything is looked at again.
        """
        for _ in range(_ATTEMPTS):
            before = service.profile(step.folder_id)
            link, document = self._reread()
            if is_moved(before, document):
                continue
            if link:
                self._refuse_disagreement(link, document, step)
                self._refuse_moved(link)
            elif self._change.action is not Action.CREATE:
                raise Refused("Dataverse does not show the link any more: nothing was written. Plan again")
            check_writable(document, step)
            sent = edited(document, step)
            return None if is_unchanged(document, sent) else sent
        raise Refused(
            "Somebody is writing the link's profile at this moment: nothing was written. Wait, then plan again"
        )

    def _refuse_moved(self, link: LiveLink) -> None:
        """Refuses where a field of the change has another value now than it was planned from: that was not reviewed.

        What somebody has done already, and what else differs by now, are no reason: the one is left as it is, the other
        is the next plan's.
        """
        if self._wrote or self._change.action is Action.CREATE:
            return
        if not link.activated and any(was.folder_id == link.folder_id and was.activated for was in self._live.links):
            raise Refused(
                "Somebody wrote the link's profile since it was planned, and did not activate it: this change would "
                "activate that as well, and drop the lake data of any table it took out. Plan again"
            )
        planned = {field.path: field.before for field in self._change.fields}
        live = replace(self._live, links=(link,))
        moved = [
            f"{field.path} (was {planned[field.path]!r}, is {field.before!r})"
            for field in self._fresh_fields(live)
            if field.path in planned and field.before != planned[field.path]
        ]
        if moved:
            raise Refused(f"Somebody changed the link since it was planned: {counted(moved)}. Plan again")

    def _refuse_disagreement(self, link: LiveLink, document: Document, step: RewriteProfile) -> None:
        sets = agreement(
            (item["Type"] for item in document["Entities"]),
            link.tables,
            ensured={table.name for table in step.ensure},
            removed=set(step.remove),
        )
        reason = sets.refuse(activated=link.activated)
        if reason:
            raise Refused(reason)

    def _activate(self) -> None:
        service = self._service()
        folder_id = self._folder_id
        settled(lambda: service.activate(folder_id), self._is_activated)

    def _is_activated(self) -> bool:
        link, _ = self._reread()
        return link is not None and link.activated

    def _reread(self) -> tuple[LiveLink | None, Document]:
        return reread_link(
            self._context.clients,
            self._environment,
            self._live,
            self._folder_id,
            activation_time_moves=self._moves,
        )

    def _verify(self) -> None:
        left: list[str] = []

        def nothing_left() -> bool:
            left[:] = self._left_to_do()
            return not left

        until(
            self._context.wait,
            nothing_left,
            "Written and activated, but reading back still shows a difference. Run again; if only 'activated' is left "
            "each time, set 'activation-time-moves: first' under assumptions in reconciler.yaml. Left",
            left,
        )

    def _linked(self, folder_id: str) -> LiveLink | None:
        """The link as Dataverse shows it now, None where it shows none."""
        rows = self._context.clients.dataverse(self._environment).link_rows(definitions=False)
        links = links_from_rows(self._environment.name, rows.sets, activation_time_moves=self._moves)
        return next((link for link in links if link.folder_id == folder_id), None)

    def _left_to_do(self) -> list[str]:
        """Paths of this change that a fresh comparison would change again, and its activation, which all need."""
        live = read_environment(self._context.clients, self._environment, activation_time_moves=self._moves)
        if live.unreadable:
            return [live.unreadable.summary]
        if sum(link.key == self._key for link in live.links) != 1:
            return ["its link, which Dataverse does not show once"]
        meant = {(field.path, str(field.after)) for field in self._change.fields}
        return [
            field.path
            for field in self._fresh_fields(live)
            if (field.path, str(field.after)) in meant or field.path == "activated"
        ]

    def _fresh_fields(self, live: LiveEnvironment) -> list[FieldChange]:
        """Every field in which the link differs from its manifest now."""
        desired = DesiredState(
            {self._environment.name: self._environment},
            tuple(link for link in self._context.desired.links if link.environment == self._environment.name),
        )
        snapshot = Snapshot({self._environment.name: live}, self._context.live.resources)
        return [
            field
            for change in SynapseLinks().compare(desired, snapshot, self._context.configuration).changes
            if change.address == self._change.address
            for field in change.fields
        ]


def _is_tracked(dataverse: DataverseReader, table: str) -> bool:
    return dataverse.table_definition(table).get("ChangeTrackingEnabled") is True


def _profile(service: LinkServiceWriter, folder_id: str) -> Document | None:
    try:
        return service.profile(folder_id)
    except NotFound:
        return None
