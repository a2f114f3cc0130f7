"""A scene of a few coloured shapes: drawn by inequalities, so that the same seed gives the same pixels everywhere.

>>> scene = scene_of(11)
>>> [thing.name for thing in scene.things]
['yellow cross', 'green cross', 'red triangle']
>>> pixels(scene).shape, [round(float(share), 2) for share in hidden(scene)]
((112, 112, 3), [0.39, 0.0, 0.0])
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Bool, Float, UInt8

COLOURS: dict[str, tuple[int, int, int]] = {
    "red": (214, 40, 40),
    "green": (34, 160, 80),
    "blue": (40, 90, 230),
    "yellow": (245, 200, 30),
    "purple": (145, 60, 180),
    "black": (35, 35, 35),
}
SHAPES = ("circle", "square", "triangle", "cross")
#: Corners, by (below the middle, right of it).
PLACES = ("top-left", "top-right", "bottom-left", "bottom-right")
#: Never drawn where a model is trained: their colours and their shapes are, with others.
UNSEEN = (("green", "triangle"), ("purple", "cross"))
SIDE = 112
MOST = 5
#: Points on the side of a pixel that are looked at.
FINE = 3
#: No centre is nearer to a middle line, and none to the edge.
MIDDLE, EDGE = 0.07, 0.17
RADIUS = (0.10, 0.15)
#: Of a thing, at most, behind others.
HIDDEN = 0.45
TRIES = 200


@dataclass(frozen=True)
class Thing:
    """One shape; lengths are shares of the picture's side."""

    colour: str
    shape: str
    x: float
    y: float
    radius: float

    @property
    def name(self) -> str:
        return f"{self.colour} {self.shape}"

    @property
    def place(self) -> str:
        """The corner in which its centre lies."""
        return PLACES[2 * (self.y > 0.5) + (self.x > 0.5)]


@dataclass(frozen=True)
class Scene:
    """Things in the order in which they are drawn: the last lies on top."""

    things: tuple[Thing, ...]
    background: int
    """Its grey, of 255."""

    def named(self, name: str) -> list[Thing]:
        """All things of that colour, that shape, or both."""
        words = name.split()
        return [each for each in self.things if set(words) <= {each.colour, each.shape}]


def scene_of(seed: int, count: int | None = None, unseen: bool = False) -> Scene:
    """The scene of a seed. `count`: so many things, else one to five; `unseen`: the first is one of UNSEEN, which are
    else left out."""
    draw = np.random.default_rng([seed, 46])
    wanted = int(draw.integers(1, MOST + 1)) if count is None else count
    background = int(draw.integers(215, 256))
    scene = Scene((), background)
    for _ in range(TRIES):
        if len(scene.things) == wanted:
            break
        thing = _thing(draw)
        first = unseen and not scene.things
        if ((thing.colour, thing.shape) in UNSEEN) != first:
            continue
        more = replace(scene, things=(*scene.things, thing))
        if hidden(more).max() <= HIDDEN:
            scene = more
    return scene


def _thing(draw: np.random.Generator) -> Thing:
    colour, shape = list(COLOURS)[draw.integers(len(COLOURS))], SHAPES[draw.integers(len(SHAPES))]
    x, y = (_coordinate(draw) for _ in range(2))
    return Thing(colour, shape, x, y, round(float(draw.uniform(*RADIUS)), 3))


def _coordinate(draw: np.random.Generator) -> float:
    from_middle = draw.uniform(MIDDLE, 0.5 - EDGE)
    return round(float(0.5 + from_middle * (1 if draw.random() < 0.5 else -1)), 3)


def masks(scene: Scene, side: int) -> Bool[np.ndarray, "thing row column"]:
    """Where each thing would be seen if it lay on top."""
    at = (np.arange(side) + 0.5) / side
    return np.stack([_inside(each, at[None, :] - each.x, at[:, None] - each.y) for each in scene.things])


def _inside(
    thing: Thing, x: Float[np.ndarray, "1 column"], y: Float[np.ndarray, "row 1"]
) -> Bool[np.ndarray, "row column"]:
    r = thing.radius
    if thing.shape == "circle":
        return x**2 + y**2 <= r**2
    if thing.shape == "square":
        return np.maximum(np.abs(x), np.abs(y)) <= 0.86 * r
    if thing.shape == "triangle":  # its tip is up
        return (y <= 0.8 * r) & (np.abs(x) * 1.8 <= 1.1 * (y + 1.1 * r))
    arms = np.maximum(np.abs(x), np.abs(y)) <= r
    return arms & (np.minimum(np.abs(x), np.abs(y)) <= 0.34 * r)


def pixels(scene: Scene, side: int = SIDE) -> UInt8[np.ndarray, "row column channel"]:
    """The picture: each pixel the mean of 3 x 3 points."""
    fine = np.full((side * FINE, side * FINE, 3), float(scene.background))
    for thing, mask in zip(scene.things, masks(scene, side * FINE) if scene.things else (), strict=True):
        fine[mask] = COLOURS[thing.colour]
    return fine.reshape(side, FINE, side, FINE, 3).mean((1, 3)).round().astype(np.uint8)


def hidden(scene: Scene) -> Float[np.ndarray, " thing"]:
    """Of each thing, the share that lies behind later ones."""
    own = masks(scene, SIDE)
    above = np.zeros_like(own[0])
    shares = []
    for mask in own[::-1]:
        shares.append((mask & above).sum() / mask.sum())
        above = above | mask
    return np.array(shares[::-1])


def on_patches(mask: Bool[np.ndarray, "height width"], patch: int) -> Bool[np.ndarray, "row column"]:
    """Which squares of `patch` pixels a mask touches."""
    rows, columns = (n // patch for n in mask.shape)
    return np.asarray(mask.reshape(rows, patch, columns, patch).any((1, 3)))
