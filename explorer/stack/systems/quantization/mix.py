"""llama.cpp's mixes: which format each matrix takes in a file that is called Q4_K_M.

Some matrices suffer more than others, and a mix gives them more bits. Q4_K_M keeps values and the way back to the
stream (attn_v, ffn_down) in Q6_K where ::

    i < n/8   or   i >= 7n/8   or   (i - n/8) mod 3 = 2        block i of n, divisions rounded down

and the output (or the table of the vocabulary, where that is the output) in Q6_K always. Rows that are no multiple of
256 fall back: Q4_K to Q5_0, Q5_K to Q5_1, Q6_K to Q8_0, Q2_K and Q3_K to Q4_0; an output whose rows do not fit the
mix's own format is Q8_0. SmolLM2's rows of 576 fall back everywhere but in ffn_down (1,536).

Of a mixture of experts the router (ffn_gate_inp) and all norms stay F32, and all experts of a block take one format,
that of a dense block's matrix. With exactly eight experts, as in Mixtral 8x7B, keys and values take Q8_0 and the way
out of attention Q5_K: attention is a small part of such a model, and every token needs it. Source: llama.cpp,
`llama-quant.cpp`.

Worked example: of 8 blocks, Q4_K_M gives more bits to four.

>>> [i for i in range(8) if more_bits(i, 8)]
[0, 3, 6, 7]
>>> fallback("q4_k", 576), fallback("q6_k", 576), fallback("q4_k", 1536)
('q5_0', 'q8_0', 'q4_k')
"""

from __future__ import annotations

from dataclasses import dataclass

from explorer.errors import BadRequestError
from explorer.stack.systems.quantization.matrices import Matrix

SUPER = 256
SMALLER = {"q2_k": "q4_0", "q3_k": "q4_0", "q4_k": "q5_0", "q5_k": "q5_1", "q6_k": "q8_0"}
"""What a K type falls back to."""
KINDS = {
    "W_Q": "attn_q", "W_K": "attn_k", "W_V": "attn_v", "W_O": "attn_output", "W_gate": "ffn_gate", "W_in": "ffn_up",
    "W_out": "ffn_down", "gate_in": "ffn_gate", "out": "ffn_down", "unembed": "output",
}  # fmt: skip
"""GGUF's names for the roles of matrices."""


@dataclass(frozen=True)
class Mix:
    """One of llama.cpp's kinds of file."""

    name: str
    title: str
    base: str
    """The format that most matrices take."""
    file_type: int
    """llama.cpp's number for it (LLAMA_FTYPE)."""


MIXES: dict[str, Mix] = {
    each.name: each
    for each in (
        Mix("f32", "F32", "f32", 0), Mix("f16", "F16", "f16", 1),
        Mix("q4_0", "Q4_0", "q4_0", 2), Mix("q4_1", "Q4_1", "q4_1", 3), Mix("q8_0", "Q8_0", "q8_0", 7),
        Mix("q5_0", "Q5_0", "q5_0", 8), Mix("q5_1", "Q5_1", "q5_1", 9), Mix("q2_k", "Q2_K", "q2_k", 10),
        Mix("q3_k_s", "Q3_K_S", "q3_k", 11), Mix("q3_k_m", "Q3_K_M", "q3_k", 12), Mix("q3_k_l", "Q3_K_L", "q3_k", 13),
        Mix("q4_k_s", "Q4_K_S", "q4_k", 14), Mix("q4_k_m", "Q4_K_M", "q4_k", 15),
        Mix("q5_k_s", "Q5_K_S", "q5_k", 16), Mix("q5_k_m", "Q5_K_M", "q5_k", 17), Mix("q6_k", "Q6_K", "q6_k", 18),
    )
}  # fmt: skip


def mix(name: str) -> Mix:
    """Raises BadRequestError for a mix that there is not."""
    if name.lower() not in MIXES:
        raise BadRequestError(f"There is no kind of file “{name[:40]}”.", f"Known are {', '.join(MIXES)}.")
    return MIXES[name.lower()]


def more_bits(block: int, blocks: int) -> bool:
    """Whether values and the way down of that block are kept more exactly."""
    return block < blocks // 8 or block >= 7 * blocks // 8 or (block - blocks // 8) % 3 == 2


def fallback(name: str, d_in: int) -> str:
    """The format itself where rows of so many weights fit, or what llama.cpp takes in its place; "f16" if nothing."""
    if name in SMALLER and d_in % SUPER:
        name = SMALLER[name]
    return name if name in ("f32", "f16") or d_in % 32 == 0 else "f16"


@dataclass(frozen=True)
class Place:
    """What the choice depends on."""

    kind: str
    """GGUF's name of the tensor: "attn_v", "ffn_down", "ffn_down_exps", "output", "token_embd"."""
    block: int
    blocks: int
    d_in: int
    queries_per_value: int = 1
    """Heads of queries that share one of values."""
    experts: int = 0
    important: bool = False
    """Whether there is an importance matrix."""


def chosen(made: Mix, at: Place) -> str:
    """The format of one matrix, or of one of all experts, fall-back included."""
    if at.kind == "ffn_gate_inp" or at.kind.endswith("_norm"):
        return "f32"
    if at.kind == "output" and made.base not in ("f32", "f16"):
        fits = at.d_in % (SUPER if made.base.endswith("_k") else 32) == 0
        return fallback("q6_k" if fits and made.base != "q8_0" else "q8_0", at.d_in)
    name = made.name
    special = {"attn_v": _values, "ffn_down": _down, "attn_output": _output, "attn_k": _keys}.get(
        at.kind.removesuffix("_exps")
    )
    return fallback((special and special(name, at)) or made.base, at.d_in)


def _values(name: str, at: Place) -> str | None:
    if at.experts == 8:
        return "q8_0" if name not in ("f32", "f16") else None
    if name == "q2_k":
        return "q4_k" if at.queries_per_value >= 4 else "q3_k"
    if name == "q3_k_m":
        return "q5_k" if at.block < 2 else "q4_k"
    if name in ("q4_k_m", "q5_k_m") and more_bits(at.block, at.blocks):
        return "q6_k"
    return "q5_k" if name == "q3_k_l" or (name == "q4_k_s" and at.block < 4) else None


def _keys(name: str, at: Place) -> str | None:
    return "q8_0" if at.experts == 8 and name not in ("f32", "f16") else None


def _down(name: str, at: Place) -> str | None:
    first = at.block < at.blocks // 8
    if name == "q3_k_m":
        return "q5_k" if at.block < at.blocks // 16 else "q4_k"
    if name in ("q4_k_m", "q5_k_m"):
        return "q6_k" if more_bits(at.block, at.blocks) else None
    if at.important and first and name in ("q4_0", "q5_0"):
        return "q4_1" if name == "q4_0" else "q5_1"
    return {"q2_k": "q3_k", "q3_k_l": "q5_k", "q4_k_s": "q5_k" if first else None}.get(name)


def _output(name: str, at: Place) -> str | None:
    if at.experts == 8:
        return "q5_k" if name in ("q2_k", "q3_k_s", "q3_k_m", "q4_k_s", "q4_k_m") else None
    return {"q2_k": "q3_k", "q3_k_m": "q4_k", "q3_k_l": "q5_k"}.get(name)


def plan(made: Mix, matrices: list[Matrix], queries_per_value: int = 1, important: bool = False) -> dict[str, str]:
    """The format of each of a decoder's matrices, by name. "f32" and "f16" stand for no format."""
    blocks = 1 + max((each.layer for each in matrices if each.layer is not None), default=0)
    experts = 1 + max((each.expert for each in matrices if each.expert is not None), default=-1)
    return {
        each.name: chosen(
            made,
            Place(
                KINDS[each.role], each.layer or 0, blocks, each.weight.shape[1], queries_per_value, experts, important
            ),
        )
        for each in matrices
    }


def in_words(made: Mix, matrices: list[Matrix], queries_per_value: int = 1) -> str:
    """How many matrices took which format, and which of them because their rows are no multiple of 256.

    A sentence for the command line and the page."""
    names = plan(made, matrices, queries_per_value)
    counts: dict[str, int] = {}
    fallen: dict[int, int] = {}
    for each in matrices:
        counts[names[each.name]] = counts.get(names[each.name], 0) + 1
        if made.base.endswith("_k") and each.weight.shape[1] % SUPER:
            fallen[each.weight.shape[1]] = fallen.get(each.weight.shape[1], 0) + 1
    said = ", ".join(f"{count} in {name.upper()}" for name, count in sorted(counts.items(), key=lambda item: -item[1]))
    reasons = "; ".join(
        f"{count} fall back, because their rows of {d_in:,} are no multiple of {SUPER}"
        for d_in, count in fallen.items()
    )
    return f"{said}{'; ' if reasons else ''}{reasons}."
