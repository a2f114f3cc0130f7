"""The training of the model of scenes: what counts as a target, the same batch again, and the folder read back."""

from __future__ import annotations

from dataclasses import replace

import torch

from explorer import zoo
from explorer.corpora.scenes.asked import ANSWERS, DESCRIBE, WORDS
from explorer.corpora.scenes.drawn import scene_of
from explorer.stack.frontier.vision_language.model import VisionLanguage
from explorer.stack.pretraining.train import Settings, train
from explorer.training import scenes_course, scenes_recipe
from explorer.training.scenes_course import HELD, SceneCourse, Seen, answered, items
from explorer.zoo.card import shelf_folder
from explorer.zoo.companions import companion
from explorer.zoo.scene_reader import IMAGE_ID, SceneReader, read_config, write_config

RECIPE = scenes_recipe.read(shelf_folder() / "scenes" / scenes_recipe.FILE)


def drawn(first: int, count: int) -> Seen:
    """Scenes with patches of noise: no encoder is asked."""
    noise = torch.randn(count, 8, 8, 384, generator=torch.Generator().manual_seed(first))
    return Seen([scene_of(first + each) for each in range(count)], noise.half())


def course(n_tokens: int = 16) -> SceneCourse:
    small = RECIPE.model_copy(update={"optimiser": RECIPE.optimiser.model_copy(update={"rows": 4})})
    return SceneCourse(small, drawn(0, 12), drawn(HELD, 6), 5, n_tokens)


def test_answers_and_captions_are_the_only_targets() -> None:
    made, again = course().batch(3), course().batch(3)
    assert torch.equal(made.ids, again.ids)
    assert not torch.equal(made.ids, course().batch(4).ids[:, : made.ids.shape[1]])
    for ids, wanted in zip(made.ids.tolist(), made.targets.tolist(), strict=True):
        assert ids.count(IMAGE_ID) == 16
        described = ids.index(WORDS.index(DESCRIBE))
        for at, target in enumerate(wanted[:described]):
            if target != -100:
                assert WORDS[target] in ANSWERS
                assert (ids[at], ids[at + 1]) == (WORDS.index("?"), target)
        end = described + wanted[described:].index(WORDS.index("."))
        assert wanted[described : end + 1] == ids[described + 1 : end + 2]
        assert set(wanted[end + 1 :]) <= {-100}


def test_a_few_steps_of_a_shuffling_model() -> None:
    config = RECIPE.model.config("shuffle", 384, 14)
    config = replace(
        config, decoder=replace(config.decoder, n_layers=1, d_model=32, d_head=8, d_mlp=32, rope=None, windows=())
    )
    model = VisionLanguage(config).initialise(torch.Generator().manual_seed(0))
    progress = train(model, course(), Settings(RECIPE.optimiser.schedule(60), 100, evaluate_every=60), until=6)
    assert progress.curve[-1].losses["lm"] < progress.curve[0].losses["lm"]
    held = course().held
    shares = answered(model, held.patches, items(held.scenes, HELD))
    torch.testing.assert_close(shares.sum(1), torch.ones(len(shares)))


def test_one_question_is_answered_alike_alone_and_among_others() -> None:
    reader = companion("scenes")
    assert isinstance(reader, SceneReader)
    held = course().held
    asked = items(held.scenes, HELD)[:9]
    together = answered(reader.model, held.patches, asked)
    for at, item in enumerate(asked):
        alone = reader.model(reader.ids(item.question.text), held.patches[item.scene][None].float())[0, -1]
        torch.testing.assert_close(together[at], alone.softmax(-1), atol=1e-5, rtol=1e-4)


def test_the_folder_and_its_card() -> None:
    reader, card = companion("scenes"), zoo.find("scenes")
    assert isinstance(reader, SceneReader)
    assert card.kind == "vision-language"
    assert sum(each.numel() for each in reader.model.parameters()) == card.parameters
    assert read_config(write_config(reader.model.config)) == reader.model.config
    assert reader.block == RECIPE.data.block
    assert HELD + RECIPE.data.held_out < scenes_course.STRANGE
