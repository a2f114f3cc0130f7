"""Patches: how long each patch's stream is by block, and what the longest are for."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from explorer.experiments.frontier import patch_norms as experiment
from explorer.figures.frontier import patch_norms as figure
from explorer.panels.picture_choices import FORGOTTEN, OWN
from explorer.panels.pictures_read import EYE, data_url
from explorer.panels.protocol import Check, Rendered
from explorer.panels.scene import Scene
from explorer.zoo.picture_file import read_picture
from explorer.zoo.vision_encoder import Picture, VisionEncoder, picture_of, sample_pictures

NEAR = 1e-4


@dataclass(frozen=True, eq=False)
class Looked:
    """The picture, and its stream by the fused kernel."""

    eye: VisionEncoder
    name: str
    names: list[str]
    picture: Picture
    hidden: Float[Tensor, "depth batch pos d_model"]
    note: str

    @property
    def grid(self) -> tuple[int, int]:
        rows, columns = (n // self.eye.model.config.patch for n in self.picture.pixels.shape[-2:])
        return rows, columns


def _look(scene: Scene) -> Looked:
    eye = scene.companion(EYE, VisionEncoder)
    samples, own, asked = sample_pictures(), scene.files or {}, scene.text("picture")
    name = asked if asked in own or asked in samples else next(iter(samples))
    picture = picture_of(read_picture(own[name]) if name in own else samples[name])
    with torch.inference_mode():
        hidden = torch.stack(eye.model.streams(picture.pixels))
    return Looked(
        eye, name, list(samples), picture, hidden, FORGOTTEN if asked.startswith(OWN) and asked != name else ""
    )


def norms(scene: Scene) -> Rendered[figure.PatchNorms]:
    looked = _look(scene)
    lengths = experiment.norms(looked.hidden)
    depth = scene.whole("depth", default=figure.furthest(lengths), high=len(lengths) - 1)
    data = figure.PatchNorms(
        pictures=looked.names, picture=looked.name, takes=scene.files is not None, title=looked.eye.card.title,
        image=data_url(looked.picture.shown, "JPEG"), grid=looked.grid, norms=lengths, depth=depth,
    )  # fmt: skip
    with torch.inference_mode():
        written_out = experiment.norms(looked.eye.model.look(looked.picture.pixels).hidden)
    apart = float(((lengths - written_out).abs() / written_out).max())
    check = Check("Norms by fused attention = by attention written out, every block", apart, NEAR, "relative error")
    return Rendered(data, (check,), note=looked.note)


def removed(scene: Scene) -> Rendered[figure.PatchesRemoved]:
    looked = _look(scene)
    lengths, model, pixels = experiment.norms(looked.hidden), looked.eye.model, looked.picture.pixels
    last = len(lengths) - 1
    depth = scene.whole("depth", default=figure.furthest(lengths), high=last)
    found = experiment.removal(model, pixels, lengths[depth, 1:], depth, scene.whole("count"), scene.whole("draws"),
                               progress=scene.progress)  # fmt: skip
    data = figure.PatchesRemoved(
        pictures=looked.names, picture=looked.name, takes=scene.files is not None,
        image=data_url(looked.picture.shown, "JPEG"), grid=looked.grid, depth=depth, n_layers=last,
        norms=lengths[depth, 1:], chosen=found.chosen, cls=found.longest.cls, others=found.longest.others,
        placebo_cls=[each.cls for each in found.placebo], placebo_others=[each.others for each in found.placebo],
        example=found.placebos[0],
    )  # fmt: skip
    return Rendered(data, (_aimed(looked, found.chosen, last),), note=looked.note)


def _aimed(looked: Looked, chosen: list[int], last: int) -> Check:
    """Places that change, or do not, against what was chosen, where no block follows: places count CLS, patches do
    not."""
    plain = looked.eye.model.ln_final(looked.hidden[-1])[0]
    changed = experiment.final_states(looked.eye.model, looked.picture.pixels, last, chosen)
    moved = (changed[1:] - plain[1:]).abs().amax(1) > 1e-3  # patch
    wanted = torch.zeros(len(moved), dtype=torch.bool)
    wanted[chosen] = True
    cls = float((changed[0] - plain[0]).abs().max() > 1e-3)
    statement = "Taken away behind the last block, the chosen patches change, and neither CLS nor any other"
    return Check(statement, float((moved != wanted).sum()) + cls, 0.0, "places")
