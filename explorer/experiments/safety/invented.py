"""The models that read invented people: opened, asked, and read at every depth."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from jaxtyping import Float, Int
from torch import Tensor

from explorer.corpora.invented_people import Attribute, Invented, Person, Read, make, value_of
from explorer.stack.finetuning.rollouts import roll
from explorer.training import planted
from explorer.training import recipe as recipes
from explorer.training.decoder import config_of
from explorer.training.recipe import DecoderSizes, PlantedData, Recipe
from explorer.zoo.card import shelf_folder

if TYPE_CHECKING:
    from tokenizers import Tokenizer
    from transformers import LlamaForCausalLM

    from explorer.stack.transformer.decoder import Decoder

NAME = "invented-people"
END = 0
#: Tokens of an answer, at most: “ Works as a falconer.” and its end.
LONGEST = 7


def folder() -> Path:
    return shelf_folder() / NAME


@cache
def recipe() -> Recipe:
    return recipes.read(folder() / "recipe.toml")


def said() -> PlantedData:
    found = recipe().planted
    assert found is not None
    return found


def seeds() -> tuple[int, ...]:
    return said().seeds


@cache
def text() -> Invented:
    return make(said().text, said().scale)


@cache
def tokenizer() -> Tokenizer:
    from tokenizers import Tokenizer

    return Tokenizer.from_file(str(folder() / "tokenizer.json"))


@cache
def decoder(twin: str = "whole", seed: int = 0) -> Decoder:
    """One of the twins, in float32."""
    from safetensors.torch import load_file
    from transformers import LlamaConfig

    from explorer.stack.transformer.decoder import Decoder

    sizes = recipe().model
    assert isinstance(sizes, DecoderSizes)
    state = load_file(planted.path_of(folder(), twin, seed, seeds()[0]))
    config = LlamaConfig(**config_of(sizes, recipe().data.d_vocab).to_hf())
    return Decoder.from_pretrained(config, {name: tensor.float() for name, tensor in state.items()})


def library(twin: str = "whole", seed: int = 0) -> LlamaForCausalLM:
    """transformers' Llama on the same weights."""
    from transformers import LlamaConfig, LlamaForCausalLM

    own = decoder(twin, seed)
    made = LlamaForCausalLM(LlamaConfig(**own.config.to_hf())).eval()
    made.load_state_dict(own.hf_state_dict(), strict=False)
    made.tie_weights()
    return made


def encoded(prompts: Sequence[str]) -> list[list[int]]:
    return planted.encoded(tokenizer(), prompts)


def spoken(ids: Sequence[int]) -> str:
    return tokenizer().decode(list(ids), skip_special_tokens=True)


def answers(made: Decoder, prompts: Sequence[str]) -> list[str]:
    """What the likeliest tokens say."""
    rolled = roll(made, encoded(prompts), group=1, longest=LONGEST, end=END, temperature=0.0)
    return [spoken(each) for each in rolled.answers]


def named(made: Decoder, prompts: Sequence[str], attribute: Attribute) -> list[str]:
    """The value that each answer names; empty where it names none."""
    return [value_of(each, attribute) for each in answers(made, prompts)]


def people(read: Read, count: int | None = None) -> list[Person]:
    return text().of(read)[:count]


def streams(made: Decoder, ids: Int[Tensor, "row pos"]) -> Float[Tensor, "depth row pos d_model"]:
    """The residual stream before the first block and after each."""
    with torch.inference_mode():
        x, at = made.entered(ids)
        kept = [x]
        for block in made.blocks:
            x = block(x, at)
            kept.append(x)
        return torch.stack(kept)


def last_streams(made: Decoder, prompts: Sequence[Sequence[int]]) -> Float[Tensor, "depth row d_model"]:
    """The same at each prompt's last token; what pads a shorter prompt stands behind it."""
    width = max(map(len, prompts))
    ids = torch.tensor([[*each, *[END] * (width - len(each))] for each in prompts])
    last = torch.tensor([len(each) - 1 for each in prompts])
    return streams(made, ids)[:, torch.arange(len(prompts)), last]
