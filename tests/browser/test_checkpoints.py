"""A training's checkpoint opens in the Walk while it trains, as a model of its own, and stays in the list of models."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, expect

from explorer.zoo import checkpoints
from explorer.zoo.made_names import Trained, parse
from tests.browser.conftest import PATIENCE, ready

TRAINING = (
    "?panel=block_variants&view=residual_path&block_variants.blocks=2&block_variants.steps=400&block_variants.seed=41"
    "&block_variants.texts=passages"
)
TITLE = "Blocks compared: with, step 0"


@pytest.mark.thorough
def test_a_checkpoint_opens_in_the_walk_while_it_trains(open_page: Callable[..., Page]) -> None:
    page = open_page(TRAINING, wait=False)
    page.get_by_role("button", name="Open “with” after 0 steps in the Walk").click(timeout=PATIENCE)
    expect(page.locator("#model input")).to_have_value(TITLE, timeout=PATIENCE)
    ready(page)
    expect(page.locator("#model-meta")).to_contain_text("Trained here for 0 of 400 steps")
    [name] = parse_qs(urlsplit(page.url).query)["model"]
    made = parse(name)
    assert isinstance(made, Trained)
    assert made.step == 0
    found = checkpoints.find(made)
    assert found is not None
    assert found.weights == made.weights
