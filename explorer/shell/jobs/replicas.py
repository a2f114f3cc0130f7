"""Work on models, done by replicas of this process. Ray Serve starts them, more as the line grows, and replaces those
that are lost.

The page stays one process an address, since Gradio's queue lies in one (many of them stand behind a balancer that keeps
a visitor with one). A replica has its own models and runs; wishes with one key go to the replica that had it before, as
long as that one is not busy, and runs lie in a shared folder besides (EXPLORER_TRACES), where every replica, and the
next start, finds them. A replica that is lost in the middle of a wish costs the time of a second try.

Needs the extra `scale`: pip install "llm-internals-explorer[scale]".
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import os
import threading
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar, cast

from explorer.errors import BusyError
from explorer.experiments import cluster
from explorer.fetching.progress import Progress, silent
from explorer.shell.jobs.engine import Work
from explorer.shell.jobs.together import run_ahead
from explorer.shell.settings import Settings, start

T = TypeVar("T")
log = logging.getLogger(__name__)
#: wishes that a replica takes at one time; those on models take turns in it
ONGOING = 8
#: wishes a replica at which one more is started
BUSY = 2
#: keys by which a replica is found again
KEYS = 256
#: how often a wish is tried when its replica is lost
TRIES = 3
#: the thread that starts Ray and never ends: the system ends Ray's processes with the thread that has started them
_STARTER = ThreadPoolExecutor(1, "explorer-ray")


class Replica:
    """One process with models of its own. Ray makes it from the class, in a process that has nothing of ours yet."""

    def __init__(self, chosen: Settings, threads: int) -> None:
        from explorer import zoo

        start(chosen)
        os.environ["OMP_NUM_THREADS"] = str(threads)
        import torch

        torch.set_num_threads(threads)
        zoo.load(zoo.DEFAULT)
        self._together, self._waiting = chosen.scale.together, list[str]()
        self._runs = ThreadPoolExecutor(1, "explorer-model")
        self._light = ThreadPoolExecutor(2, "explorer-light")

    async def do(self, key: str, work: Work[Any]) -> AsyncIterator[tuple[str, Any]]:
        """News of the work, ("status", what) each; the last is ("done", answer) or ("failed", error)."""
        loop, news, stopped = asyncio.get_running_loop(), asyncio.Queue[tuple[str, Any]](), threading.Event()

        def tell(kind: str, what: Any) -> None:
            loop.call_soon_threadsafe(news.put_nowait, (kind, what))

        def progress(*what: Any) -> None:
            if stopped.is_set():
                raise InterruptedError("nobody waits for it any more")
            tell("status", what)

        def carry_out() -> None:
            self._waiting.remove(key)
            try:
                progress("Begin", 0, 0)
                run_ahead(key, self._waiting, self._together, progress)
                tell("done", work(progress))
            except Exception as error:
                tell("failed", error)

        self._waiting.append(key)
        self._runs.submit(carry_out)
        try:
            while True:
                kind, what = await news.get()
                yield kind, what
                if kind != "status":
                    return
        finally:
            stopped.set()

    async def at_once(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._light, work)


class Replicas:
    """The engine: a handle to all replicas."""

    def __init__(self, handle: Any, places: int) -> None:
        self._handle = handle
        self.places = places

    @classmethod
    def start(cls, chosen: Settings) -> Replicas:
        """Join the cluster that EXPLORER_RAY names, or start one here, and start the replicas.

        Raises BadRequestError where Ray is not installed, BusyError where it does not start.
        """
        return _STARTER.submit(cls._started, chosen).result()

    @classmethod
    def _started(cls, chosen: Settings) -> Replicas:
        # A replica that computes says late how busy it is; asked no longer, another is taken, which has not the run.
        os.environ.setdefault("RAY_SERVE_QUEUE_LENGTH_RESPONSE_DEADLINE_S", "1")
        least, most = chosen.scale.replicas or (1, 1)
        cores = os.cpu_count() or 1
        cluster.begin("EXPLORER_REPLICAS", chosen.scale.ray, max(cores, most + 1))
        from ray import serve  # pyright: ignore[reportMissingImports]
        from ray.serve.schema import LoggingConfig  # pyright: ignore[reportMissingImports]

        serve.start(proxy_location="Disabled", logging_config=LoggingConfig(log_level="WARNING"))
        handle = serve.run(
            _deployed(least, most).bind(chosen, max(1, cores // most)), name="explorer", route_prefix=None
        )
        log.info("The models run in %s.", f"{least} to {most} replicas" if least < most else f"{most} replicas")
        return cls(handle, chosen.scale.places)

    def do(self, key: str, work: Work[T], progress: Progress = silent) -> T:
        for last in (False,) * (TRIES - 1) + (True,):
            try:
                return self._tried(key, work, progress)
            except _lost() as error:
                log.warning("a replica was lost: %s", str(error).partition("\n")[0][:200])
                if last:
                    break
                progress("A replica was lost: begin again", 0, 0)
        raise BusyError("The processes that run the models have stopped.", "Try again in a moment.")

    def _tried(self, key: str, work: Work[T], progress: Progress) -> T:
        stream = self._near(key, stream=True).do.remote(key, work)
        try:
            for kind, what in stream:
                if kind == "done":
                    return what
                if kind == "failed":
                    raise what
                progress(*what)
        finally:
            stream.cancel()
        raise BusyError("The process ended without an answer.", "Try again in a moment.")

    def at_once(self, key: str, work: Callable[[], T]) -> T:
        for _ in range(TRIES):
            try:
                return self._near(key).at_once.remote(work).result()
            except _lost() as error:
                log.warning("a replica was lost: %s", str(error).partition("\n")[0][:200])
        raise BusyError("The processes that run the models have stopped.", "Try again in a moment.")

    def has(self, query: str) -> bool:  # noqa: ARG002 - the replicas know
        return False

    def ahead(self, query: str, waiting: Sequence[str], progress: Progress, done: Callable[[str], None]) -> None:
        """Nothing: each replica does so with what waits in it."""

    def _near(self, key: str, **options: Any) -> Any:
        """The handle that prefers the replica which had this key before."""
        name = hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()[:16]
        return self._handle.options(multiplexed_model_id=name, **options)

    def close(self) -> None:
        """End the replicas, and the cluster if it is this process's own."""
        import ray  # pyright: ignore[reportMissingImports]
        from ray import serve  # pyright: ignore[reportMissingImports]

        serve.delete("explorer")
        ray.shutdown()


