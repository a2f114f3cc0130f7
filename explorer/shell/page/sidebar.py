"""The sidebar's values, as the page gives them and takes them back: model, prompt and the settings of a run.

Their order on the wire is that of the fields here, with the sampler's settings last, in the order of their table.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from explorer.errors import BadRequestError, EmptyPromptError, ExplorerError
from explorer.shell.envelope.request import check_length, query_of
from explorer.stack.inference.decoding.sampler_settings import SETTINGS, STAGE_NAMES


@dataclass(frozen=True)
class Sidebar:
    """What the controls beside the prompt say."""

    model: str
    prompt: str
    chat: bool
    new_tokens: int
    seed: int
    sampler: Mapping[str, float | int]

    @classmethod
    def read(cls, values: Sequence[object]) -> Sidebar:
        """The values in the page's order; a setting that is not there is neutral. Raises BadRequestError."""
        model, prompt, chat, new_tokens, seed, *settings = values
        given = {each.name: value for each, value in zip(SETTINGS, settings, strict=False)}
        return cls(
            str(model),
            "" if prompt is None else str(prompt),
            bool(chat),
            int(_number(new_tokens or 0)),
            int(_number(seed or 0)),
            {each.name: _number(given.get(each.name, each.neutral)) for each in SETTINGS},
        )


def _number(value: object) -> float | int:
    if isinstance(value, int | float) and math.isfinite(value):
        return value
    raise BadRequestError("A setting beside the prompt is not a number.", "Reload the page.")


def sidebar_query(
    said: Sidebar, interventions: Sequence[str], order: Sequence[str] | None = None, forced: str = ""
) -> str:
    """The query that the sidebar's controls say, with what the page keeps of the run before: interventions and forced
    tokens, as links write them. Raises ExplorerError for what cannot be run."""
    from explorer.stack.inference.decoding.sampling import Sampler
    from explorer.tracing import TraceKey
    from explorer.tracing.key import read_forced, read_interventions

    if not said.prompt.strip():
        raise EmptyPromptError("There is no prompt yet.", "Write a prompt, or choose an example.")
    check_length(said.prompt)
    key = TraceKey(
        said.model,
        said.prompt,
        said.chat,
        said.new_tokens,
        Sampler.of(said.sampler, order or STAGE_NAMES),
        said.seed,
        forced=read_forced(forced),
        interventions=read_interventions(interventions),
    )
    return key.query()


def restore(link: str | None) -> list[object]:
    """The sidebar's values for a link, in the order of its controls. A bad link leaves the defaults."""
    from explorer.shell.service import completed, default_query
    from explorer.tracing import TraceKey

    link = str(link or "").lstrip("?")
    try:
        key = TraceKey.parse(completed(query_of(link)))
    except ExplorerError:  # the run itself tells what is wrong with the link
        key = TraceKey.parse(default_query())
    return [key.model, key.text, key.chat, key.max_new_tokens, key.seed, *key.sampler.numbers.values()]
