"""One text read by twins: models of one size, each trained under another objective for the same compute."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import torch
import torch.nn.functional as F
from jaxtyping import Bool, Float
from torch import Tensor

from explorer.errors import NotApplicableError
from explorer.stack.pretraining.objectives.drawn import drawn
from explorer.stack.pretraining.objectives.example import IGNORED, NOWHERE, Example
from explorer.stack.pretraining.objectives.twin import Twin, together
from explorer.training import recipe as recipes
from explorer.training import twins
from explorer.training.twins import Parts
from explorer.zoo.card import shelf_folder

if TYPE_CHECKING:
    from tokenizers import Tokenizer

NAME = "objective-twins"


def folder() -> Path:
    return shelf_folder() / NAME


@cache
def parts() -> Parts:
    return twins.parts_of(recipes.read(folder() / "recipe.toml"))


@cache
def names() -> tuple[str, ...]:
    said = parts().recipe.objectives
    assert said is not None
    return said.names


@cache
def twin(name: str) -> Twin:
    return parts().read(folder(), name)


@dataclass(frozen=True, kw_only=True)
class Run:
    """How a twin was trained, and where it ended."""

    name: str
    steps: int
    tokens: int
    """Read in training, those read again counted again."""
    targets: int
    """That gave a loss in training, of all heads."""
    flops: float
    parameters: int
    held_out: float
    """Nats a target of the first head."""
    curve: tuple[tuple[float, float], ...]
    """FLOP spent, and the loss on a part of what is held out."""
    sha256: str


@cache
def runs() -> tuple[Run, ...]:
    about = json.loads((folder() / twins.ABOUT).read_text(encoding="utf-8"))
    rows = parts().recipe.data.rows
    return tuple(
        Run(
            name=each["name"],
            steps=each["steps"],
            tokens=each["tokens"],
            targets=round(each["steps"] * rows * parts().counted(each["name"])),
            flops=each["flops"],
            parameters=each["parameters"],
            held_out=each["held_out_loss"]["mean"],
            curve=tuple((float(flops), float(loss)) for _, flops, loss in each["curve"]),
            sha256=each["sha256"],
        )
        for each in about["twins"]
    )


@cache
def tokenizer() -> Tokenizer:
    from tokenizers import Tokenizer

    return Tokenizer.from_file(str(folder() / "tokenizer.json"))


@dataclass(frozen=True, kw_only=True, eq=False)
class Read:
    """The text under one objective, and what its twin loses on it."""

    name: str
    example: Example
    nats: Float[Tensor, "head pos"]
    by_token: Float[Tensor, " token"]
    """Of the first head, by the place of what is predicted; NaN where a token is none."""
    hidden: Bool[Tensor, " token"]
    """Whether what is read lacks the token at its place; of span corruption, the source."""

    @property
    def heads(self) -> tuple[float, ...]:
        """The mean over the targets of each head; NaN without one."""
        return tuple(float(each.nanmean()) for each in self.nats)

    @property
    def marks(self) -> float:
        """The mean over targets that are marks; NaN without one."""
        return float(self.nats[0].where(self.example.wanted[0] == NOWHERE, torch.nan).nanmean())


def encode(text: str) -> tuple[list[int], int]:
    """As many tokens as a twin was trained on at once, and how many are left out."""
    ids = tokenizer().encode(text).ids
    return ids[: parts().n], max(len(ids) - parts().n, 0)


def read(ids: list[int], seed: int) -> list[Read]:
    """Raises NotApplicableError for fewer than two tokens, which no objective can part."""
    if len(ids) < 2:
        raise NotApplicableError("One token cannot be cut into a part that is read and a part that is predicted.",
                                 "Write a longer text.")  # fmt: skip
    return [_read(name, torch.tensor(ids), seed) for name in names()]


def _read(name: str, text: Tensor, seed: int) -> Read:
    generator = torch.Generator().manual_seed(seed)
    example = drawn(name, text, parts().marks, parts().settings, generator)
    nats = twin(name).nats(together([example]))[0]
    by_token = torch.full((len(text),), torch.nan)
    at = example.wanted[0] != NOWHERE
    by_token[example.wanted[0, at]] = nats[0, at]
    # The target of span corruption stands behind its source, in one row: it is read only when it is written.
    source = int((~example.counted[0]).sum()) if name == "spans" else len(example.inputs)
    places = example.places[:source]
    same = (places != NOWHERE) & (example.inputs[:source] == text[places.clamp(min=0)])
    hidden = torch.ones(len(text), dtype=torch.bool)
    hidden[places[same]] = False
    return Read(name=name, example=example, nats=nats, by_token=by_token, hidden=hidden)


def of_transformers(made: Read) -> float:
    """The mean loss of the first head by transformers' Llama, on the twin's weights under the example's mask; NaN
    without a target."""
    from transformers import AutoConfig, LlamaForCausalLM

    decoder, example = twin(made.name).decoder, made.example
    theirs = LlamaForCausalLM(AutoConfig.for_model(**decoder.hf_config())).eval()
    theirs.load_state_dict(decoder.hf_state_dict(), strict=False)
    theirs.tie_weights()
    added = torch.zeros(example.attends.shape).masked_fill(~example.attends, torch.finfo(torch.float32).min)
    with torch.inference_mode():
        logits = theirs(example.inputs[None], attention_mask=added[None, None]).logits[0]
    return float(F.cross_entropy(logits, example.targets[0], ignore_index=IGNORED))
