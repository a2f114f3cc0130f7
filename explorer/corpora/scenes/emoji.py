"""Emoji as pictures, with names, kinds, colours and places by rule.

The name is Unicode's where it is one word, the kind follows from the block of the code point, the colour from the
pixels. The pictures are Google's Noto Color Emoji at 64 pixels (assets/emoji); `emoji_sheet` draws them anew.

>>> [(each.char, each.name, each.kind, each.colour) for each in emoji() if each.name in ("tomato", "whale", "pig")]
[('🍅', 'tomato', 'food', 'red'), ('🐋', 'whale', 'animal', 'blue'), ('🐖', 'pig', 'animal', 'pink')]
>>> shown = rendering_of(3)
>>> shown.name, shown.place, pixels(shown).shape
('cookie', 'top-left', (112, 112, 3))
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Literal

import numpy as np
from jaxtyping import UInt8

from explorer import places
from explorer.corpora.scenes.asked import WORDS, Question
from explorer.corpora.scenes.drawn import PLACES, SIDE

#: Side of a picture on the sheet, and pictures in a row of it.
SPRITE, ACROSS = 64, 12
#: Blocks of code points, and how many of each are taken.
BLOCKS = {
    "plant": (9, (0x1F331, 0x1F344)),
    "food": (35, (0x1F345, 0x1F37F), (0x1F950, 0x1F96F)),
    "animal": (40, (0x1F400, 0x1F43D), (0x1F980, 0x1F9AE)),
    "vehicle": (12, (0x1F680, 0x1F6A4), (0x1F6B2, 0x1F6B2)),
}
#: One word, but the picture shows something else, or the same as another.
LEFT_OUT = frozenset({"chicken", "station", "metro", "trolleybus", "minibus", "monorail", "oden", "custard", "cooking",
                      "rat", "ox", "leopard", "poodle", "rowboat", "sushi", "herb"})  # fmt: skip
#: Of every so many of a kind, the last is never trained on.
KEPT_OUT = 6
#: Colours beside those of the scenes.
MORE_COLOURS = ("orange", "brown", "white", "grey", "pink")
#: Share of the pixels that must agree on a colour, or none is said.
AGREED = 0.5

Sort = Literal["trained", "drawn anew", "other sizes and backgrounds", "never trained on"]
SORTS: tuple[Sort, ...] = ("drawn anew", "other sizes and backgrounds", "never trained on")
SIZES = {"trained": (40, 72), "other": ((26, 36), (78, 92))}
MIDDLE = 0.05


@dataclass(frozen=True)
class Emoji:
    """One of them."""

    char: str
    name: str
    kind: str
    colour: str
    """Empty where its pixels agree on none."""
    trained: bool


@dataclass(frozen=True)
class Rendering:
    """An emoji on a page; `x` and `y` are its centre, in shares of the picture's side."""

    emoji: Emoji
    size: int
    """Pixels of 112."""
    x: float
    y: float
    background: tuple[int, int, int]

    @property
    def name(self) -> str:
        return self.emoji.name

    @property
    def place(self) -> str:
        """The corner in which its centre lies."""
        return PLACES[2 * (self.y > 0.5) + (self.x > 0.5)]


def named() -> Iterator[tuple[str, str, str]]:
    """Character, name and kind, in the order of the sheet."""
    for kind, (count, *blocks) in BLOCKS.items():
        found = [chr(point) for first, last in blocks for point in range(first, last + 1)]
        names = [(char, unicodedata.name(char, " ").lower()) for char in found]
        kept = [(char, name) for char, name in names if name.isalpha() and name not in LEFT_OUT]
        yield from ((char, name, kind) for char, name in kept[:count])


@cache
def sheet() -> UInt8[np.ndarray, "emoji row column channel"]:
    """The pictures, red, green, blue and opacity."""
    from PIL import Image

    with Image.open(places.assets() / "emoji" / "emoji.png") as file:
        whole = np.asarray(file.convert("RGBA"))
    rows = whole.shape[0] // SPRITE
    cut = whole.reshape(rows, SPRITE, ACROSS, SPRITE, 4).swapaxes(1, 2)
    return cut.reshape(rows * ACROSS, SPRITE, SPRITE, 4)


@cache
def emoji() -> tuple[Emoji, ...]:
    """All of them."""
    found, counted = [], dict.fromkeys(BLOCKS, 0)
    for at, (char, name, kind) in enumerate(named()):
        counted[kind] += 1
        found.append(Emoji(char, name, kind, colour_of(sheet()[at]), counted[kind] % KEPT_OUT != 0))
    return tuple(found)


