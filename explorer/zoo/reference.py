"""transformers' own answer on a few tokens, taken before anything else stands in the model's layers.

The explorer computes a model in two ways of its own: through TransformerLens' hooks, and with its own decoder. Each is
held against this answer once, for every model that is loaded: what differs is refused by name (see verdict.py).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from explorer.errors import UnsupportedModelError
from explorer.zoo.card import STATE_SPACES
from explorer.zoo.config_settings import why

if TYPE_CHECKING:
    from transformers import PreTrainedModel

    from explorer.zoo.vocabulary import Vocabulary

#: Tokens that are read. The last `STEPS` of them are also read one by one over a key-value cache.
TOKENS, STEPS = 12, 4


@dataclass(frozen=True, eq=False)
class Reference:
    """What transformers computes for `ids` where the model lies; all of it float32 on the CPU."""

    ids: Int[Tensor, " pos"]
    logits: Float[Tensor, "pos d_vocab"]
    streams: tuple[Float[Tensor, "pos d_model"], ...]
    """What enters each block; empty where the architecture does not say."""
    patterns: tuple[Float[Tensor, "head pos pos"], ...]
    """Each layer's attention; empty where the architecture does not say."""
    entered: Mapping[nn.Module, Float[Tensor, "pos width"]]
    """What each layer without parts that writes a vector of the stream's width was called on (an attention's output
    projection on the heads' weighted sums of values)."""

    @classmethod
    @torch.inference_mode()
    def of(cls, hf: PreTrainedModel, ids: Int[Tensor, " pos"]) -> Reference:
        """Run the model, whose attention must be the eager one. Raises UnsupportedModelError if it does not run."""
        wanted = {"output_attentions": True, "output_hidden_states": True, "use_cache": False}
        try:
            with _entering(hf) as entered:
                out = hf(ids[None].to(hf.device), **wanted)
        except Exception as error:  # whatever an architecture's own code raises
            reason = why(error, hf.config.to_dict())
            raise UnsupportedModelError(
                f"transformers itself cannot run this model: {reason}.",
                "Its config.json may lack a setting. The explorer traces only models that transformers runs.",
            ) from error
        streams = [each[0] for each in _entering_blocks(hf, getattr(out, "hidden_states", None) or (), ids)]
        patterns = [each[0] for each in getattr(out, "attentions", None) or () if each is not None]
        return cls(
            ids=ids,
            logits=_here(out.logits[0]),
            streams=tuple(_here(each) for each in streams if each.ndim == 2),  # some keep several streams
            patterns=tuple(_here(each) for each in patterns if each.ndim == 3),
            entered=entered,
        )


def _entering_blocks(hf: PreTrainedModel, shown: Sequence[Tensor], ids: Int[Tensor, " pos"]) -> Sequence[Tensor]:
    """What enters each block, of what the model shows. The last that it shows has passed the final norm."""
    if hf.config.model_type not in STATE_SPACES:
        return shown[:-1]
    embedding = hf.get_input_embeddings()  # a Mamba shows what leaves each block
    assert embedding is not None
    return [embedding(ids[None].to(hf.device)), *shown[:-2]]


def _here(tensor: Tensor) -> Tensor:
    """A copy, float32 on the CPU."""
    return tensor.to("cpu", torch.float32, copy=True)


@contextmanager
def _entering(hf: PreTrainedModel) -> Iterator[dict[nn.Module, Tensor]]:
    """Keep what the layers of linear kind read that write vectors of the stream's width, while the block runs."""
    kept: dict[nn.Module, Tensor] = {}
    d_model = hf.config.get_text_config().hidden_size

    def hook(module: nn.Module, inputs: tuple[object, ...], out: object) -> None:
        read = inputs[0] if inputs else None
        if isinstance(read, Tensor) and isinstance(out, Tensor) and read.ndim == 3 and out.shape[-1] == d_model:
            kept[module] = _here(read[0])

    parts = [m for m in hf.modules() if not next(m.children(), None) and _matrix(m)]
    handles = [part.register_forward_hook(hook) for part in parts]
    try:
        yield kept
    finally:
        for handle in handles:
            handle.remove()


def _matrix(module: nn.Module) -> bool:
    weight = getattr(module, "weight", None)
    return isinstance(weight, Tensor) and weight.ndim == 2 and not isinstance(module, nn.Embedding)


def sample_ids(vocabulary: Vocabulary, d_vocab: int, stops: frozenset[int]) -> Int[Tensor, " pos"]:
    """The tokens that every model is tried on: the same for one vocabulary, none of them special."""
    generator, size = torch.Generator().manual_seed(0), min(len(vocabulary), d_vocab)
    drawn = torch.randint(0, size, (64 * TOKENS,), generator=generator).tolist()
    plain = [i for i in drawn if i not in stops and not vocabulary.is_special(i)] or drawn
    return torch.tensor(plain[:TOKENS])


def relative(found: Tensor, expected: Tensor) -> float:
    """Largest difference, of the largest expected value; infinite if the shapes differ or a number is none.

    >>> relative(torch.tensor([1.0, 2.2]), torch.tensor([1.0, 2.0]))
    0.10000002384185791
    """
    if found.shape != expected.shape:
        return float("inf")
    error = float((found - expected).abs().max()) / max(float(expected.abs().max()), 1e-30)
    return error if error == error else float("inf")


def said(error: float, sentence: str, bound: float) -> str:
    """The sentence with the figure in it if the error passes the bound or is no number."""
    if error <= bound:
        return ""
    return sentence.format(f"{100 * error:.2g} %" if math.isfinite(error) else "a value that is not a number")
