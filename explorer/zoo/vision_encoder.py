"""A vision transformer with what prepares a picture for it: one vector for the picture, one for each patch."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
from jaxtyping import Float, UInt8
from torch import Tensor

from explorer import places
from explorer.errors import BadRequestError
from explorer.stack.architectures.vision_transformer import Looked, VisionTransformer
from explorer.zoo.card import Card
from explorer.zoo.model_folder import read_config
from explorer.zoo.text_encoder import hf_config

if TYPE_CHECKING:
    from PIL.Image import Image

#: of ImageNet's pictures, colour by colour, in shares of full brightness
MEAN, DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
SIZE = 224
MARGIN = 256 / 224
"""The short side is made this much longer than what is cut out of the middle."""
LARGEST = 518
"""Pixels on a side: 37 x 37 patches, the size that DINOv2's positions were learned on."""
MAX_PIXELS = 50_000_000


@dataclass(frozen=True, eq=False)
class Picture:
    """A picture as the model gets it."""

    shown: UInt8[np.ndarray, "height width channel"]
    """The square that was cut out, for drawing."""
    pixels: Float[Tensor, "1 channel height width"]
    """(shown / 255 - mean) / deviation."""


@dataclass(frozen=True, eq=False)
class View:
    """A picture and what the model made of it."""

    picture: Picture
    looked: Looked


def picture_of(image: Image | Path | np.ndarray, size: int = SIZE) -> Picture:
    """Resize the short side to 8/7 of `size` (bicubic), cut the middle square out, normalise.

    Raises BadRequestError for what is no picture, or one of more than 50 million pixels.
    """
    from PIL import Image as Images
    from PIL import UnidentifiedImageError

    try:
        if isinstance(image, Path):
            image = Images.open(image)
        elif isinstance(image, np.ndarray):
            image = Images.fromarray(image)
        if image.width * image.height > MAX_PIXELS:
            raise BadRequestError(f"A picture of {image.width} x {image.height} pixels is too large.", "Make it small.")
        image = image.convert("RGB")
    except (UnidentifiedImageError, OSError, TypeError, ValueError, Images.DecompressionBombError) as error:
        raise BadRequestError(f"This is not a readable picture: {error}", "Give a PNG, JPEG or WebP.") from error
    short = round(size * MARGIN)
    width, height = (int(short * side / min(image.size)) for side in image.size)
    image = image.resize((width, height), Images.Resampling.BICUBIC)
    left, top = (width - size) // 2, (height - size) // 2
    shown = np.asarray(image.crop((left, top, left + size, top + size)))  # height width channel
    scaled = (shown.astype(np.float32) / 255 - np.array(MEAN, np.float32)) / np.array(DEVIATION, np.float32)
    return Picture(shown, torch.from_numpy(np.ascontiguousarray(scaled.transpose(2, 0, 1)))[None])


def sample_pictures() -> dict[str, Path]:
    """Small pictures that come with the explorer, by name."""
    folder = places.assets() / "samples"
    return {path.stem: path for path in sorted(folder.glob("*.jpg"))}


@dataclass(frozen=True, eq=False)
class VisionEncoder:
    """A model of kind “vision”."""

    card: Card
    model: VisionTransformer

    @classmethod
    def open(cls, card: Card, folder: Path) -> VisionEncoder:
        """From a folder in transformers' layout."""
        from safetensors.torch import load_file

        config = hf_config(read_config(folder))
        return cls(
            card, VisionTransformer.from_pretrained(config, load_file(folder / "model.safetensors", backend="pread"))
        )

    def look(self, image: Image | Path | np.ndarray, size: int = SIZE) -> View:
        """Every layer's states and patterns of the picture's middle square of `size` pixels, a multiple of 14.

        Raises BadRequestError for another size, or what is no picture.
        """
        patch = self.model.config.patch
        if size % patch or not patch <= size <= LARGEST:
            raise BadRequestError(f"A size is a multiple of {patch} up to {LARGEST}, not {size}.", f"Take {SIZE}.")
        picture = picture_of(image, size)
        with torch.inference_mode():
            return View(picture, self.model.look(picture.pixels))
