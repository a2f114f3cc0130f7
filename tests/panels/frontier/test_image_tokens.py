"""Image tokens: nearest words and causes of a drawn scene; each check fails when its subject is broken."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from explorer.errors import BadRequestError
from explorer.experiments.frontier import picture_words
from explorer.figures.frontier import picture_words as figure
from explorer.panels.frontier.image_tokens import PANEL
from explorer.panels.protocol import Check, Rendered
from explorer.panels.scene import Scene
from explorer.stack.frontier.vision_language import model as mechanism

SCENE = Scene(controls={"things": "2", "scene": "5"})


def rendered(view: str, scene: Scene = SCENE) -> Rendered:
    *_, made = PANEL.results(view, scene)
    return made


def check(view: str, words: str) -> Check:
    [found] = [one for one in rendered(view).checks if words in one.statement]
    return found


def test_words_of_every_token_at_every_depth() -> None:
    made = rendered("lens")
    assert all(each.holds for each in made.checks), made.checks
    depths, tokens, ranks = made.data.nearest.shape
    assert (depths, tokens, ranks) == (4, 64, 3)
    assert bool((made.data.share[..., 0] >= made.data.share[..., 1]).all())
    assert made.data.named.shape == (4, 3)
    assert made.data.pictured.truth


def test_taking_patches_away_goes_from_the_answer_to_the_empty_page() -> None:
    made = rendered("looking")
    assert all(each.holds for each in made.checks), made.checks
    data = made.data
    assert data.words[-1] == "?"
    assert data.attention.shape[0] == len(data.words)
    assert data.counts == [0, 1, 2, 4, 8, 16, 32, 64]
    assert data.by_attention[0] == pytest.approx(data.by_effect[0])
    assert data.by_effect[1] == pytest.approx(data.by_effect[0] * np.exp(-float(data.effect.max())), rel=1e-3)
    for low, mean, high in zip(data.random_low, data.at_random, data.random_high, strict=True):
        assert low - 1e-6 <= mean <= high + 1e-6


def test_a_picture_of_ones_own_has_no_truth() -> None:
    file = io.BytesIO()
    Image.fromarray(np.full((60, 80, 3), 200, np.uint8)).save(file, "PNG")
    own = Scene(controls={"picture": "own-1"}, files={"own-1": file.getvalue()})
    data = rendered("lens", own).data
    assert data.pictured.picture == "own-1"
    assert (data.pictured.truth, len(data.pictured.things), len(data.named)) == ("", 0, 0)
    gone = rendered("lens", Scene(controls={"picture": "own-2"}, files={}))
    assert "no longer in the server’s memory" in gone.note
    with pytest.raises(BadRequestError, match="never read the word “dragons”"):
        rendered("lens", Scene(controls={"question": "how many dragons ?"}))


def test_ranks_agree_by_hand() -> None:
    one, other = torch.tensor([1.0, 4.0, 2.0, 3.0]), torch.tensor([10.0, 20.0, 40.0, 30.0])
    distances = torch.tensor([0.0, 2.0, -2.0, 0.0])  # ranks 0 3 1 2 and 0 1 3 2
    by_hand = 1 - 6 * float(distances.square().sum()) / (4 * 15)
    assert figure.rank_correlation(one, other) == pytest.approx(by_hand)


# ---- each check fails when its subject is broken ---------------------------------------------------------------------


@pytest.fixture
def turned(monkeypatch: pytest.MonkeyPatch) -> None:
    """Image tokens one place further."""
    plain = mechanism.merged
    monkeypatch.setattr(mechanism, "merged", lambda x, ids, image, tokens: plain(x, ids, image, tokens.roll(1, 1)))


@pytest.mark.breaks("image_tokens.lens", "^The stream at every depth but the last")
@pytest.mark.usefixtures("turned")
def test_tokens_in_other_places() -> None:
    assert not check("lens", "every depth").holds


@pytest.mark.breaks("image_tokens.looking", "^Attention of every head")
@pytest.mark.usefixtures("turned")
def test_attention_on_other_places() -> None:
    assert not check("looking", "Attention of every head").holds


@pytest.mark.breaks("image_tokens.looking", "^All patches taken away")
def test_a_patch_that_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    plain = picture_words.removed

    def forgetful(asked: Any, taken: torch.Tensor) -> torch.Tensor:
        kept = taken.clone()
        for *_, patches in picture_words.drawn_on(asked):
            kept[:, patches] = False
        return plain(asked, kept)

    monkeypatch.setattr(picture_words, "removed", forgetful)
    assert not check("looking", "All patches taken away").holds
