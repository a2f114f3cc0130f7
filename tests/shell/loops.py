"""Coroutines in a loop of their own, in a thread of its own: Playwright's runs in the test's thread."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

T = TypeVar("T")


def finish(work: Coroutine[Any, Any, T]) -> T:
    """What the coroutine returns."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, work).result()


def all_values(values: Callable[[], AsyncIterator[T]]) -> list[T]:
    """All that comes of it."""

    async def all_of_it() -> list[T]:
        return [value async for value in values()]

    return finish(all_of_it())
