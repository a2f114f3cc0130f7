"""What the panels on pictures and words let a person set alike: which picture, and what is asked about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from explorer.panels.controls import Control
from explorer.panels.scene import Scene

if TYPE_CHECKING:
    import numpy as np
    from jaxtyping import UInt8

    from explorer.corpora.scenes.drawn import Scene as Drawn

#: Scenes that the model was not trained on; the training's held-out ones come first.
SCENES = (0, 9999)
FORGOTTEN = "The picture of this link is no longer in the server’s memory. Choose it again."
OWN = "own-"
PICTURE = Control("picture", "", "A picture that a visitor has brought; else a scene is drawn.")
NUMBER = Control("scene", "Scene", "The seed of the drawn scene; the model was not trained on any of these.", 3,
                 range=SCENES)  # fmt: skip
THINGS = Control("things", "Things", "How many things are drawn.", 4, choices=(1, 2, 3, 4, 5))
QUESTION = Control("question", "Question", "What is asked, in the words that the model knows.", longest=120)


@dataclass(frozen=True)
class Shown:
    """A picture of 112 x 112 pixels, the scene where it was drawn here, and what may be asked."""

    picture: UInt8[np.ndarray, "row column channel"]
    drawn: Drawn | None
    own: str
    """Its name where it was brought."""
    offered: list[tuple[str, str]]
    """Questions with their true answers; of a picture that was brought without."""
    question: str
    note: str

    @property
    def truth(self) -> str:
        """The answer to the question, where it is one of those whose answer is known."""
        return dict(self.offered).get(self.question, "")


def shown(scene: Scene) -> Shown:
    """As the controls say."""
    import numpy as np

    from explorer.corpora.scenes.asked import KINDS, question
    from explorer.corpora.scenes.drawn import SIDE, pixels, scene_of
    from explorer.training.scenes_course import HELD
    from explorer.zoo.picture_file import read_picture

    files, asked = scene.files or {}, scene.text("picture")
    if asked in files:
        picture = np.asarray(read_picture(files[asked]).resize((SIDE, SIDE)))
        offered = [(each, "") for each in ("how many things ?", "where is the red circle ?", "is there a red circle ?",
                                           "describe")]  # fmt: skip
        return Shown(picture, None, asked, offered, scene.text("question") or offered[0][0], "")
    seed = HELD + scene.whole("scene")
    drawn = scene_of(seed, count=scene.whole("things"))
    made = [question(drawn, kind, np.random.default_rng([seed, at])) for at, kind in enumerate(KINDS)]
    offered = [(each.text, each.answer) for each in made if each is not None]
    note = FORGOTTEN if asked.startswith(OWN) else ""
    return Shown(pixels(drawn), drawn, "", offered, _spelled(scene.text("question")) or offered[0][0], note)


def _spelled(text: str) -> str:
    """As the rules spell it."""
    return " ".join(text.lower().replace("?", " ? ").split())
