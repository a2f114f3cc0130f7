"""What the views on pictures and words begin with: the picture, read with its question by the model of scenes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from explorer.panels.picture_choices import Shown, shown

if TYPE_CHECKING:
    import numpy as np

    from explorer.experiments.frontier import picture_words as experiment
    from explorer.figures.frontier import picture_words as figure
    from explorer.panels.scene import Scene
    from explorer.zoo.scene_reader import SceneReader
    from explorer.zoo.vision_encoder import VisionEncoder

EYE, READER = "dinov2-small", "scenes"


@dataclass(frozen=True, eq=False)
class Found:
    """The models, what they made of picture and question, and both as the page shows them."""

    reader: SceneReader
    eye: VisionEncoder
    shown: Shown
    asked: experiment.Asked
    pictured: figure.Pictured
    note: str


def asked_of(scene: Scene) -> Found:
    """Raises BadRequestError for a word that the model does not know."""
    from explorer.corpora.scenes.asked import WORDS
    from explorer.experiments.frontier import picture_words as experiment
    from explorer.figures.frontier import picture_words as figure
    from explorer.zoo.scene_reader import SceneReader
    from explorer.zoo.vision_encoder import VisionEncoder

    eye, reader = scene.companion(EYE, VisionEncoder), scene.companion(READER, SceneReader)
    chosen = shown(scene)
    asked = experiment.ask(reader, eye, chosen.picture, chosen.question, chosen.drawn)
    rows, columns = asked.patches.shape[1:3]
    pictured = figure.Pictured(
        picture=chosen.own, takes=scene.files is not None, image=data_url(chosen.picture), grid=(rows, columns),
        things=figure.things(experiment.drawn_on(asked)), question=chosen.question,
        offered=[text for text, _ in chosen.offered], answer=WORDS[asked.answer], truth=chosen.truth,
    )  # fmt: skip
    return Found(reader, eye, chosen, asked, pictured, chosen.note)


def data_url(picture: np.ndarray, kind: Literal["PNG", "JPEG"] = "PNG") -> str:
    """A picture as the page can show it: pixel by pixel, or as a photograph is kept."""
    import base64
    import io

    from PIL import Image

    file = io.BytesIO()
    Image.fromarray(picture).save(file, kind, quality=88)
    return f"data:image/{kind.lower()};base64," + base64.b64encode(file.getvalue()).decode()
