"""Which models a run reads, and which of them are checkpoints that are not here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from explorer import zoo
from explorer.errors import ExplorerError
from explorer.fetching.progress import Progress, silent
from explorer.shell.views.subjects import allow

if TYPE_CHECKING:
    from explorer.panels.selection import Scalar


def models_in(query: str, controls: Mapping[str, Scalar] | None = None) -> list[str]:
    """The models of a run, and of the runs that controls name.

    >>> models_in("model=trained:six-kinds-dense@3&text=a", {"with": "?model=smollm2-135m&text=b", "steps": 4})
    ['trained:six-kinds-dense@3', 'smollm2-135m']
    """
    said = [query, *(each for each in (controls or {}).values() if isinstance(each, str) and "model=" in each)]
    named = [dict(parse_qsl(each.removeprefix("?"))).get("model", "") for each in said]
    return list(dict.fromkeys(filter(None, named)))


def missing(models: Iterable[str]) -> list[str]:
    """Those that are checkpoints and not here."""
    from explorer.zoo import checkpoints
    from explorer.zoo.made_names import Trained, parse

    found = []
    for model in models:
        try:
            made = parse(model)
        except ExplorerError:  # the run itself tells
            continue
        if isinstance(made, Trained) and zoo.loaded(model) is None and checkpoints.find(made) is None:
            found.append(model)
    return found


def train(models: Iterable[str], progress: Progress = silent) -> None:
    """Train those of them that are checkpoints and not here, in this process. Raises BadRequestError for one that this
    server does not train."""
    from explorer.panels.trained import ready

    for model in missing(models):
        allow(model)
        ready(model, progress)
