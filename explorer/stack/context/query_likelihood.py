"""Passages ranked by the likelihood of the question behind them.

A passage that answers a question makes it likely: the query likelihood model (Ponte and Croft 1998, with counts of
words), and with a language model that reads the passage (Sachan et al. 2022, arXiv 2204.07496)::

    score = Σ_t log p(question_t | passage, words that lead to a question, question_<t)
    gain  = score - the same without the passage

The order is that of the gain too, for the part without a passage is the same for all. Tokens whose gain is high are
those that the passage made likely: the score falls apart by the question's tokens.

>>> from explorer.stack.transformer.decoder import Decoder
>>> from explorer.stack.transformer.config import DecoderConfig
>>> config = DecoderConfig(n_layers=1, d_model=8, n_heads=2, n_kv_heads=2, d_head=4, d_mlp=16, d_vocab=20, n_ctx=32)
>>> decoder = Decoder(config).eval()
>>> found = likelihoods(decoder, [(1, 2, 3), (1,)], (4, 5))
>>> found.shape, bool((found <= 0).all())
(torch.Size([2, 2]), True)
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import torch
from jaxtyping import Float
from torch import Tensor

if TYPE_CHECKING:
    from explorer.stack.transformer.decoder import Decoder


@torch.inference_mode()
def likelihoods(
    decoder: Decoder,
    prompts: Sequence[Sequence[int]],
    question: Sequence[int],
    tell: Callable[[int, int], None] | None = None,
) -> Float[Tensor, "prompt token"]:
    """Log-probability of each of the question's tokens behind each prompt. No prompt is empty, nor is the question."""
    if not question or not all(prompts):
        raise ValueError("Neither a prompt nor the question may be empty.")
    wanted, rows = torch.tensor(question), []
    for at, prompt in enumerate(prompts, 1):
        stream = decoder.stream(torch.tensor((*prompt, *question[:-1]))[None])  # 1 pos d_model
        logits = decoder.unembedded(stream[:, -len(question) :])[0]  # token d_vocab
        rows.append(logits.log_softmax(-1).gather(-1, wanted[:, None])[:, 0])
        if tell:
            tell(at, len(prompts))
    return torch.stack(rows)
