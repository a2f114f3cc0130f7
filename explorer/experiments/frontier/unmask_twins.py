"""The masked diffusion model and its causal twin that were trained here: opened, and what their training left."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from jaxtyping import Float, Int
from torch import Tensor

from explorer.corpora import passages
from explorer.errors import NotApplicableError
from explorer.fetching.cache import sha256_of
from explorer.stack.architectures.paired_interval import quantile
from explorer.stack.frontier.masked_diffusion.model import Unmasker
from explorer.stack.pretraining.batches import token_losses
from explorer.training import recipe as recipes
from explorer.training import unmask
from explorer.zoo.card import shelf_folder

if TYPE_CHECKING:
    from tokenizers import Tokenizer
    from transformers import PreTrainedModel

    from explorer.stack.transformer.decoder import Decoder

NAME = "six-kinds-unmask"
#: Stands before a text: the end of the one before. It is given, never hidden.
LEAD = 0


def folder() -> Path:
    return shelf_folder() / NAME


@cache
def parts() -> unmask.Parts:
    return unmask.parts_of(recipes.read(folder() / "recipe.toml"))


@cache
def masked() -> Unmasker:
    return parts().masked(folder())


@cache
def uniform() -> Unmasker:
    """Trained from the same start on the same holes, each hidden token weighing alike."""
    return parts().masked(folder(), "uniform")


@cache
def causal() -> Decoder:
    return parts().causal(folder())


@cache
def tokenizer() -> Tokenizer:
    from tokenizers import Tokenizer

    return Tokenizer.from_file(str(folder() / "tokenizer.json"))


@cache
def about() -> dict[str, object]:
    """training.json."""
    contents: dict[str, object] = json.loads((folder() / unmask.ABOUT).read_text(encoding="utf-8"))
    return contents


def words(ids: list[int]) -> list[str]:
    """Each token by itself, as it is written."""
    return [tokenizer().decode([each], skip_special_tokens=False) for each in ids]


def excerpt(kind: str, at: int = 0) -> str:
    """A held-out passage of that kind. Raises NotApplicableError for a kind that there is not."""
    for each in passages.read():
        if each.kind == kind:
            return each.excerpts[at % len(each.excerpts)].text
    raise NotApplicableError(f"There is no passage of “{kind}”.", "Choose another kind of text.")


def encoded(text: str, longest: int) -> tuple[Int[Tensor, " pos"], int]:
    """The lead and so many tokens of the text at most; how many are left out. Raises NotApplicableError without one."""
    ids = tokenizer().encode(text, add_special_tokens=False).ids
    if not ids:
        raise NotApplicableError("A text without a token costs nothing.", "Write a text.")
    return torch.tensor([LEAD, *ids[:longest]]), max(len(ids) - longest, 0)


@torch.inference_mode()
def causal_nats(ids: Int[Tensor, "row pos"], decoder: Decoder | None = None) -> Float[Tensor, "row target"]:
    """What each token but the first costs the causal twin, or another decoder; nats."""
    return token_losses(decoder or causal(), ids)


@cache
def of_transformers(twin: unmask.Twin) -> PreTrainedModel:
    """The twin's weights in transformers' Llama, which knows nothing of our blocks."""
    from transformers import AutoConfig, LlamaForCausalLM

    from explorer.stack.transformer.weights import to_hf

    decoder = masked().decoder if twin == "masked" else causal()
    fields = parts().config.to_hf() | {"vocab_size": decoder.config.d_vocab}
    theirs = LlamaForCausalLM(AutoConfig.for_model(**fields)).eval()
    theirs.load_state_dict(to_hf(decoder.config, decoder.state_dict()), strict=False)
    theirs.tie_weights()
    return theirs


@torch.inference_mode()
def told_by_transformers(ids: Int[Tensor, "row pos"]) -> Float[Tensor, "row pos answer"]:
    """The masked model's log-probabilities at every position, by transformers' Llama under a mask that is open."""
    n = ids.shape[1]
    logits = of_transformers("masked")(ids, attention_mask=torch.zeros(len(ids), 1, n, n)).logits
    said = logits[..., : masked().mask].float().log_softmax(-1)
    return said.roll(1, 1) if masked().shifted else said  # the first is given, whatever is said of it


@dataclass(frozen=True, kw_only=True)
class HeldOut:
    """Of one kind of text: the bound of the one and the exact loss of the other; nats a token."""

    kind: str
    bound: float
    exact: float
    gap: float
    half: float
    """Of the gap's interval of 95 %, over windows."""


def held_out() -> list[HeldOut]:
    """What was measured at the end of the training."""
    kinds = about()["held_out"]
    assert isinstance(kinds, dict)
    return [
        HeldOut(
            kind=kind, bound=each["bound"], exact=each["exact"], gap=each["gap"],
            half=each["gap_error"] * quantile(unmask.MEASURED - 1),
        )
        for kind, each in kinds["kinds"].items()
    ]  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class TwinCourse:
    """How a twin was trained."""

    name: str
    begins: int
    """Steps before, as one causal model with its twin."""
    steps: int
    tokens: int
    """Read in all steps."""
    parameters: int
    processor_seconds: int
    curve: tuple[tuple[int, float], ...]
    sha256: str


def courses() -> list[TwinCourse]:
    twins = about()["twins"]
    assert isinstance(twins, list)
    return [
        TwinCourse(
            name=each["name"], begins=each["begins"], steps=each["steps"], tokens=each["tokens"],
            parameters=each["parameters"], processor_seconds=each["processor_seconds"],
            curve=tuple((step, loss) for step, loss in each["curve"]), sha256=each["sha256"],
        )
        for each in twins
    ]  # fmt: skip


@cache
def strange_files() -> int:
    """Of the two files of weights, those that are not what the training wrote."""
    return sum(sha256_of(folder() / f"{each.name}.safetensors") != each.sha256 for each in courses())
