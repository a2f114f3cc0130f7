"""A picture and a question read by the small vision-language model: answers, image tokens by depth, causes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float, Int, UInt8
from torch import Tensor

from explorer.corpora.scenes.drawn import SIDE, Scene, masks, on_patches, pixels
from explorer.fetching.progress import Progress, silent
from explorer.stack.frontier.vision_language.model import Read
from explorer.zoo.scene_reader import IMAGE_ID, SceneReader
from explorer.zoo.vision_encoder import VisionEncoder

#: Random choices of patches that stand beside the chosen ones.
PLACEBOS = 24
#: Grey of the page on which nothing is drawn.
BLANK = 236
#: Texts in one pass.
AT_ONCE = 64


@dataclass(frozen=True, eq=False)
class Asked:
    """A picture, a question, and what the model makes of both."""

    picture: UInt8[np.ndarray, "height width channel"]
    scene: Scene | None
    """Where the picture was drawn here."""
    text: str
    ids: Int[Tensor, "1 pos"]
    patches: Float[Tensor, "1 row column d_vision"]
    blank: Float[Tensor, "1 row column d_vision"]
    """What the encoder sees on an empty page."""
    read: Read

    @property
    def places(self) -> Int[Tensor, " token"]:
        """Positions of the image tokens."""
        return (self.ids[0] == IMAGE_ID).nonzero().flatten()

    @property
    def said(self) -> Int[Tensor, " word"]:
        """Positions of the question's words; at the last the answer is written."""
        return torch.arange(int(self.places[-1]) + 1, self.ids.shape[1])

    @property
    def shares(self) -> Float[Tensor, " d_vocab"]:
        """The distribution over the answer."""
        return self.read.logits[0, -1].softmax(-1)

    @property
    def answer(self) -> int:
        return int(self.shares.argmax())


def ask(reader: SceneReader, eye: VisionEncoder, picture: np.ndarray, text: str, scene: Scene | None = None) -> Asked:
    """Raises BadRequestError for a word that the model does not know."""
    ids = reader.ids(text)
    seen = reader.patches(eye, picture)
    blank = reader.patches(eye, np.full((SIDE, SIDE, 3), BLANK, np.uint8))
    with torch.inference_mode():
        return Asked(picture, scene, text, ids, seen, blank, reader.model.read(ids, seen))


def without_picture(reader: SceneReader, asked: Asked) -> Float[Tensor, " d_vocab"]:
    """The distribution over the answer about an empty page."""
    with torch.inference_mode():
        return reader.model(asked.ids, asked.blank)[0, -1].softmax(-1)


