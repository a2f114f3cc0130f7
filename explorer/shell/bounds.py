"""What one visitor, one run and the server as a whole may take: on a public server bounded by default, else hardly.

Each bound is read from the environment once, when the server starts. The operators' guide has a table, which is held
against `BOUNDS`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields

from explorer.errors import BadRequestError

#: bytes of traces, and of measurements, kept in memory: 1 GB and 64 MB, as the page counts
TRACE_BYTES, ANSWER_BYTES = 10**9, 64 * 10**6
#: bytes of a text to train on: with its JSON it fits into one request
TEXT_BYTES = 500_000


@dataclass(frozen=True)
class Bound:
    """One setting: a whole number."""

    variable: str
    local: int
    public: int
    most: int
    about: str
    least: int = 0

    @property
    def name(self) -> str:
        """
        >>> BOUNDS[0].variable, BOUNDS[0].name
        ('EXPLORER_PROMPT_TOKENS', 'prompt_tokens')
        """
        return self.variable.removeprefix("EXPLORER_").lower()


BOUNDS = (
    Bound("EXPLORER_PROMPT_TOKENS", 2048, 512, 2048, "tokens of a prompt", 32),
    Bound("EXPLORER_NEW_TOKENS", 64, 64, 64, "tokens that a run writes", 12),
    Bound("EXPLORER_RUNS", 0, 120, 10**6, "runs and measurements that one visitor begins a minute"),
    Bound(
        "EXPLORER_LOOKS",
        0,
        2400,
        10**6,
        "selections, sliders and other light requests of one visitor a minute; five times as many files, at least 600",
    ),
    Bound(
        "EXPLORER_QUEUE", 64, 64, 1000, "runs, and measurements, that may wait in line; half as many for one visitor", 1
    ),
    Bound("EXPLORER_RUN_SECONDS", 0, 60, 86400, "seconds that a run may take once its turn has come"),
    Bound("EXPLORER_JOB_SECONDS", 0, 600, 86400, "seconds that a measurement may take once its turn has come"),
    Bound(
        "EXPLORER_TRAIN_SECONDS",
        0,
        120,
        86400,
        "seconds that the first steps of a shelf model’s recipe may take, as the recorded run took them",
    ),
    Bound(
        "EXPLORER_TRACE_BYTES",
        TRACE_BYTES,
        TRACE_BYTES,
        1 << 50,
        "bytes of runs kept; a quarter of it in each process that measures",
    ),
    Bound(
        "EXPLORER_ANSWER_BYTES",
        ANSWER_BYTES,
        ANSWER_BYTES,
        1 << 50,
        "bytes of measurements kept; on disk four times as many",
    ),
    Bound(
        "EXPLORER_TEXT_BYTES", TEXT_BYTES, 100_000, TEXT_BYTES, "bytes of a text that a visitor brings to train on", 1
    ),
    Bound("EXPLORER_SESSIONS", 64, 64, 10**5, "open pages whose settings Gradio keeps, 1 MB each", 1),
)
"""0 is no bound for what is counted by the minute or in seconds."""


@dataclass(frozen=True)
class Bounds:
    """The bounds in force; see `BOUNDS` for what each is.

    >>> Bounds.read({}, public=True).prompt_tokens, Bounds.read({"EXPLORER_RUNS": "40"}, public=True).runs
    (512, 40)
    """

    prompt_tokens: int = 2048
    new_tokens: int = 64
    runs: int = 0
    looks: int = 0
    queue: int = 64
    run_seconds: int = 0
    job_seconds: int = 0
    train_seconds: int = 0
    trace_bytes: int = TRACE_BYTES
    answer_bytes: int = ANSWER_BYTES
    text_bytes: int = TEXT_BYTES
    sessions: int = 64

    @classmethod
    def read(cls, environ: Mapping[str, str], public: bool) -> Bounds:
        """Those that the environment names, and for the others what is usual. Raises BadRequestError."""
        found = {
            each.name: whole(environ, each.variable, each.public if public else each.local, each.most, each.least)
            for each in BOUNDS
        }
        return cls(**{field.name: found[field.name] for field in fields(cls)})

    @property
    def events(self) -> int:
        """How many events Gradio may have under way: runs in line, and twice as many pages that watch measurements.

        >>> Bounds().events
        256
        """
        return 4 * self.queue

    def share(self, places: int) -> int:
        """How many of a line's places one visitor may hold: half of them where visitors are counted, else all.

        >>> Bounds(runs=120).share(64), Bounds(runs=120).share(1), Bounds().share(64)
        (32, 1, 64)
        """
        return max(1, places // 2) if self.runs else places


def whole(environ: Mapping[str, str], name: str, default: int, most: int, least: int = 0) -> int:
    """A whole number of the environment. Raises BadRequestError for anything else."""
    said = environ.get(name, "").strip()
    if not said:
        return default
    if not (said.isascii() and said.isdigit() and len(said) < 20 and least <= int(said) <= most):
        raise BadRequestError(
            f"{name} is “{said[:40]}”.", f"Set it to a whole number from {least} to {most}, or leave it out."
        )
    return int(said)
