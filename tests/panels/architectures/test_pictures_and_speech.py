"""Pictures and speech: what is shown needs no model but the companion; each check fails when its subject is broken."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from explorer.experiments.architectures import sound_removed
from explorer.figures.architectures import pictures_and_speech as figure
from explorer.figures.payload import pack
from explorer.panels.architectures.pictures_and_speech import PANEL
from explorer.panels.protocol import Check
from explorer.panels.scene import Scene
from explorer.stack.architectures import vision_transformer
from explorer.zoo.speech_model import Heard, SpeechModel
from tests.zoo.test_companions_seen_and_heard import random_listener


@dataclass(frozen=True)
class Listening(Scene):
    """With a listener of random weights."""

    ear: SpeechModel | None = None

    def companion(self, name: str, kind: type) -> Any:
        return self.ear if name == "moonshine-tiny" else super().companion(name, kind)


@pytest.fixture(scope="module")
def listening(tmp_path_factory: pytest.TempPathFactory) -> Scene:
    import wave

    folder: Path = tmp_path_factory.mktemp("moonshine")
    ear = random_listener(folder)
    noise = np.random.default_rng(0).normal(0, 3000, 24_000).astype(np.int16)
    with wave.open(str(folder / "sample.wav"), "wb") as stream:
        stream.setparams((1, 2, 16_000, 0, "NONE", ""))
        stream.writeframes(noise.tobytes())
    return Listening(ear=replace(ear, sample=folder / "sample.wav"))


def check(view: str, of: Scene, words: str) -> Check:
    *_, made = PANEL.results(view, of)
    [found] = [one for one in made.checks if words in one.statement]
    return found


def test_neither_reads_a_run() -> None:
    assert {PANEL.reads(view) for view in PANEL.views} == {"nothing"}


def test_the_picture_in_patches() -> None:
    made = PANEL.render("patches", Scene(controls={"layer": "3"}))
    assert made.checks
    assert all(each.holds for each in made.checks), made.checks
    assert made.data.layer == 3
    pack(made.data)


def test_all_heads_of_the_speech_are_shown(listening: Scene) -> None:
    made = PANEL.render("speech", listening)
    assert all(each.holds for each in made.checks), made.checks
    layers, heads, words, frames = made.data.heads.shape
    assert (layers, heads) == (3, 4) == tuple(made.data.forward.shape)
    assert words == len(made.data.words)
    assert frames == len(made.data.frame_seconds)
    shares = (made.data.heads.float() / 255).square().sum(-1)
    assert float((shares - 1).abs().max()) < 0.1  # bytes
    pack(made.data)


def test_words_read_and_need_stretches_of_the_sound(listening: Scene) -> None:
    of = replace(listening, controls={"stretches": "8"})
    parts = [made.data for made in PANEL.results("stretches", of)]
    assert [part.done for part in parts] == [4, 8]
    assert parts[0].silenced[:, 4:].isnan().all()
    assert torch.equal(parts[0].silenced[:, :4], parts[1].silenced[:, :4])
    layers, heads, words, stretches = parts[1].shares.shape
    assert (layers, heads, stretches) == (3, 4, 8)
    assert parts[1].silenced.shape == parts[1].replaced.shape == (words, 8)
    assert not parts[1].replaced.isnan().any()
    pack(parts[1])


def test_masked_pairs_by_hand() -> None:
    patterns = torch.tensor([[[[0.5, 0.5], [0.0, 1.0]]], [[[1.0, 0.0], [0.0, 1.0]]]])  # layer head query key
    assert figure.masked(patterns) == 1


# ---- each check fails when its subject is broken ---------------------------------------------------------------------


@pytest.mark.breaks("pictures_and_speech.patches", r"or one convolution over the picture")
def test_patches_in_another_order(monkeypatch: pytest.MonkeyPatch) -> None:
    plain = vision_transformer.patches_of
    monkeypatch.setattr(vision_transformer, "patches_of", lambda *given: plain(*given).roll(1, 1))
    assert not check("patches", Scene(), "one convolution").holds


@pytest.mark.breaks("pictures_and_speech.patches", r"that are masked$")
def test_a_mask_in_a_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    plain = vision_transformer.VisionTransformer.look

    def causal(self: Any, pixels: torch.Tensor) -> vision_transformer.Looked:
        made = plain(self, pixels)
        return replace(made, patterns=made.patterns.tril())

    monkeypatch.setattr(vision_transformer.VisionTransformer, "look", causal)
    assert not check("patches", Scene(), "that are masked").holds


@pytest.mark.breaks("pictures_and_speech.stretches", r"^Stretch 3 silenced among others")
def test_silence_in_another_stretch(listening: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = sound_removed.silenced
    monkeypatch.setattr(sound_removed, "silenced", lambda *given: plain(*given).roll(1, 0))
    assert not check("stretches", replace(listening, controls={"stretches": "8"}), "silenced among others").holds


@pytest.mark.breaks("pictures_and_speech.stretches", r"^A word’s attention on all stretches adds up to 1")
def test_frames_that_are_left_out(listening: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = Heard.by_word

    def deaf(self: Heard, looks: torch.Tensor) -> torch.Tensor:
        made = plain(self, looks).clone()
        made[..., :5] = 0
        return made

    monkeypatch.setattr(Heard, "by_word", deaf)
    assert not check("stretches", replace(listening, controls={"stretches": "8"}), "adds up to 1").holds


@pytest.mark.breaks("pictures_and_speech.speech", r"^One pass, which gives the attention, agrees with the")
def test_attention_of_another_recording(listening: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    model: Any = listening.companion("moonshine-tiny", SpeechModel).model
    plain = type(model).forward

    def deaf(self: Any, *given: Any, **named: Any) -> Any:
        made = plain(self, *given, **named)
        if named.get("output_attentions"):
            made.logits = made.logits.roll(1, -1)
        return made

    monkeypatch.setattr(type(model), "forward", deaf)
    assert not check("speech", listening, "One pass, which gives the attention").holds