def colour_of(picture: UInt8[np.ndarray, "row column channel"]) -> str:
    """The colour of most pixels; empty where fewer than half agree.

    >>> colour_of(np.full((2, 2, 4), (230, 40, 30, 255), np.uint8))
    'red'
    """
    opaque = picture[picture[..., 3] > 127][:, :3].astype(np.float64) / 255
    names, counts = np.unique([_named(*pixel) for pixel in opaque], return_counts=True)
    best = int(counts.argmax())
    return str(names[best]) if counts[best] >= AGREED * len(opaque) else ""


def _named(red: float, green: float, blue: float) -> str:
    import colorsys

    hue, saturation, value = colorsys.rgb_to_hsv(red, green, blue)
    if value < 0.25:
        return "black"
    if saturation < 0.15:
        return "white" if value > 0.85 else "grey"
    degrees = 360 * hue
    if degrees >= 345 or degrees < 12:
        return "brown" if value < 0.55 else "pink" if value > 0.8 and saturation < 0.6 else "red"
    if degrees < 40:
        bright = value > 0.85
        return "orange" if bright and saturation > 0.55 else "pink" if bright and saturation < 0.4 else "brown"
    ends = ((68, "yellow"), (170, "green"), (260, "blue"), (320, "purple"), (345, "pink"))
    return next(name for end, name in ends if degrees < end)


# ---- pictures --------------------------------------------------------------------------------------------------------


def rendering_of(seed: int, sort: Sort = "trained") -> Rendering:
    """The picture of a seed."""
    draw = np.random.default_rng([seed, 47, 0 if sort == "trained" else 1 + SORTS.index(sort)])
    of = [each for each in emoji() if each.trained != (sort == "never trained on")]
    chosen = of[int(draw.integers(len(of)))]
    low, high = SIZES["trained"]
    background = [int(draw.integers(215, 256))] * 3
    if sort == "other sizes and backgrounds":
        low, high = SIZES["other"][int(draw.integers(2))]
        background = [int(each) for each in draw.integers(60, 256, 3)]
    size = int(draw.integers(low, high + 1))
    x, y = (_coordinate(draw, size / SIDE) for _ in range(2))
    red, green, blue = background
    return Rendering(chosen, size, x, y, (red, green, blue))


def _coordinate(draw: np.random.Generator, size: float) -> float:
    from_middle = draw.uniform(MIDDLE, 0.5 - size / 2)
    return round(float(0.5 + from_middle * (1 if draw.random() < 0.5 else -1)), 3)


def pixels(shown: Rendering) -> UInt8[np.ndarray, "row column channel"]:
    """The picture, 112 pixels a side."""
    from PIL import Image

    at = next(index for index, each in enumerate(emoji()) if each.name == shown.name)
    small = Image.fromarray(sheet()[at]).resize((shown.size, shown.size), Image.Resampling.BICUBIC)
    page = Image.new("RGB", (SIDE, SIDE), shown.background)
    corner = (round(shown.x * SIDE - shown.size / 2), round(shown.y * SIDE - shown.size / 2))
    page.paste(small, corner, small)
    return np.asarray(page)


def covered(shown: Rendering, patch: int) -> list[int]:
    """Squares of `patch` pixels that the emoji's box touches."""
    n = SIDE // patch
    half, spans = shown.size / 2, list[range]()
    for at in (shown.y * SIDE, shown.x * SIDE):
        spans.append(range(int(max(0, at - half) // patch), int(min(SIDE - 1, at + half - 1) // patch) + 1))
    return [row * n + column for row in spans[0] for column in spans[1]]


# ---- words -----------------------------------------------------------------------------------------------------------

KINDS = ("name", "kind", "colour", "place", "presence")
_ASKED = {"name": "what is this ?", "kind": "what kind is this ?", "colour": "what colour is this ?",
          "place": "where is this ?"}  # fmt: skip


@cache
def words() -> tuple[str, ...]:
    """What a model of scenes and emoji reads and writes: the words of the scenes, then those of emoji."""
    names = [each.name for each in emoji() if each.trained]
    return (*WORDS, *dict.fromkeys((*MORE_COLOURS, *BLOCKS, "this", "kind", *names)))


def caption(shown: Rendering) -> str:
    return f"{shown.emoji.colour} {shown.name} {shown.place} .".strip()


def question(shown: Rendering, kind: str, draw: np.random.Generator) -> Question | None:
    """One question of that kind; None where there is none about this picture."""
    answer = {"name": shown.name, "kind": shown.emoji.kind, "colour": shown.emoji.colour, "place": shown.place}
    if kind != "presence":
        return Question(kind, _ASKED[kind], answer[kind], shown.name) if answer[kind] else None
    if not shown.emoji.trained:
        return None
    if draw.random() < 0.5:
        return Question(kind, f"is this a {shown.name} ?", "yes", shown.name)
    others = [each.name for each in emoji() if each.trained and each.name != shown.name]
    return Question(kind, f"is this a {others[int(draw.integers(len(others)))]} ?", "no", shown.name)
