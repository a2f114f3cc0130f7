"""What is trained over several processes: a decoder of the shelf, or a small one, and rows of text."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Literal

import torch
from jaxtyping import Int
from torch import Tensor

from explorer.corpora import passages
from explorer.experiments.shelf_course import DENSE, tokenizer_of
from explorer.experiments.systems.rank_process import Message
from explorer.stack.embeddings.rope import RopeConfig
from explorer.stack.transformer.config import DecoderConfig
from explorer.stack.transformer.decoder import Decoder

Name = Literal["dense", "mixture", "small"]
SHELF: dict[Name, str] = {"dense": DENSE, "mixture": "six-kinds-moe"}
#: Not trained; its vocabulary is the shelf's.
SMALL = DecoderConfig(2, 32, 4, 2, 8, 64, 6144, 256)


@dataclass(frozen=True, eq=False)
class Subject:
    """A decoder before its step, and the rows of the step."""

    title: str
    config: DecoderConfig
    weights: dict[str, Tensor]
    windows: Int[Tensor, "row pos"]

    def payload(self) -> Message:
        """As a rank is told it."""
        return {"config": asdict(self.config), "weights": self.weights, "windows": self.windows}

    @property
    def tokens(self) -> int:
        """That are predicted."""
        return self.windows[:, 1:].numel()


def subject(name: Name, rows: int, length: int) -> Subject:
    """`length` tokens a row are read, and one more is predicted."""
    windows = text_rows(rows, length)
    if name == "small":
        decoder, title = Decoder(SMALL).initialise(torch.Generator().manual_seed(0)), "a small decoder"
    else:
        from explorer import zoo

        model = zoo.load(SHELF[name])
        decoder, title = model.plain_decoder, model.card.title
    own = "unembed.weight" if decoder.config.tied else ""  # loaded weights that are one tensor are two parameters
    weights = {key: value.detach() for key, value in decoder.named_parameters() if key != own}
    return Subject(title, decoder.config, weights, windows)


def text_rows(rows: int, length: int) -> Int[Tensor, "row pos"]:
    """Rows of the passages, of all kinds in turn; from the beginning again where they end."""
    tokenizer = tokenizer_of(DENSE)
    excerpts = [text for several in zip(*(each.excerpts for each in passages.read()), strict=False) for text in several]
    ids = torch.tensor([token for each in excerpts for token in (0, *tokenizer.encode(each.text).ids)])
    needed = rows * (length + 1)
    return ids.repeat(-(-needed // len(ids)))[:needed].view(rows, length + 1).clone()


def config_of(told: Message) -> DecoderConfig:
    """The config from what `asdict` made of it."""
    ropes = {name: RopeConfig(**told[name]) for name in ("rope", "rope_local") if told[name] is not None}
    return DecoderConfig(**{**told, "windows": tuple(told["windows"]), **ropes})


def decoder_of(told: Message) -> Decoder:
    """A decoder with weights of its own."""
    decoder = Decoder(config_of(told["config"]))
    state = {name: weight.clone() for name, weight in told["weights"].items()}
    if decoder.config.tied:
        state["unembed.weight"] = state["embed.weight"]
    decoder.load_state_dict(state, assign=True)
    if decoder.config.tied:
        decoder.unembed.weight = decoder.embed.weight
    return decoder.requires_grad_()
