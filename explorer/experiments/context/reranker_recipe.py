"""A reranker's recipe: what it reads, how it is trained, with which seeds."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Annotated

from pydantic import Field, NonNegativeFloat, PositiveFloat, PositiveInt, ValidationError

from explorer.errors import BadRequestError
from explorer.training.recipe import Table


class PairData(Table):
    """What is read."""

    wrong: PositiveInt
    """Wrong passages of a question."""
    near: PositiveInt
    """As many of BM25's list and as many of the right article's neighbours are drawn from."""
    rows: PositiveInt
    """Questions of a step."""


class PairOptimiser(Table):
    """AdamW, with a rise and a straight fall."""

    peak: PositiveFloat
    warmup: PositiveInt
    steps: PositiveInt
    weight_decay: NonNegativeFloat
    clip: PositiveFloat


class PairRun(Table):
    seeds: Annotated[tuple[int, ...], Field(strict=False, min_length=1)]
    """The first one's weights are kept."""


class RerankerRecipe(Table):
    """All of it."""

    name: str
    title: str
    summary: str
    data: PairData
    optimiser: PairOptimiser
    run: PairRun


def read(path: Path) -> RerankerRecipe:
    """Raises BadRequestError for a file that is no such recipe."""
    try:
        return RerankerRecipe.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except (ValidationError, tomllib.TOMLDecodeError, OSError) as error:
        raise BadRequestError(f"{path} is no recipe of a reranker: {error}") from error
