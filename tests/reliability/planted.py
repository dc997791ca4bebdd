"""Faults that a process can be given on purpose: each is one that a harness must find."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from reconciler.apply import journal
from reconciler.apply.executor import Context
from reconciler.apply.lock import Unlocked
from reconciler.apply.synapse_link import LinkExecutor
from reconciler.clients.link_service import LinkServiceWriter
from reconciler.model.live import LiveLink
from reconciler.resources import link_profile
from reconciler.resources.link_steps import RewriteProfile

_patch = pytest.MonkeyPatch()


def _creates_blindly() -> None:
    """Makes the lake without looking whether an earlier run did."""
    find = LinkExecutor._find_lake
    looked: set[int] = set()

    def blind(self: LinkExecutor, *given: Any) -> bool:
        first = id(self) not in looked
        looked.add(id(self))
        return not first and find(self, *given)

    _patch.setattr(LinkExecutor, "_find_lake", blind)


def _writes_only_what_is_declared() -> None:
    """Sends a profile of the step's own tables, instead of editing the one that is there."""

    def careless(document: Mapping[str, Any], step: RewriteProfile) -> dict[str, Any]:
        return {**link_profile.edited(document, step), "Entities": [link_profile.entity(t) for t in step.ensure]}

    _patch.setattr("reconciler.apply.synapse_link.edited", careless)


def _takes_written_for_activated() -> None:
    """Believes that every profile that was written also runs."""
    made = LiveLink.__init__

    def believing(self: LiveLink, *given: Any, **named: Any) -> None:
        made(self, *given, **named)
        object.__setattr__(self, "activated", True)

    _patch.setattr(LiveLink, "__init__", believing)


def _leaves_half_lines() -> None:
    """Writes on where a crash left half a line in the journal."""
    _patch.setattr(journal, "_prepare", lambda _descriptor, _path: None)


def _takes_no_locks() -> None:
    """Applies without locks."""
    made = Context.__init__

    def unlocked(self: Context, *given: Any, **named: Any) -> None:
        made(self, *given, **named)
        object.__setattr__(self, "locks", Unlocked())

    _patch.setattr(Context, "__init__", unlocked)


def _reads_no_second_time() -> None:
    """Sends back the profile as it was when the run began, whatever happened since."""
    read: dict[str, Any] = {}
    profile, put = LinkServiceWriter.profile, LinkServiceWriter.replace_profile

    def remembered(self: LinkServiceWriter, folder_id: str) -> Any:
        return read.setdefault(folder_id, profile(self, folder_id))

    def forgetting(self: LinkServiceWriter, folder_id: str, body: Any) -> Any:
        read[folder_id] = body
        return put(self, folder_id, body)

    _patch.setattr(LinkServiceWriter, "profile", remembered)
    _patch.setattr(LinkServiceWriter, "replace_profile", forgetting)


PLANTED: Mapping[str, Callable[[], None]] = {
    "creates blindly": _creates_blindly,
    "writes only what is declared": _writes_only_what_is_declared,
    "takes written for activated": _takes_written_for_activated,
    "leaves half lines": _leaves_half_lines,
    "takes no locks": _takes_no_locks,
    "reads no second time": _reads_no_second_time,
}
