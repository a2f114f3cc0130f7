"""An encoder-decoder at work: the source is read once, then a token is written at a time, each the likeliest.

    memory = encode(source);  y_0 = start
    y_(t+1) = argmax logits(y_0 .. y_t, memory)                     until the end token

`greedy` writes for a whole batch. `write` writes for one source and keeps what each token was written by: which source
positions it looked at in every layer and head (cross-attention), which of its own earlier tokens, and how the encoder
looked about in the source.

The patterns of a step are those of the forward pass that gave the token: row t of `cross` belongs to `ids[t]`, whose
query is the token before it.

>>> from transformers import T5Config, T5ForConditionalGeneration
>>> theirs = T5ForConditionalGeneration(T5Config(vocab_size=50, d_model=16, d_kv=4, d_ff=32, num_layers=2, num_heads=4))
>>> model = EncoderDecoder.from_pretrained(theirs.eval())
>>> made = write(model, torch.tensor([7, 8, 9, 1]), max_new=3, start=0, end=1)
>>> made.cross.shape[-1], bool(torch.allclose(made.cross.sum(-1), torch.ones(2, 4, len(made.ids))))
(4, True)
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor

from explorer.stack.transformer.encoder_decoder import EncoderDecoder
from explorer.stack.transformer.hook_points import Named
from explorer.stack.transformer.kv_cache import ContiguousCache


@dataclass(frozen=True, eq=False)
class Writing:
    """What was written for one source, and by what."""

    source: Int[Tensor, " source"]
    ids: Int[Tensor, " step"]
    """The tokens written, with the end token if it came."""
    read: Int[Tensor, " step"]
    """What the decoder read at each step: the start token, then `ids` but for the last."""
    logits: Float[Tensor, "step d_vocab"]
    cross: Float[Tensor, "layer head step source"]
    decoder_pattern: Float[Tensor, "layer head step step"]
    """Among the tokens read; zero above the diagonal."""
    encoder_pattern: Float[Tensor, "encoder_layer encoder_head source source"]
    """The last two axes are query and key."""
    ended: bool
    """False if `max_new` came first."""

    @property
    def log_probs(self) -> Float[Tensor, " step"]:
        """Of each token written, in nats."""
        return self.logits.log_softmax(-1).gather(1, self.ids[:, None])[:, 0]


@torch.no_grad()
def greedy(
    model: EncoderDecoder,
    source: Int[Tensor, "batch source"],
    max_new: int,
    *,
    start: int,
    end: int,
    positions: Int[Tensor, "batch source"] | None = None,
) -> list[list[int]]:
    """What is written for each row, up to its end token, which is left out. Position -1 marks padding."""
    rows = len(source)
    memory, cache = model.encode(source, positions), ContiguousCache(model.config.decoder, rows, max_new)
    last, written = torch.full((rows, 1), start), []
    done = torch.zeros(rows, dtype=torch.bool)
    while len(written) < max_new and not bool(done.all()):
        last = model.decode(last, memory, cache)[:, -1].argmax(-1, keepdim=True)  # batch 1
        written.append(last[:, 0])
        done |= last[:, 0] == end
    table = torch.stack(written, 1).tolist() if written else [[] for _ in range(rows)]
    return [row[: row.index(end)] if end in row else row for row in table]


@torch.no_grad()
def write(model: EncoderDecoder, source: Int[Tensor, " source"], max_new: int, *, start: int, end: int) -> Writing:
    """Write for one source, watched. Raises ValueError for an empty source or `max_new` below 1."""
    if len(source) == 0 or max_new < 1:
        raise ValueError("there is nothing to read, or nothing may be written")
    seen: dict[str, list[Tensor]] = defaultdict(list)
    hooks: list[Named] = [
        (name, lambda t, hook: seen[hook.name].append(t[0]))  # head query key
        for name in model.hook_dict
        if name.endswith("hook_pattern")
    ]
    cache = ContiguousCache(model.config.decoder, 1, max_new)
    read, logits = [start], []
    with model.hooks(fwd_hooks=hooks):
        memory = model.encode(source[None])
        while len(logits) < max_new and (len(read) == 1 or read[-1] != end):
            logits.append(model.decode(torch.tensor([read[-1:]]), memory, cache)[0, -1].clone())
            read.append(int(logits[-1].argmax()))
    steps, n_layers = len(logits), model.config.decoder.n_layers
    return Writing(
        source=source,
        ids=torch.tensor(read[1:]),
        read=torch.tensor(read[:-1]),
        logits=torch.stack(logits),
        cross=torch.stack([torch.cat(seen[f"decoder.blocks.{n}.cross.hook_pattern"], 1) for n in range(n_layers)]),
        decoder_pattern=torch.stack(
            [_stepwise(seen[f"decoder.blocks.{n}.attn.hook_pattern"], steps) for n in range(n_layers)]
        ),
        encoder_pattern=torch.stack(
            [seen[f"encoder.blocks.{n}.attn.hook_pattern"][0] for n in range(model.config.encoder.n_layers)]
        ),
        ended=read[-1] == end,
    )


def _stepwise(rows: list[Tensor], steps: int) -> Float[Tensor, "head step key"]:
    """Rows that grow by a key a step, as one square."""
    return torch.cat([torch.nn.functional.pad(row[..., :steps], (0, steps - row.shape[-1])) for row in rows], 1)
