"""Rotations that change with the length of a text: LongRoPE, and dynamic NTK.

Up to its original length a model with LongRoPE (Ding et al. 2024, arXiv 2402.13753) turns by one set of speeds, in a
longer text by another, all positions alike. Keys that stand in a cache were turned by what held when they were read. So
where a run passes that length while it is written, its cached keys stay as they were, and its numbers are not those of
one pass over the whole text: they are what the model computes as it writes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from transformers import PreTrainedConfig

    from explorer.tracing.trace import Trace
    from explorer.zoo.model import Model

GROWING = {"longrope": "LongRoPE", "dynamic": "dynamic NTK"}


def changes_at(model: Model) -> tuple[int, str] | None:
    """(length up to which the first rotation holds, what it is called), or None where there is one rotation."""
    config = model.hf.config.get_text_config()
    return min(_lengths(config), default=None)


def passed_while_written(model: Model, trace: Trace) -> str:
    """A sentence, without its full stop, where the rotation changed between the prompt and the run's end."""
    found = changes_at(model)
    if found is None or not trace.n_prompt <= found[0] < len(trace):
        return ""
    at, name = found
    return (
        f"This run passes {at:,} positions while it is written: from there on {name} turns queries and keys otherwise, "
        "and earlier keys stay as they were read, so that one pass over the whole text gives other numbers"
    )


def _lengths(config: PreTrainedConfig) -> Iterator[tuple[int, str]]:
    given: object = getattr(config, "rope_parameters", None) or {}
    tables = [given, *given.values()] if isinstance(given, Mapping) else []
    for each in tables:
        if isinstance(each, Mapping) and (name := GROWING.get(str(each.get("rope_type")))):
            yield int(each.get("original_max_position_embeddings") or config.max_position_embeddings), name
