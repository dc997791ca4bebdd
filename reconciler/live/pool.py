"""Threads for work that waits for services."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager


@contextmanager
def threads(number: int) -> Iterator[ThreadPoolExecutor]:
    """A pool that is waited for when the block ends, and left alone when it ends by an exception: Ctrl-C would
    otherwise wait for answers that nobody needs any more. What had not begun is then never begun."""
    pool = ThreadPoolExecutor(max_workers=number)
    try:
        yield pool
    except BaseException:
        pool.shutdown(wait=False, cancel_futures=True)
        raise
    pool.shutdown()
