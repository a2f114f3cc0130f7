"""Training a state-space model of the shelf, on the windows that a decoder of the same recipe would see."""

from __future__ import annotations

from typing import TYPE_CHECKING

from explorer.corpora.source import Text
from explorer.training.decoder import sample, windows_of
from explorer.training.folder import Written
from explorer.training.plan import Plan
from explorer.training.recipe import Recipe, StateSpaceSizes
from explorer.training.tokens import END

if TYPE_CHECKING:
    import torch
    from tokenizers import Tokenizer

    from explorer.stack.frontier.state_spaces.config import StateSpaceConfig
    from explorer.stack.frontier.state_spaces.model import StateSpaceModel
    from explorer.stack.pretraining.train import Evaluation, Progress


def plan(recipe: Recipe, sizes: StateSpaceSizes, loaded: list[Text]) -> Plan:
    """Model, windows and measures."""
    import torch

    model = build(recipe, sizes, torch.Generator().manual_seed(recipe.run.seed))
    tokenizer, course, lines = windows_of(recipe, loaded)
    return Plan(
        tokenizer, model, course, lambda progress, final: _written(recipe, model, tokenizer, progress, final), lines
    )


def build(recipe: Recipe, sizes: StateSpaceSizes, generator: torch.Generator | None = None) -> StateSpaceModel:
    """The untrained model."""
    import torch

    from explorer.stack.frontier.state_spaces.model import StateSpaceModel

    made = StateSpaceModel(config_of(sizes, recipe.data.d_vocab), getattr(torch, recipe.run.compute))
    return made.initialise(generator)


def config_of(sizes: StateSpaceSizes, d_vocab: int) -> StateSpaceConfig:
    """The model that the sizes describe."""
    from explorer.stack.frontier.state_spaces.config import StateSpaceConfig

    return StateSpaceConfig(
        d_model=sizes.d_model, d_vocab=d_vocab, kinds=("mamba",) * sizes.n_layers, expand=sizes.expand,
        d_state=sizes.d_state, d_conv=sizes.d_conv, n_ctx=sizes.n_ctx, eps=sizes.eps,
    )  # fmt: skip


def _written(
    recipe: Recipe, model: StateSpaceModel, tokenizer: Tokenizer, progress: Progress, final: Evaluation
) -> Written:
    """What the folder says."""
    tokens = progress.step * recipe.tokens_per_step
    return Written(
        kind="state-space",
        note=(
            f"trained here on {tokens / 1e6:.1f}M tokens in {progress.seconds / 60:.0f} minutes of one processor core, "
            f"held-out loss {final.mean:.2f} nats"
        ),
        tokenizer={"bos_token": END, "eos_token": END},
        config={"bos_token_id": 0, "eos_token_id": 0},
        sample=sample(recipe, model, tokenizer),
    )