def drawn_on(asked: Asked) -> list[tuple[str, str, list[int]]]:
    """Of each thing: its colour, its shape, and the patches that it touches where it is seen."""
    if asked.scene is None:
        return []
    rows = asked.patches.shape[1]
    seen = masks(asked.scene, SIDE)
    found = []
    for at, thing in enumerate(asked.scene.things):
        own = seen[at] & ~seen[at + 1 :].any(0)
        found.append((thing.colour, thing.shape, np.flatnonzero(on_patches(own, SIDE // rows)).tolist()))
    return found


# ---- image tokens by depth -------------------------------------------------------------------------------------------


def lens(reader: SceneReader, asked: Asked) -> Float[Tensor, "depth token d_vocab"]:
    """What the unembedding reads at each image token, by depth (logit lens)."""
    with torch.inference_mode():
        at_tokens = asked.read.hidden[:, 0, asked.places]  # depth token d_model
        return reader.model.decoder.unembedded(at_tokens).softmax(-1)


# ---- attention and causes --------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Causes:
    """What the answer reads, and what it depends on."""

    attention: Float[Tensor, "word layer head token"]
    """From each word of the question; the last is the place that writes the answer."""
    effect: Float[Tensor, " token"]
    """Nats that the answer loses where one patch is that of an empty page."""
    counts: list[int]
    """Patches taken away together."""
    by_attention: list[float]
    """Probability of the answer without the patches that are read most."""
    by_effect: list[float]
    at_random: Float[Tensor, "draw count"]


def causes(reader: SceneReader, asked: Asked, seed: int = 0, progress: Progress = silent) -> Causes:
    """Attention, the effect of each patch, and both as an order in which patches are taken away."""
    n = len(asked.places)
    attention = on_picture(asked.read.patterns[:, 0], asked)
    progress("Taking patches away", 0, n)
    single = torch.eye(n, dtype=torch.bool)
    effect = asked.shares[asked.answer].log() - _left(reader, asked, single).log()
    progress("Taking patches away", n, n)
    counts = [0, *(1 << power for power in range(n.bit_length()) if 1 << power <= n)]
    draw = torch.Generator().manual_seed(seed)
    orders = [attention[-1].mean((0, 1)).argsort(descending=True), effect.argsort(descending=True)]
    orders += [torch.randperm(n, generator=draw) for _ in range(PLACEBOS)]
    taken = torch.stack([_first(order, count) for order in orders for count in counts])  # order*count token
    shares = _left(reader, asked, taken).view(len(orders), len(counts))
    return Causes(attention, effect, counts, shares[0].tolist(), shares[1].tolist(), shares[2:])


def on_picture(patterns: Float[Tensor, "layer head query key"], asked: Asked) -> Float[Tensor, "word layer head token"]:
    """What each word of the question reads of each image token."""
    return patterns[:, :, asked.said][..., asked.places].permute(2, 0, 1, 3)


def _first(order: Int[Tensor, " token"], count: int) -> Tensor:
    chosen = torch.zeros(len(order), dtype=torch.bool)
    chosen[order[:count]] = True
    return chosen


def removed(asked: Asked, taken: Tensor) -> Float[Tensor, "case row column d_vision"]:
    """The picture's patches; those taken away are an empty page's, at the same place. `taken`: case, patch."""
    rows, columns = asked.patches.shape[1:3]
    return torch.where(taken.view(-1, rows, columns, 1), asked.blank, asked.patches)


def _left(reader: SceneReader, asked: Asked, taken: Tensor) -> Float[Tensor, " case"]:
    """Probability of the answer, case by case."""
    found = []
    with torch.inference_mode():
        for part in removed(asked, taken).split(AT_ONCE):
            logits = reader.model(asked.ids.expand(len(part), -1), part)[:, -1]
            found.append(logits.softmax(-1)[:, asked.answer])
    return torch.cat(found)


# ---- what the checks compare with ------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Theirs:
    """The same by transformers' Llama, which is given the image tokens as input embeddings."""

    hidden: Float[Tensor, "depth pos d_model"]
    """The last is behind the final norm."""
    patterns: Float[Tensor, "layer head query key"]
    shares: Float[Tensor, " d_vocab"]


def of_transformers(reader: SceneReader, asked: Asked) -> Theirs:
    """Start, image tokens and words joined end to end, and read by another implementation."""
    from transformers import AutoConfig, LlamaForCausalLM

    from explorer.compat.transformers import without_weights

    decoder, n = reader.model.decoder, len(asked.places)
    config = AutoConfig.for_model(**decoder.hf_config())
    llama = without_weights(LlamaForCausalLM, config, torch.float32).eval()
    llama.load_state_dict(decoder.hf_state_dict(), strict=False)
    llama.tie_weights()
    with torch.inference_mode():
        words = llama.get_input_embeddings()(asked.ids[0])
        joined = torch.cat([words[:1], reader.model.image_tokens(asked.patches)[0], words[1 + n :]])
        made = llama(inputs_embeds=joined[None], output_hidden_states=True, output_attentions=True)
    return Theirs(torch.stack([each[0] for each in made.hidden_states]),
                  torch.stack([each[0] for each in made.attentions]), made.logits[0, -1].softmax(-1))  # fmt: skip


# ---- the held-out questions ------------------------------------------------------------------------------------------


def asked_again(reader: SceneReader, eye: VisionEncoder, scenes: list[Scene], texts: list[str]) -> list[str]:
    """What the model answers to a question about each scene, from the drawing on."""
    from explorer.zoo.scene_reader import seen

    with torch.inference_mode():
        patches = seen(eye.model, np.stack([pixels(scene) for scene in scenes]), reader.block)
        return [
            reader.words[int(reader.model(reader.ids(text), patches[at][None])[0, -1].argmax())]
            for at, text in enumerate(texts)
        ]


def described(reader: SceneReader, patches: Float[Tensor, "1 row column d_vision"], longest: int = 30) -> str:
    """The caption that the model writes, each time the likeliest word."""
    ids = reader.ids("describe")
    start = ids.shape[1]
    with torch.inference_mode():
        while ids.shape[1] < start + longest and reader.words[int(ids[0, -1])] != ".":
            ids = torch.cat([ids, reader.model(ids, patches)[:, -1:].argmax(-1)], 1)
    return " ".join(reader.words[each] for each in ids[0, start:].tolist())
