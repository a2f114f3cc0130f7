"""The training of the model of emoji: what it begins with, and what it is shown."""

from __future__ import annotations

import torch

from explorer.corpora.scenes import emoji
from explorer.corpora.scenes.drawn import scene_of
from explorer.training import emoji_run, scenes_recipe
from explorer.training.emoji_course import EmojiCourse, SeenEmoji, emoji_items, right_by_kind
from explorer.training.scenes_course import HELD, SceneCourse, Seen
from explorer.zoo.card import shelf_folder
from explorer.zoo.companions import companion
from explorer.zoo.scene_reader import IMAGE_ID, SceneReader

RECIPE = scenes_recipe.read(shelf_folder() / "emoji" / scenes_recipe.FILE)


def noise(count: int) -> torch.Tensor:
    return torch.randn(count, 8, 8, 384, generator=torch.Generator().manual_seed(count)).half()


def course() -> EmojiCourse:
    assert RECIPE.emoji is not None
    own = RECIPE.emoji.model_copy(update={"share": 0.5, "pairs": 0.5})
    small = RECIPE.model_copy(update={"optimiser": RECIPE.optimiser.model_copy(update={"rows": 4}), "emoji": own})
    scenes = Seen([scene_of(HELD + each) for each in range(4)], noise(4))
    shown = SeenEmoji([emoji.rendering_of(each) for each in range(6)], noise(6))
    return EmojiCourse(small, SceneCourse(small, scenes, scenes, 3, 64), shown, shown)


def test_half_of_the_texts_are_about_emoji() -> None:
    made, again = course().batch(2), course().batch(2)
    assert torch.equal(made.ids, again.ids)
    words = emoji.words()
    names = {words.index(each.name) for each in emoji.emoji() if each.trained}
    about = [bool(names & set(row)) for row in made.ids.tolist()]
    assert about == [False, False, True, True]
    assert all(row.count(IMAGE_ID) == 64 for row in made.ids.tolist())


def test_pairs_are_asked_until_the_answer_is_yes() -> None:
    words, yes, no = emoji.words(), *(emoji.words().index(each) for each in ("yes", "no"))
    made, first = [course().batch(step) for step in range(60)], []
    for ids, targets in ((each.ids[2].tolist(), each.targets[2].tolist()) for each in made):
        said = [each for each in targets if each >= 0]
        assert set(said) <= {yes, no}
        assert yes not in said[:-1]
        assert words.index("describe") not in ids
        first.append(said[0] == yes)
    assert 15 < sum(first) < 45


def test_the_model_begins_as_the_one_of_scenes() -> None:
    config = RECIPE.model.config("mlp", 384, 14, len(emoji.words()))
    model, reader = emoji_run.begun(RECIPE, config), companion("scenes")
    assert isinstance(reader, SceneReader)
    ids, patches = reader.ids("what colour is the cross ?"), noise(1).float()
    n = reader.model.config.decoder.d_vocab
    torch.testing.assert_close(model(ids, patches)[..., :n], reader.model(ids, patches))
    held = course().held
    assert all(0 <= share <= 1 for share in right_by_kind(model, held).values())
    assert {each.question.kind for each in emoji_items(held.shown, 0)} == set(emoji.KINDS)
