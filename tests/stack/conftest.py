"""A decoder small enough for thousands of generations."""

from __future__ import annotations

from collections.abc import Iterator

import jaxtyping
import pytest
import torch

from explorer.stack.transformer.config import DecoderConfig
from explorer.stack.transformer.decoder import Decoder


@pytest.fixture
def unchecked() -> Iterator[None]:
    """No checking of shapes: it takes three quarters of the time of many generations, and the other tests do it."""
    jaxtyping.config.update("jaxtyping_disable", True)
    yield
    jaxtyping.config.update("jaxtyping_disable", False)


@pytest.fixture(scope="module")
def tiny() -> Decoder:
    with torch.random.fork_rng():
        torch.manual_seed(3)
        made = Decoder(DecoderConfig(3, 16, 2, 1, 8, 24, 11, 128)).eval().requires_grad_(False)
        for parameter in made.parameters():
            if parameter.ndim > 1:
                parameter.normal_(std=0.3)
    return made
