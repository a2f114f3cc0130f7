"""Interchange interventions: a planted direction is found, on pairs not learned from; controls fail; hooks agree."""

from __future__ import annotations

import pytest
import torch

from explorer.errors import BadRequestError
from explorer.stack.frontier.interchange import (
    Pairs,
    carried_over,
    interchanged,
    leads,
    learned,
    paired,
    random_basis,
)
from explorer.stack.transformer.config import DecoderConfig
from explorer.stack.transformer.decoder import Decoder


@pytest.fixture(scope="module")
def decoder() -> Decoder:
    """Of random weights, whose last norm reads a planted direction: the answer is token 0 or 1 by its sign."""
    made = Decoder(DecoderConfig(2, 16, 2, 1, 8, 24, 11, 32, tied=False)).eval().requires_grad_(False)
    made.initialise(torch.Generator().manual_seed(0))
    planted = torch.nn.functional.normalize(torch.randn(16, generator=torch.Generator().manual_seed(1)), dim=0)
    made.unembed.weight.zero_()
    made.unembed.weight[0], made.unembed.weight[1] = planted, -planted
    made.embed.weight.copy_(torch.randn(11, 16, generator=torch.Generator().manual_seed(2)))
    return made


def pairs_of(decoder: Decoder, seed: int, count: int = 160) -> Pairs:
    """Pairs whose answers differ."""
    ids = torch.randint(2, 11, (2, 4 * count, 3), generator=torch.Generator().manual_seed(seed))
    with torch.no_grad():
        answers = [decoder(each)[:, -1, :2].argmax(-1) for each in ids]
    keep = (answers[0] != answers[1]).nonzero()[:count, 0]
    return paired(decoder, ids[0, keep], ids[1, keep], answers[0][keep], answers[1][keep], 1, 2)


def test_the_planted_direction_is_found_and_controls_are_not(decoder: Decoder) -> None:
    train, held = pairs_of(decoder, 3), pairs_of(decoder, 4)
    generator = torch.Generator().manual_seed(5)
    found = learned(decoder, train, 1, 60, generator)
    torch.testing.assert_close(found.T @ found, torch.eye(1), atol=1e-5, rtol=0)
    accuracy = float(carried_over(decoder, held, found).double().mean())
    shuffled = learned(decoder, train.shuffled(generator), 1, 60, generator)
    random = random_basis(16, 1, generator)
    controls = [float(carried_over(decoder, held, each).double().mean()) for each in (shuffled, random)]
    assert accuracy > 0.85
    assert max(controls) < accuracy - 0.2


def test_it_is_a_hook_on_the_whole_run(decoder: Decoder) -> None:
    held = pairs_of(decoder, 6, 4)
    ids = torch.randint(2, 11, (2, 1, 3), generator=torch.Generator().manual_seed(7))
    one = paired(decoder, ids[0], ids[1], torch.tensor([0]), torch.tensor([1]), 1, 2)
    basis = random_basis(16, 3, torch.Generator().manual_seed(8))

    def other(tensor: torch.Tensor, **_: object) -> torch.Tensor:
        out = tensor.clone()
        out[:, 2] = interchanged(tensor[:, 2], one.source, basis)
        return out

    with torch.no_grad():
        said = decoder.run_with_hooks(ids[0], fwd_hooks=[("blocks.1.hook_resid_pre", other)])[0, -1]
    assert float(leads(decoder, one, basis)) == pytest.approx(float(said[1] - said[0]), abs=1e-5)
    whole = carried_over(decoder, held, torch.eye(16))
    assert bool(whole.any())


def test_a_place_that_is_not_there_is_refused(decoder: Decoder) -> None:
    ids = torch.zeros(1, 3, dtype=torch.long)
    with pytest.raises(BadRequestError, match="no block 2"):
        paired(decoder, ids, ids, torch.tensor([0]), torch.tensor([1]), 2, 0)
