"""The vision encoder and the speech model: tiny ones of random weights, pictures, recordings."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from explorer.errors import (
    BadRequestError,
)
from explorer.zoo.companions import open_card
from explorer.zoo.dinov2_files import dinov2_weights
from explorer.zoo.graph_file import Graph, Node
from explorer.zoo.moonshine_files import read_pieces
from explorer.zoo.safetensors_folder import write_folder
from explorer.zoo.speech_model import SpeechModel, mono, read_wav, resampled
from explorer.zoo.vision_encoder import VisionEncoder, picture_of, sample_pictures
from tests.zoo.test_companions import card_of

# ---- the vision encoder ----------------------------------------------------------------------------------------------


def exported(theirs: Any) -> Graph:
    """As the exporter leaves it: transposed matrices under numbers, the positions cut in two."""
    graph = Graph()
    old = {"q_proj": "attention.query", "k_proj": "attention.key", "v_proj": "attention.value"}
    for number, (name, tensor) in enumerate(theirs.state_dict().items()):
        for new, was in (*old.items(), ("o_proj", "output.dense")):
            name = name.replace(f"attention.{new}", f"attention.{was}")
        array = tensor.numpy()
        if "encoder" in name and array.ndim == 2:
            graph.constants[f"onnx::MatMul_{number}"] = np.ascontiguousarray(array.T)
            path = "/backbone/" + name.removesuffix(".weight").replace(".", "/") + "/MatMul"
            graph.nodes.append(Node(path, "MatMul", ("x", f"onnx::MatMul_{number}")))
        elif "position" in name:
            graph.constants["onnx::Concat_1"], graph.constants["onnx::Reshape_2"] = array[:, :1], array[:, 1:]
        elif "mask_token" not in name:
            graph.constants[f"backbone.{name}"] = array
    graph.constants["decoder.conv.weight"] = np.zeros((2, 2), np.float32)
    return graph


@pytest.fixture(scope="module")
def dino_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from transformers import Dinov2Config, Dinov2Model

    config = Dinov2Config(hidden_size=128, num_hidden_layers=2, num_attention_heads=2, image_size=56)
    with torch.random.fork_rng():
        torch.manual_seed(0)
        theirs = Dinov2Model(config)
    folder = tmp_path_factory.mktemp("dino")
    write_folder(folder, *dinov2_weights(exported(theirs)))
    again = Dinov2Model.from_pretrained(folder)
    for (name, before), after in zip(theirs.state_dict().items(), again.state_dict().values(), strict=True):
        assert torch.equal(before, after), name
    return folder


def test_the_folder_of_an_exported_graph_is_the_model(dino_folder: Path) -> None:
    from transformers import Dinov2Model

    seer = open_card(card_of(dino_folder, "vision"))
    assert isinstance(seer, VisionEncoder)
    view = seer.look(sample_pictures()["cat"], size=42)
    with torch.inference_mode():
        expected = Dinov2Model.from_pretrained(dino_folder).eval()(view.picture.pixels).last_hidden_state
    assert float((view.looked.states - expected).abs().max()) < 1e-5
    assert view.looked.grid == (3, 3)
    for size in (50, 0, 532):
        with pytest.raises(BadRequestError, match="multiple of 14"):
            seer.look(sample_pictures()["cat"], size)


@pytest.mark.parametrize("name", sample_pictures())
def test_pictures_are_prepared_as_for_dinov2(name: str) -> None:
    from PIL import Image
    from transformers import BitImageProcessorPil

    processor: Any = BitImageProcessorPil(
        size={"shortest_edge": 256}, crop_size={"height": 224, "width": 224},
        image_mean=[0.485, 0.456, 0.406], image_std=[0.229, 0.224, 0.225],
    )  # fmt: skip
    whole = Image.open(sample_pictures()[name])
    for image in (whole, whole.crop((0, 0, whole.width, whole.height // 2 + 3))):
        expected = processor(images=image, return_tensors="pt")["pixel_values"]
        made = picture_of(image)
        assert made.shown.shape == (224, 224, 3)
        assert float((made.pixels - expected).abs().max()) < 1e-5
    assert torch.equal(picture_of(np.asarray(whole)).pixels, picture_of(whole).pixels)


def test_sample_pictures_are_small_and_have_a_licence() -> None:
    said = (next(iter(sample_pictures().values())).parent / "LICENCES.txt").read_text()
    assert len(sample_pictures()) >= 3
    for path in sample_pictures().values():
        assert path.stat().st_size < 60_000
        assert path.name in said


def test_no_picture(tmp_path: Path) -> None:
    path = tmp_path / "p.png"
    path.write_bytes(b"no picture")
    for image in (path, tmp_path / "none.png", np.zeros((3, 4, 5, 6), np.uint8)):
        with pytest.raises(BadRequestError, match="not a readable picture"):
            picture_of(image)


# ---- speech ----------------------------------------------------------------------------------------------------------


def random_listener(folder: Path) -> SpeechModel:
    """A Moonshine of random weights, whose tokens are w1, x2, ..."""
    from transformers import MoonshineConfig, MoonshineForConditionalGeneration

    config = MoonshineConfig(
        vocab_size=40, hidden_size=32, intermediate_size=48, encoder_num_hidden_layers=2, decoder_num_hidden_layers=3,
        encoder_num_attention_heads=4, decoder_num_attention_heads=4, pad_head_dim_to_multiple_of=None,
    )  # fmt: skip
    with torch.random.fork_rng():
        torch.manual_seed(1)
        MoonshineForConditionalGeneration(config).save_pretrained(folder)
    pieces = [b"<unk>", b"<s>", b"</s>", *(f"▁w{i}".encode() if i % 2 else f"x{i}".encode() for i in range(37))]
    (folder / "tokenizer.bin").write_bytes(b"".join(bytes([len(piece)]) + piece for piece in pieces))
    opened = open_card(card_of(folder, "speech"))
    assert isinstance(opened, SpeechModel)
    return opened


@pytest.fixture(scope="module")
def listener(tmp_path_factory: pytest.TempPathFactory) -> SpeechModel:
    return random_listener(tmp_path_factory.mktemp("moonshine"))


def test_hearing(listener: SpeechModel) -> None:
    noise = np.random.default_rng(0).normal(0, 0.1, 24_000).astype(np.float32)
    heard = listener.hear((16_000, noise))
    assert heard.seconds == 1.5
    n, frames = len(heard.tokens), heard.cross.shape[-1]
    assert heard.cross.shape[:3] == (3, 4, n)
    assert heard.encoder_pattern.shape == (2, 4, frames, frames)
    assert float((heard.cross.sum(-1) - 1).abs().max()) < 1e-5
    assert heard.word_attention.shape == (len(heard.words), frames)
    every = heard.by_word(heard.cross)
    assert every.shape == (3, 4, len(heard.words), frames)
    best = torch.stack([every[at] for at in heard.alignment_heads]).mean(0)
    assert torch.allclose(best, heard.word_attention)
    assert heard.otherwise == 0
    assert all(0 < at < heard.seconds for at in heard.word_seconds)
    assert heard.frame_seconds[1] - heard.frame_seconds[0] == pytest.approx(0.024)
    assert [w.first for w in heard.words] == [0, *(w.last + 1 for w in heard.words[:-1])]
    assert heard.words[-1].last == n - 1
    # Other channels, rates and widths of the same noise are heard alike.
    whole = (np.stack([noise, noise], 1) * 32767).astype(np.int16)
    assert listener.hear((16_000, whole)).tokens == heard.tokens


def test_what_cannot_be_heard(listener: SpeechModel, tmp_path: Path) -> None:
    for samples in (np.zeros(16_000, np.float32), np.ones(800, np.float32), np.ones(31 * 16_000, np.float32)):
        with pytest.raises(BadRequestError, match="recording"):
            listener.hear((16_000, samples))
    path = tmp_path / "x.wav"
    path.write_bytes(b"RIFF no wave")
    with pytest.raises(BadRequestError, match=r"x\.wav"):
        listener.hear(path)


@pytest.mark.parametrize(("dtype", "width"), [(np.uint8, 1), (np.int16, 2), (np.int32, 4)])
def test_wav_files(dtype: Any, width: int, tmp_path: Path) -> None:
    import wave

    info = np.iinfo(dtype)
    samples = np.array([[info.min, info.max], [info.max, info.max]], dtype)
    with wave.open(str(tmp_path / "s.wav"), "wb") as stream:
        stream.setparams((2, width, 8000, 0, "NONE", ""))
        stream.writeframes(samples.tobytes())
    rate, read = read_wav(tmp_path / "s.wav")
    assert rate == 8000
    assert mono(read) == pytest.approx([0, 1], abs=0.01)


def test_a_tone_above_hearing_is_not_folded_down() -> None:
    seconds = np.arange(48_000) / 48_000
    swell = np.sin(np.pi * seconds) ** 2  # a tone that begins at once is a click too, which is heard
    low = (swell * np.sin(2 * np.pi * 500 * seconds)).astype(np.float32)
    both = low + (swell * np.sin(2 * np.pi * 15_000 * seconds)).astype(np.float32)
    assert float(np.abs(resampled(both, 48_000) - resampled(low, 48_000)).max()) < 1e-4


@pytest.mark.parametrize("rate", [8_000, 11_025, 22_050, 44_100, 48_000, 96_000])
def test_resampling_is_the_spectrum_cut_or_filled_up(rate: int) -> None:
    """Noise that both rates can hold, swelling and fading: an inverse transform of the right length says the same."""
    rng = np.random.default_rng(rate)
    spectrum = np.zeros(rate // 2 + 1, complex)
    spectrum[20:3_000] = rng.normal(size=2_980) + 1j * rng.normal(size=2_980)
    noise = np.fft.irfft(spectrum, rate) * np.sin(np.pi * np.arange(rate) / rate) ** 2
    noise = (noise / np.abs(noise).max()).astype(np.float32)
    expected = np.fft.irfft(np.fft.rfft(noise), 16_000) * (16_000 / rate)
    made = resampled(noise, rate)
    assert made.dtype == np.float32
    assert made.shape == (16_000,)
    assert float(np.abs(made - expected).max()) < 1e-4


def test_a_rate_that_is_none_makes_no_long_recording(listener: SpeechModel) -> None:
    for rate in (0, -1, 1):  # 24,000 samples at one a second would become 384 million
        with pytest.raises(BadRequestError, match="recording"):
            listener.hear((rate, np.ones(24_000, np.float32)))


def test_lengths_of_two_bytes(tmp_path: Path) -> None:
    path = tmp_path / "tokenizer.bin"
    path.write_bytes(b"\x01a" + b"\x80\x02" + b"b" * 256 + b"\x00")
    assert read_pieces(path) == [b"a", b"b" * 256, b""]
