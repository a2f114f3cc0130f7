"""What is said of a model's training follows from its recipe, and of a model without one that it is not known."""

from __future__ import annotations

import re
from collections.abc import Mapping

import pytest

from explorer.panels import panels
from explorer.panels.architectures.routing_views import of_the_training
from explorer.panels.scene import Scene
from explorer.panels.selection import Scalar
from explorer.tracing import TraceKey, capture
from explorer.zoo.model import Model


@pytest.mark.parametrize(
    ("panel", "view", "controls"),
    [
        ("kv_cache", "corpus", {"texts": 1}),
        ("quantized_model", "quality", {}),
        ("speculative", "corpus", {"texts": 1, "draft": "skip"}),
    ],
)
def test_of_a_model_that_was_brought_nobody_knows_what_it_has_read(
    moe: Model, panel: str, view: str, controls: Mapping[str, Scalar]
) -> None:
    scene = Scene(moe, capture(moe, TraceKey(moe.name, "Once upon")), controls=controls)
    first = next(panels()[panel].results(view, scene))
    assert re.search(r"It is not known whether the model was trained on th\w+ texts?\.", first.note)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("six-kinds-moe", "This model’s training added 0.01 times the balancing loss to its own loss."),
        ("six-kinds-unbalanced", "This model’s training did not add the balancing loss."),
        ("a/model/brought", "It is not known whether this model’s training added the balancing loss to its own loss."),
    ],
)
def test_the_balancing_loss_was_added_where_the_recipe_says_so(name: str, said: str) -> None:
    assert of_the_training(name) == said
    assert "training" not in panels()["routing"].view("load").about, "that is not alike for all models"
