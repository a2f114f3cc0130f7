"""One token past the end: which models refuse it, and which read on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from explorer.errors import PromptTooLongError

if TYPE_CHECKING:
    from transformers import PreTrainedModel

    from explorer.zoo.text_encoder import TextEncoder

#: Positions that the small models are given.
LENGTH = 16
_SMALL: dict[str, int] = {"vocab_size": 50, "hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2}
_GPT: dict[str, int] = {"vocab_size": 50, "n_embd": 16, "n_layer": 1, "n_head": 2, "n_positions": LENGTH}


@dataclass(frozen=True)
class PastEnd:
    """What a model of one kind does with one token more than its config allows."""

    name: str
    scheme: str
    reads: bool
    said: str
    """The error, as it stands; empty where it reads on."""


def small_models() -> dict[str, tuple[str, PreTrainedModel]]:
    """(scheme, a model of transformers with random weights and `LENGTH` positions) for each kind."""
    import transformers as t

    limit: dict[str, int] = {"max_position_embeddings": LENGTH}
    return {
        "GPT-2": ("learned", t.GPT2LMHeadModel(t.GPT2Config(**_GPT))),
        "OPT": (
            "learned",
            t.OPTForCausalLM(t.OPTConfig(**_SMALL, **limit, ffn_dim=32, word_embed_proj_dim=16)),
        ),
        "CTRL": ("sinusoidal, as a table", t.CTRLLMHeadModel(t.CTRLConfig(**_GPT, dff=32))),
        "GPT-J": ("rotary, as a table", t.GPTJForCausalLM(t.GPTJConfig(**_GPT, rotary_dim=4))),
        "Llama": ("rotary", t.LlamaForCausalLM(t.LlamaConfig(**_SMALL, **limit, intermediate_size=32))),
        "BLOOM": (
            "ALiBi",
            t.BloomForCausalLM(t.BloomConfig(vocab_size=50, hidden_size=16, n_layer=1, n_head=2)),
        ),
    }


def past_end() -> list[PastEnd]:
    """Each small model on `LENGTH` tokens, which all read, and on one more."""
    from explorer.zoo.quiet import quiet

    with quiet():
        small = small_models()
    return [PastEnd(name, scheme, *_tried(model.eval(), LENGTH)) for name, (scheme, model) in small.items()]


def _tried(model: PreTrainedModel, length: int) -> tuple[bool, str]:
    ids = torch.arange(length + 1)[None] % 50
    with torch.inference_mode():
        model(ids[:, :length])
        try:
            model(ids)
        except (IndexError, RuntimeError) as error:
            return False, f"{type(error).__name__}: {' '.join(str(error).split())}"
    return True, ""


def peer_of(encoder: TextEncoder) -> PreTrainedModel:
    """transformers' BERT on the files of this encoder."""
    from transformers import BertModel

    from explorer.zoo.loading import shelf_model_folder
    from explorer.zoo.quiet import quiet

    with quiet():
        return BertModel.from_pretrained(shelf_model_folder(encoder.card), local_files_only=True).eval()


@dataclass(frozen=True)
class EncoderEnd:
    """A real encoder on all the positions that it has, beside transformers' on the same weights, and on one more."""

    error: float
    """Largest difference of a state, on the last text that both read."""
    refused: str
    """What ours says of one token more."""
    theirs: str
    readers: int
    """How many of the two read it all the same."""


def encoder_end(encoder: TextEncoder, peer: PreTrainedModel) -> EncoderEnd:
    """`peer` is a BertModel of transformers on the same weights."""
    n = encoder.model.config.stack.n_ctx
    ids = torch.randint(
        1000, encoder.model.config.stack.d_vocab, (1, n + 1), generator=torch.Generator().manual_seed(0)
    )
    with torch.inference_mode():
        error = float((encoder.model(ids[:, :n]) - peer(ids[:, :n]).last_hidden_state).abs().max())
        ours, theirs = _said(encoder.model, ids), _said(peer, ids)
    return EncoderEnd(error, ours, theirs, [ours, theirs].count(""))


def _said(model: nn.Module, ids: Tensor) -> str:
    try:
        model(ids)
    except PromptTooLongError as error:
        return str(error)
    except (IndexError, RuntimeError) as error:
        return f"{type(error).__name__}: {' '.join(str(error).split())}"
    return ""
