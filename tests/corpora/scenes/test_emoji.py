"""Emoji: the sheet is what the font draws, and questions are held against the pixels."""

from __future__ import annotations

import numpy as np
import pytest

from explorer.corpora.scenes import emoji, emoji_sheet
from explorer.corpora.scenes.asked import WORDS, encode
from explorer.corpora.scenes.drawn import SIDE


def test_the_sheet_is_what_the_font_draws() -> None:
    if not emoji_sheet.FONT.is_file():
        pytest.skip("fonts-noto-color-emoji is not installed")
    drawn = emoji_sheet.drawn()
    sheet = emoji.sheet().reshape(-1, emoji.ACROSS, emoji.SPRITE, emoji.SPRITE, 4).swapaxes(1, 2).reshape(drawn.shape)
    assert float(np.abs(drawn.astype(int) - sheet.astype(int)).mean()) < 2  # another release of the font


def test_names_and_kinds() -> None:
    every = emoji.emoji()
    assert len({each.name for each in every}) == len(every) == 95
    assert {each.kind for each in every if not each.trained} == set(emoji.BLOCKS)
    assert emoji.words()[: len(WORDS)] == WORDS
    assert not {each.name for each in every if not each.trained} & set(emoji.words())


@pytest.mark.parametrize("sort", ["trained", *emoji.SORTS])
def test_an_emoji_lies_where_it_is_said_to(sort: emoji.Sort) -> None:
    for seed in range(12):
        shown = emoji.rendering_of(seed, sort)
        assert shown.emoji.trained == (sort != "never trained on")
        rows, columns = np.nonzero((emoji.pixels(shown) != np.array(shown.background)).any(-1))
        middle = np.array([columns.min() + columns.max(), rows.min() + rows.max()]) / 2 / SIDE
        assert np.abs(middle - [shown.x, shown.y]).max() < 0.06 * shown.size / SIDE + 0.015
        assert max(np.ptp(rows), np.ptp(columns)) < shown.size
        draw = np.random.default_rng(seed)
        for kind in emoji.KINDS:
            made = emoji.question(shown, kind, draw)
            if made is not None and (kind != "name" or shown.emoji.trained):
                encode(f"{made.text} {made.answer}", emoji.words())