def _deployed(least: int, most: int) -> Any:
    """What Ray Serve starts: a replica that is found again by the keys it has had."""
    from ray import serve  # pyright: ignore[reportMissingImports]

    class Found(Replica):
        @serve.multiplexed(max_num_models_per_replica=KEYS)
        async def had(self, name: str) -> str:
            return name

        async def do(self, key: str, work: Work[Any]) -> AsyncIterator[tuple[str, Any]]:
            await cast(Any, self).had(serve.get_multiplexed_model_id())
            async for news in super().do(key, work):
                yield news

        async def at_once(self, work: Callable[[], T]) -> T:
            await cast(Any, self).had(serve.get_multiplexed_model_id())
            return await super().at_once(work)

    scaling: dict[str, Any] = {"num_replicas": most}
    if least < most:
        bounds = {"min_replicas": least, "max_replicas": most, "target_ongoing_requests": BUSY, "upscale_delay_s": 3}
        scaling = {"autoscaling_config": bounds}
    made = serve.deployment(
        name="models",
        max_ongoing_requests=ONGOING,
        ray_actor_options={"num_cpus": 1},
        health_check_period_s=2,
        **scaling,
    )
    return made(Found)


def _lost() -> tuple[type[Exception], ...]:
    """What Ray raises where a replica is gone."""
    from ray.exceptions import RayActorError, RayChannelError, WorkerCrashedError  # pyright: ignore[reportMissingImports]

    return RayActorError, WorkerCrashedError, RayChannelError
