"""Of attention: which token a head reads, how much, and which heads read one."""

from __future__ import annotations

import torch

from explorer.lessons.fact import fact
from explorer.lessons.selected import head_of, layer_of, position_of
from explorer.panels.scene import Scene


def _row(scene: Scene, layer: int | None, position: int | None) -> torch.Tensor:
    """What the heads of a block read from a position, [head key]."""
    return scene.trace.pattern[layer_of(scene, layer), :, position_of(scene, position)]


@fact("head")
def head(scene: Scene, layer: int, number: int) -> tuple[int, int]:
    """A head by its block and number."""
    return layer_of(scene, layer), head_of(scene, number)


@fact("position")
def attends(scene: Scene, layer: int | None = None, head: int | None = None, position: int | None = None) -> int:
    """The position that a head reads most."""
    return int(_row(scene, layer, position)[head_of(scene, head)].argmax())


@fact("share")
def weight(
    scene: Scene, key: int, layer: int | None = None, head: int | None = None, position: int | None = None
) -> float:
    """How much a head reads of the token at `key`."""
    return float(_row(scene, layer, position)[head_of(scene, head), position_of(scene, key)])


@fact("head")
def strongest_reader(scene: Scene, key: int, layer: int | None = None, position: int | None = None) -> tuple[int, int]:
    """The head of a block that reads the token at `key` most."""
    return layer_of(scene, layer), int(_row(scene, layer, position)[:, position_of(scene, key)].argmax())


@fact("count")
def n_readers(scene: Scene, key: int, layer: int | None = None, position: int | None = None) -> int:
    """Heads of a block that read the token at `key` more than any other."""
    return int((_row(scene, layer, position).argmax(-1) == position_of(scene, key)).sum())


@fact("share")
def first_token_share(scene: Scene, position: int | None = None) -> float:
    """Heads of the whole model that read the first token most, as a share of all."""
    here = scene.trace.pattern[:, :, position_of(scene, position)]  # layer head key
    return float((here.argmax(-1) == 0).double().mean())


@fact("number")
def score(
    scene: Scene, key: int, layer: int | None = None, head: int | None = None, position: int | None = None
) -> float:
    """q·k of a head, scaled, before softmax."""
    scores = scene.trace.scores(layer_of(scene, layer), head_of(scene, head))
    return float(scores[0, position_of(scene, position), position_of(scene, key)])


@fact("number")
def row_sum(scene: Scene, layer: int | None = None, head: int | None = None, position: int | None = None) -> float:
    """What the weights of a head sum to."""
    return float(_row(scene, layer, position)[head_of(scene, head)].double().sum())
