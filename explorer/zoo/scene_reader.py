"""The small vision-language model that reads drawn scenes: connector and decoder, on another model's patches."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from jaxtyping import Float, UInt8
from torch import Tensor

from explorer.corpora.scenes.asked import IMAGE, START, WORDS, encode
from explorer.corpora.scenes.drawn import SIDE
from explorer.stack.architectures.vision_transformer import VisionTransformer
from explorer.stack.embeddings.rope import RopeConfig
from explorer.stack.frontier.vision_language.interleaving import expanded
from explorer.stack.frontier.vision_language.model import VisionLanguage, VisionLanguageConfig
from explorer.stack.transformer.config import DecoderConfig
from explorer.zoo.card import Card
from explorer.zoo.vision_encoder import DEVIATION, MEAN, VisionEncoder

CONFIG, WEIGHTS = "config.json", "model.safetensors"
IMAGE_ID = WORDS.index(IMAGE)


@dataclass(frozen=True, eq=False)
class SceneReader:
    """A model of kind “vision-language”."""

    card: Card
    model: VisionLanguage
    block: int
    """Of the encoder: its stream behind so many blocks is read."""
    words: tuple[str, ...] = WORDS
    """What it reads and writes; the first are always those of the scenes."""

    @classmethod
    def open(cls, card: Card, folder: Path) -> SceneReader:
        """From a folder that `write` made; weights become float32."""
        from safetensors.torch import load_file

        said = json.loads((folder / CONFIG).read_text(encoding="utf-8"))
        words = tuple(said["words"])
        if words[: len(WORDS)] != WORDS:
            raise ValueError("the words of the model are others than those of the rules")
        model = VisionLanguage(read_config(said["model"]))
        state = {name: tensor.float() for name, tensor in load_file(folder / WEIGHTS, backend="pread").items()}
        model.load_state_dict(state | {"decoder.unembed.weight": state["decoder.embed.weight"]})
        return cls(card, model.eval().requires_grad_(False), said["block"], WORDS if words == WORDS else words)

    def ids(self, text: str) -> Tensor:
        """Start, the picture's places, and the words. Raises BadRequestError for an unknown word."""
        return torch.tensor([prompt(text, self.model.config.n_tokens, self.words)])

    def patches(self, eye: VisionEncoder, picture: UInt8[np.ndarray, "height width channel"]) -> Tensor:
        """What the encoder sees in a picture of 112 x 112 pixels."""
        with torch.inference_mode():
            return seen(eye.model, picture[None], self.block)


def prompt(text: str, n_tokens: int, known: tuple[str, ...] = WORDS) -> list[int]:
    """The ids of a text about a picture that takes so many places."""
    return [*expanded([WORDS.index(START), IMAGE_ID], IMAGE_ID, n_tokens), *encode(text, known)]


def scaled(pictures: UInt8[np.ndarray, "batch height width channel"]) -> Float[Tensor, "batch channel height width"]:
    """As the encoder takes them."""
    shares = (pictures.astype(np.float32) / 255 - np.array(MEAN, np.float32)) / np.array(DEVIATION, np.float32)
    return torch.from_numpy(np.ascontiguousarray(shares.transpose(0, 3, 1, 2)))


def seen(
    eye: VisionTransformer, pictures: UInt8[np.ndarray, "batch height width channel"], block: int
) -> Float[Tensor, "batch row column d_vision"]:
    """The patches' stream behind that many blocks, each vector with mean 0 and deviation 1."""
    stream = eye.streams(scaled(pictures), block)[-1][:, 1:]  # batch patch d_vision
    side = SIDE // eye.config.patch
    return F.layer_norm(stream, stream.shape[-1:]).unflatten(1, (side, side))


def write_config(config: VisionLanguageConfig) -> dict[str, object]:
    """The settings as JSON has them."""
    fields = asdict(config)
    fields["decoder"] = {name: fields["decoder"][name] for name in SIZES}
    return fields


def read_config(fields: dict[str, object]) -> VisionLanguageConfig:
    """The other way round."""
    sizes = fields["decoder"]
    assert isinstance(sizes, dict)
    decoder = DecoderConfig(**sizes, rope=RopeConfig(d_head=sizes["d_head"]))
    return VisionLanguageConfig(**{**fields, "decoder": decoder})  # pyright: ignore[reportArgumentType]


#: What of the decoder's config is not a Llama's usual.
SIZES = ("n_layers", "d_model", "n_heads", "n_kv_heads", "d_head", "d_mlp", "d_vocab", "n_ctx")
