"""A feature on the intervention stack: a direction of the model’s dictionary, or a sentence that says why not."""

from __future__ import annotations

import pytest
import torch

from explorer import zoo
from explorer.errors import BadRequestError
from explorer.tracing import Trace, TraceKey, capture, parse_intervention
from explorer.zoo import autoencoders

TEXT = "the king of France"


def run(*interventions: str) -> Trace:
    model = zoo.load("six-kinds-dense")
    parsed = tuple(parse_intervention(each) for each in interventions)
    return capture(model, TraceKey(model.name, TEXT, interventions=parsed))


def test_a_feature_is_added_behind_its_block() -> None:
    plain, changed = run(), run("steer:sae-3-17:3:2:4")
    direction = autoencoders.opened("six-kinds-dense", 3, "trained").sae.W_dec[17]
    added = changed.resid_post[3] - plain.resid_post[3]
    torch.testing.assert_close(added[2], 4 * direction, atol=1e-4, rtol=1e-4)
    torch.testing.assert_close(added[:2], torch.zeros_like(added[:2]))


@pytest.mark.parametrize(("name", "why"), [("sae-9-0", "no dictionary behind block 9"), ("sae-3-768", "0 to 767")])
def test_features_that_are_not_there_are_refused(name: str, why: str) -> None:
    with pytest.raises(BadRequestError, match=why):
        run(f"steer:{name}:3:all:1")
