"""The models of the shelf's `chains`, their verifiers, and what a person asks of them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, Literal

import numpy as np
import torch
from jaxtyping import Float

from explorer.errors import NotApplicableError
from explorer.stack.frontier.thinking.chains import ANSWER, MOST, STEP, Chain, Signs, parsed, read
from explorer.stack.frontier.thinking.enumerated import Texts, enumerated
from explorer.stack.frontier.thinking.verifier import Verifier, gathered, streams
from explorer.training import chains as training
from explorer.zoo.card import shelf

if TYPE_CHECKING:
    from pathlib import Path

    from explorer.stack.transformer.decoder import Decoder

NAME = "chains"
Stage = Literal["base", "rewarded", "small"]
Judge = Literal["outcome", "process", "few"]
#: Shown where what was typed is no prompt; it was held out.
FIRST = Chain(7, ("+5", "*3", "-8", "*2"))


def folder() -> Path:
    found = shelf()[NAME].folder
    assert found is not None
    return found


@cache
def signs() -> Signs:
    from tokenizers import Tokenizer

    return training.signs_of(Tokenizer.from_file(str(folder() / "tokenizer.json")))


@cache
def decoder(stage: Stage) -> Decoder:
    from safetensors.torch import load_file
    from transformers import LlamaConfig

    from explorer.stack.transformer.decoder import Decoder
    from explorer.training import recipe as recipes
    from explorer.training.decoder import config_of
    from explorer.training.staged import D_VOCAB

    config = LlamaConfig.from_pretrained(str(folder()))
    if stage == "small":
        recipe = recipes.read(folder() / "recipe.toml")
        assert recipe.chains is not None
        config = LlamaConfig(**config_of(recipe.chains.small, D_VOCAB).to_hf())
    return Decoder.from_pretrained(config, load_file(training.path_of(folder(), stage)))


@cache
def verifier(name: Judge) -> Verifier:
    from safetensors.torch import load_file

    state = load_file(folder() / training.VERIFIERS)
    return Verifier.of({key.removeprefix(f"{name}."): each for key, each in state.items() if key.startswith(name)})


def asked(text: str) -> tuple[Chain, str]:
    """The prompt that was typed, and why another is shown in its place, if one is."""
    written = text.replace(" ", "").replace("×", "*").replace("−", "-").replace("x", "*")
    found = parsed(written)
    if found is not None:
        return found, ""
    what = f"“{text[:40]}” is not a digit and {MOST} instructions (+1 to +9, -1 to -9, *2 to *9)."
    return FIRST, NotApplicableError(what, "Write one, such as 7+5*3-8*2.").message


@torch.no_grad()
def scored(of: Chain, texts: Sequence[str], by: Judge) -> Float[np.ndarray, " text"]:
    """The verifier's probability that each text is right; it reads the base's streams.

    A process score is the least of its numbers'; an answer counts as one, as does a beginning without an answer.
    """
    found = np.zeros(len(texts))
    judge, base = verifier(by), decoder("base")
    for length in {len(each) for each in texts}:
        at = [place for place, each in enumerate(texts) if len(each) == length]
        ids = torch.tensor([signs().encode(of.prompt + texts[place]) for place in at])
        x = streams(base, ids)[:, len(of.prompt) + 1 :: 2]  # text number width
        if by != "process":
            found[at] = judge(x[:, -1]).double().sigmoid().numpy()
            continue
        each = judge(x.flatten(0, 1)).double().sigmoid().view(x.shape[:2])
        found[at] = [gathered(row, "least") for row in each.tolist()]
    return found


def all_texts(stage: Stage, of: Chain, mode: str = STEP, temperature: float = 1.0, floor: float = 1e-6) -> Texts:
    return enumerated(decoder(stage), signs(), of.prompt, mode, floor, temperature)


def text_of(steps: Sequence[int], answer: int) -> str:
    """
    >>> text_of((2, 6), 6)
    '>2>6=6'
    """
    return "".join(f"{STEP}{each}" for each in steps) + f"{ANSWER}{answer}"


def drawn(stage: Stage, of: Chain, count: int, seed: int, temperature: float = 1.0, begun: str = STEP) -> list[str]:
    """Texts drawn from the model, cut behind their answer."""
    from explorer.stack.finetuning.rollouts import roll
    from explorer.stack.frontier.thinking.chains import LONGEST

    generator = torch.Generator().manual_seed(seed)
    prompts = [signs().encode(of.prompt + begun)]
    made = roll(
        decoder(stage), prompts, group=count, longest=LONGEST, end=signs().end, temperature=temperature,
        generator=generator,
    )  # fmt: skip
    texts = [begun + signs().decode(ids) for ids in made.answers]
    return [text if read(text).answer is None else text[: text.index(ANSWER) + 2] for text in texts]


def likeliest(stage: Stage, of: Chain, begun: str = STEP) -> str:
    """The likeliest token each time."""
    return drawn(stage, of, 1, 0, 0.0, begun)[0]
