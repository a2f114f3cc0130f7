"""What works in this process's server, each once: the engine, the jobs, and the lines before them.

Three lines, each in turns between visitors and with a share for each: `runs` before the engine, for the page and for
programs alike; `light` for what is drawn from a run that is at hand; `instant` for what needs no model. Measurements
have a line in `jobs`, and runs that were made with another's go from `runs` to `drawing`.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING

from explorer.shell.jobs.engine import Engine, Here
from explorer.shell.jobs.line import Line
from explorer.shell.process.made_once import made_once
from explorer.shell.service import Explorer
from explorer.shell.settings import in_force

if TYPE_CHECKING:
    from explorer.shell.jobs.jobs import Jobs

EXPLORER = Explorer()
#: light work waits so long for its turn, and so many may: some 50 ms each, so that a full line is done in its patience
PATIENCE, WAITING = 10.0, 64


@made_once
def jobs() -> Jobs:
    """The jobs of this process's server."""
    from explorer import zoo
    from explorer.fetching.cache import cache_folder
    from explorer.shell.jobs.jobs import Jobs
    from explorer.shell.jobs.kept_answers import Answers

    chosen, bounds = in_force(), in_force().bounds
    folder = Path(chosen.answers) if chosen.answers else cache_folder() / "answers"
    kept = Answers(folder, bounds.answer_bytes, 4 * bounds.answer_bytes)
    return Jobs(kept, chosen.jobs, zoo.DEFAULT, bounds.queue, bounds.job_seconds, bounds.share(bounds.queue))


@made_once
def engine() -> Engine:
    """The engine of this process's server, started when it is first asked for."""
    if in_force().scale.replicas is None:
        return Here(in_force().scale.together)
    from explorer.shell.jobs.replicas import Replicas

    return Replicas.start(in_force())


@made_once
def runs() -> Line:
    """The line of work on models: as much at one time as the engine has places."""
    bounds = in_force().bounds
    return Line(engine().places, bounds.queue, math.inf, "explorer-model", bounds.share(bounds.queue))


@made_once
def light() -> Line:
    """The line of light views, of sources, lessons and pictures."""
    return Line(2, WAITING, PATIENCE, "explorer-light", in_force().bounds.share(WAITING))


@made_once
def drawing() -> Line:
    """The line of runs that were made with another's, and are to be drawn: one at a time, so that a slider that is
    moved meanwhile is answered."""
    return Line(1, WAITING, math.inf, "explorer-drawing")


@made_once
def instant() -> Line:
    """The line of what programs ask of no model: its first piece may fetch a tokenizer."""
    return Line(1, WAITING, PATIENCE, "explorer-instant", in_force().bounds.share(WAITING))
