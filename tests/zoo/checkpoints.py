"""Small checkpoints for tests."""

from __future__ import annotations

import torch

from explorer.experiments.shelf_course import Bytes
from explorer.stack.transformer.config import DecoderConfig
from explorer.stack.transformer.decoder import Decoder
from explorer.zoo import checkpoints
from explorer.zoo.checkpoints import Checkpoint
from explorer.zoo.made_names import Trained, parse


def named(step: int, weights: str = "") -> Trained:
    name = parse(f"trained:a.b.c,seed:0@{step}" + (f"~{weights}" if weights else ""))
    assert isinstance(name, Trained)
    return name


def decoder(seed: int = 0, n_experts: int = 0) -> Decoder:
    config = DecoderConfig(2, 32, 4, 2, 8, 48, 256, n_ctx=128, n_experts=n_experts, k=2 if n_experts else 0)
    made = Decoder(config).initialise(torch.Generator().manual_seed(seed))
    with torch.no_grad():
        for parameter in made.parameters():  # gains too, so that mistakes in them show
            parameter.add_(0.1 * torch.randn(parameter.shape, generator=torch.Generator().manual_seed(seed + 1)))
    return made.eval().requires_grad_(False)


def written(name: Trained, model: Decoder | None = None) -> Checkpoint:
    model = model or decoder(name.step)
    return checkpoints.write(
        name, model.hf_config(), model.hf_state_dict(), Bytes.tokenizer(), f"Tiny, step {name.step}", "Trained here", 64
    )
