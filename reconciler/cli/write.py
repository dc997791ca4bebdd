"""Files are written whole or not at all."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from uuid import uuid4

from reconciler.model.errors import ReconcilerError


def write_file(path: Path, text: str) -> None:
    """Writes UTF-8 beside the target and moves it into place: a reader, or a crash, never meets half a file.

    A link is followed. What is there and no regular file (a pipe, /dev/stdout) is written to and never replaced. Raises
    ReconcilerError with the path and the reason where it can't be written.
    """
    try:
        target = _end_of_links(path)
        if target.exists() and not target.is_file():
            target.write_text(text, encoding="utf-8", newline="\n")
        else:
            _replace(target, text)
    except (OSError, RuntimeError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise ReconcilerError(f"{path} can't be written: {reason}. Choose another place for it") from None


def _end_of_links(path: Path) -> Path:
    target = path.resolve()
    if target.is_symlink():
        # Before Python 3.13 resolve() itself raised for links that lead to each other.
        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP))
    return target


def _replace(target: Path, text: str) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    beside = target.with_name(f".{uuid4().hex}.tmp")
    try:
        beside.write_text(text, encoding="utf-8", newline="\n")
        beside.replace(target)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise
