"""Where a block normalises, told by what it does: its input made ten times as large, what reaches its sublayers?

A sublayer with a norm before it reads the same as before; one without reads ten times as much. A norm after it brings
what it writes back to one size, however much its weights write. The blocks are of transformers' own classes, two heads
wide, with random matrices. Only the attention and its output matrix are known by name.

>>> placed("Llama"), placed("Olmo2")
(Placed(before=True, after=False), Placed(before=False, after=True))
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import Any, Literal

import torch

Family = Literal["Llama", "Gemma3", "Olmo2", "Bert"]
FACTOR = 10.0
WIDTH = 32
SIZES: dict[str, int | None] = {
    "hidden_size": WIDTH, "intermediate_size": 64, "num_attention_heads": 2, "num_hidden_layers": 1, "vocab_size": 32,
    "bos_token_id": None, "eos_token_id": None, "pad_token_id": None,
}  # fmt: skip
#: The attention, and the matrix that writes its result.
ATTENTION = {"Bert": ("attention.self", "attention.output.dense")}


@dataclass(frozen=True)
class Placed:
    before: bool
    """What attention reads does not grow with the stream."""
    after: bool
    """What comes of attention does not grow with what its output matrix writes: a norm stands behind it."""

    @property
    def said(self) -> str:
        return {(True, False): "before", (False, True): "after", (True, True): "before and after"}.get(
            (self.before, self.after), "nowhere"
        )


def _block(family: Family) -> tuple[Any, Any]:
    """A block of that family and the model around it, as transformers makes them."""
    kind = {"Gemma3": "Gemma3Text"}.get(family, family)
    module = import_module("transformers")
    more = {} if family == "Bert" else {"num_key_value_heads": 2, "head_dim": 16}
    model = getattr(module, f"{kind}Model")(getattr(module, f"{kind}Config")(**SIZES, **more)).eval()
    generator = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for each in model.parameters():
            if each.dim() > 1:
                each.normal_(0, 0.02, generator=generator)
    return model, (model.encoder.layer if family == "Bert" else model.layers)[0]


def placed(family: Family) -> Placed:
    """Where that family's block normalises around attention."""
    model, block = _block(family)
    attention, out = ATTENTION.get(family, ("self_attn", "self_attn.o_proj"))
    read: list[torch.Tensor] = []
    x = torch.randn(1, 4, WIDTH, generator=torch.Generator().manual_seed(1))

    def note(_: object, args: tuple[torch.Tensor, ...], kwargs: dict[str, torch.Tensor]) -> None:
        read.append((args[0] if args else kwargs["hidden_states"]).std())

    def through(stream: torch.Tensor) -> torch.Tensor:
        positions = torch.arange(stream.shape[1])[None]
        more = {}
        if family != "Bert":
            kinds = {"layer_type": "sliding_attention"} if family == "Gemma3" else {}
            more["position_embeddings"] = model.rotary_emb(stream, positions, **kinds)
        made = block(stream, attention_mask=None, **more)
        return made[0] if isinstance(made, tuple) else made

    block.get_submodule(attention).register_forward_pre_hook(note, with_kwargs=True)
    with torch.inference_mode():
        through(x)
        through(FACTOR * x)
        before = float(read[1] / read[0]) < FACTOR / 2
        # All but attention's part leaves the block unchanged: what is then added to the stream is attention's alone.
        writes = block.get_submodule(out)
        sizes = []
        for factor in (1e3, 1e6):
            weight = writes.weight.clone()
            writes.weight.copy_(weight * factor)
            sizes.append(float(through(x).std()))
            writes.weight.copy_(weight)
    return Placed(before, sizes[1] / sizes[0] < FACTOR)
