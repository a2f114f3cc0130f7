"""Ray, started or joined: other processes, here or on other machines, that run the explorer's own code.

Needs the extra `scale`: pip install "llm-internals-explorer[scale]".
"""

from __future__ import annotations

import logging
import os
from pathlib import Path

from explorer.errors import BadRequestError, BusyError

log = logging.getLogger(__name__)
#: How often Ray is started.
TRIES = 3


def begin(what: str, address: str, cores: int) -> None:
    """Join the cluster at an address, or start one of so many cores here. `what` asks for it.

    Raises BadRequestError where Ray is not installed, BusyError where it does not start.
    """
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # it would tell an outside host
    os.environ.setdefault("RAY_worker_niceness", "0")  # 15 without it: measurements would go before visitors' runs
    try:
        import ray  # pyright: ignore[reportMissingImports]
    except ImportError as error:
        raise BadRequestError(
            f"{what} needs Ray, which is not installed.", 'pip install "llm-internals-explorer[scale]"'
        ) from error
    own = {} if address else {"num_cpus": cores, "include_dashboard": False}
    where = {"address": address or "local", "namespace": "explorer", "log_to_driver": False, **own}
    for left in reversed(range(TRIES)):
        try:
            ray.init(runtime_env={"env_vars": {"PYTHONPATH": _code()}}, **where)
            return
        except Exception as error:  # on a machine with much to do Ray's own patience of 30 s may be too short
            ray.shutdown()  # lest the half that has begun stays
            log.warning("Ray could not be started: %s", str(error).partition("\n")[0][:200])
            if not left:
                message = "The processes that run the models cannot be started."
                raise BusyError(message, "Try again in a moment.") from error


def _code() -> str:
    """Where the other processes import the explorer from: where this one has it."""
    here = str(Path(__file__).resolve().parents[2])
    return os.pathsep.join(filter(None, (here, os.environ.get("PYTHONPATH", ""))))
