"""Pictures and speech: the encoder on patches of a picture, and the encoder-decoder that listens."""

from __future__ import annotations

import base64
import io
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from explorer.figures.architectures import pictures_and_speech as figure
from explorer.figures.architectures import three_shapes
from explorer.panels.protocol import Check, Rendered, Scene
from explorer.zoo.vision_encoder import sample_pictures

EYE, EAR = "dinov2-small", "moonshine-tiny"
#: Bars of the waveform.
BINS = 900


def patches(scene: Scene) -> Rendered:
    samples = sample_pictures()
    eye = scene.companion(EYE)
    chosen = scene.choice("picture", next(iter(samples)), samples)
    view = eye.look(samples[chosen])
    seen, pixels = view.looked, view.picture.pixels[0]
    n_layers = len(seen.patterns)
    layer = scene.number("layer", n_layers - 1, 0, n_layers - 1)
    pattern = seen.patterns[layer, 0]
    data = {
        "pictures": list(samples), "picture": chosen, "title": eye.card.title,
        "image": _data_url(view.picture.shown),
        "grid": list(seen.grid), "layer": layer, "n_layers": n_layers, "patch": eye.model.config.patch,
        "pattern": three_shapes.roots(pattern), "alike": figure.alike(seen.states[0]),
        "ahead": three_shapes.ahead_share(pattern),
    }  # fmt: skip
    size = eye.model.config.patch
    checks = (
        Check(
            f"{pattern.shape[-1] - 1} patches, put together, are the picture",
            figure.cutting_error(pixels, size, seen.grid), 0.0, "largest error",
        ),
        Check("Each row of attention adds up to 1", three_shapes.rows_error(seen.patterns), 1e-5, "largest error"),
    )  # fmt: skip
    return Rendered(data, checks)


def _data_url(picture: np.ndarray) -> str:
    """A picture as the page can show it."""
    file = io.BytesIO()
    Image.fromarray(picture).save(file, "JPEG", quality=88)
    return "data:image/jpeg;base64," + base64.b64encode(file.getvalue()).decode()


def _sound(recording: Path) -> str:
    return "data:audio/wav;base64," + base64.b64encode(recording.read_bytes()).decode()


def speech(scene: Scene) -> Rendered:
    ear = scene.companion(EAR)
    heard = ear.hear(ear.sample)
    frames = heard.word_attention
    data = {
        "title": ear.card.title, "sound": _sound(ear.sample), "seconds": heard.seconds,
        "peaks": figure.peaks(torch.from_numpy(heard.samples), BINS),
        "words": [word.text for word in heard.words], "at": list(heard.word_seconds),
        "attention": frames, "frame_seconds": heard.frame_seconds, "text": heard.text,
    }  # fmt: skip
    check = Check(
        "Each word's shares of the frames add up to 1", three_shapes.rows_error(frames), 1e-4, "largest error"
    )
    return Rendered(data, (check,))
