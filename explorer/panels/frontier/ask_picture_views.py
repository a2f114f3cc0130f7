"""Ask the picture: questions about a scene, the answer's distribution, and what the model gets wrong."""

from __future__ import annotations

import numpy as np

from explorer.corpora.scenes import emoji as pictures
from explorer.corpora.scenes.asked import caption
from explorer.experiments.frontier import emoji_kept, scenes_kept
from explorer.experiments.frontier import picture_words as experiment
from explorer.figures.frontier import emoji_asked
from explorer.figures.frontier import picture_words as figure
from explorer.panels.pictures_read import EYE, READER, asked_of, data_url
from explorer.panels.protocol import Check, Rendered
from explorer.panels.scene import Scene
from explorer.zoo.scene_reader import SceneReader
from explorer.zoo.vision_encoder import VisionEncoder

NEAR = 1e-4
#: Of the recorded questions, one in so many is asked again.
ONE_IN = 97


def ask(scene: Scene) -> Rendered[figure.PictureAnswer]:
    found = asked_of(scene)
    blank = experiment.without_picture(found.reader, found.asked)
    data = figure.PictureAnswer(
        pictured=found.pictured, answers=figure.answers(found.asked.shares, blank),
        caption=experiment.described(found.reader, found.asked.patches),
        true_caption=caption(found.asked.scene) if found.asked.scene is not None else "",
    )  # fmt: skip
    theirs = experiment.of_transformers(found.reader, found.asked).shares
    statement = "The answer’s distribution = transformers’ Llama on the image tokens as input embeddings"
    check = Check(statement, float((found.asked.shares - theirs).abs().max()), NEAR, "difference")
    return Rendered(data, (check,), note=found.note)


def mistakes(scene: Scene) -> Rendered[figure.Mistakes]:
    kept = scenes_kept.stored()
    eye, reader = scene.companion(EYE, VisionEncoder), scene.companion(READER, SceneReader)
    some = kept.answers[::ONE_IN]
    again = experiment.asked_again(reader, eye, [each.scene for each in some], [each.question for each in some])
    others = sum(said != each.said for said, each in zip(again, some, strict=True))
    statement = f"{len(some)} of {len(kept.answers)} recorded questions, drawn and asked again: the recorded answers"
    check = Check(statement, float(others), 0.0, "answers that differ")
    return Rendered(figure.mistakes(kept), (check,))


def emoji(scene: Scene) -> Rendered[emoji_asked.EmojiAsked]:
    eye, reader = scene.companion(EYE, VisionEncoder), scene.companion(emoji_kept.NAME, SceneReader)
    kept, seed, kind = emoji_kept.stored(), scene.whole("emoji"), scene.one_of("about")
    sort = pictures.SORTS[pictures.SORTS.index(scene.one_of("sort"))]
    shown = pictures.rendering_of(seed, sort)
    made = pictures.question(shown, kind, np.random.default_rng(seed))
    asking = made.text if made is not None else f"what {kind} is this ?" if kind != "presence" else "what is this ?"
    picture = pictures.pixels(shown)
    asked = experiment.ask(reader, eye, picture, asking)
    data = emoji_asked.emoji_asked(
        shown, image=data_url(picture), question=asking, answer=reader.words[asked.answer],
        truth=made.answer if made is not None else "",
        answers=figure.answers(asked.shares, experiment.without_picture(reader, asked), reader.words),
        caption=experiment.described(reader, asked.patches), kept=kept, alone=scenes_kept.stored().answers,
    )  # fmt: skip
    theirs = experiment.of_transformers(reader, asked).shares
    some = kept.answers[::ONE_IN]
    others = sum(said != each.said for said, each in zip(emoji_kept.asked_again(reader, eye, some), some, strict=True))
    checks = (
        Check("The answer’s distribution = transformers’ Llama on the image tokens as input embeddings",
              float((asked.shares - theirs).abs().max()), NEAR, "difference"),
        Check(f"{len(some)} of {len(kept.answers)} recorded questions about emoji, drawn and asked again: the recorded "
              "answers", float(others), 0.0, "answers that differ"),
    )  # fmt: skip
    return Rendered(data, checks)


def connectors(_: Scene) -> Rendered[figure.Connectors]:
    kept, built = scenes_kept.stored(), scenes_kept.built()
    recipe = scenes_kept.recipe()
    others = sum((each.image_tokens, each.parameters) != built[each.arm] for each in (kept.kept, *kept.compared))
    statement = "Image tokens and parameters of what was trained = those of the models built from the recipe"
    data = figure.connectors(kept.compared, built, recipe.compared.steps)
    return Rendered(data, (Check(statement, float(others), 0.0, "trainings that differ"),))
