"""Rotation: the residual stream turned so that no channel is larger than the others, and no logit changes.

RMSNorm without a weight does not see a rotation: |x Q| = |x|. So its weight goes into the matrices that read it, and
then one orthogonal Q turns the stream everywhere: what writes it is turned, what reads it is turned back::

    embed' = embed Q       W' = W diag(norm) Q  (Q, K, V, gate, in, router, unembed)       W' = Q^T W  (O, out)

Q = diag(signs) H / sqrt(n), H a Hadamard matrix: every channel becomes a sum of all with random signs, and a few huge
ones are shared by everyone (QuaRot: Ashkboos et al. 2024, arXiv 2404.00456). Nothing is computed at run time; QuaRot's
further rotations, inside heads and before W_out, are left out.

A Hadamard matrix of order m 2^k is the Kronecker product of one of order m with Sylvester's. Paley (1933) has those of
order q + 1 for primes q = 3 mod 4, and 2 (q + 1) for q = 1 mod 4: 576 = 36 * 16, and 36 = 2 (17 + 1). Where none of
these divides the width, the channels are turned in equal parts, each of a power of two.

Worked example: a matrix of order 12 for 192 channels, one of order 36 for 576, and one outlier among twelve channels.

>>> [paley(n) is not None for n in (12, 20, 36, 11, 18)], core(192), core(576), core(640), core(92)
([True, True, True, False, False], 12, 36, 20, 1)
>>> Q = turn(12, torch.Generator().manual_seed(0))
>>> bool((Q @ Q.T - torch.eye(12, dtype=Q.dtype)).abs().max() < 1e-12)
True
>>> x = torch.zeros(12, dtype=Q.dtype)
>>> x[3] = 12.0
>>> sorted(set((x @ Q).abs().round(decimals=3).tolist()))  # 12 / sqrt(12)
[3.464]
"""

from __future__ import annotations

import torch
from jaxtyping import Float64
from torch import Tensor

from explorer.errors import NotApplicableError
from explorer.stack.systems.quantization.folding import with_state
from explorer.stack.transformer.decoder import Decoder


def paley(order: int) -> Float64[Tensor, "order order"] | None:
    """Paley's Hadamard matrix of this order, entries +-1; None where neither of his constructions has one."""
    if _prime(order - 1) and (order - 1) % 4 == 3:
        skew = _bordered(order - 1, -1.0)
        return skew + torch.eye(order, dtype=torch.float64)
    q = order // 2 - 1
    if order % 4 == 0 and _prime(q) and q % 4 == 1:
        symmetric = _bordered(q, 1.0)
        ones, signs = ((1.0, 1.0), (1.0, -1.0)), ((1.0, -1.0), (-1.0, -1.0))
        two = [torch.tensor(each, dtype=torch.float64) for each in (ones, signs)]
        return torch.kron(symmetric, two[0]) + torch.kron(torch.eye(q + 1, dtype=torch.float64), two[1])
    return None


def core(width: int) -> int:
    """The smallest m such that width = m 2^k and m is 1 or one of Paley's; 1 where there is none."""
    m = width
    while m % 2 == 0:
        m //= 2
    while m > 1 and m <= width:
        if width % m == 0 and paley(m) is not None:
            return m
        m *= 2
    return 1


def turn(width: int, generator: torch.Generator) -> Float64[Tensor, "width width"]:
    """Q: random signs, then a Hadamard matrix (of parts of the width, where there is none of the whole)."""
    m = core(width)
    made = torch.ones(1, 1, dtype=torch.float64) if m == 1 else paley(m)
    assert made is not None
    two = torch.tensor([[1.0, 1.0], [1.0, -1.0]], dtype=torch.float64)
    while width % (2 * len(made)) == 0:
        made = torch.kron(made, two)
    whole = torch.block_diag(*[made] * (width // len(made))) / len(made) ** 0.5
    signs = torch.randint(2, (width,), generator=generator).double() * 2 - 1
    return signs[:, None] * whole


def rotated(decoder: Decoder, Q: Float64[Tensor, "d_model d_model"]) -> Decoder:
    """A decoder that gives the same logits, its stream turned by Q; embedding and unembedding are two tables now.

    Raises NotApplicableError unless RMSNorms stand before each sublayer and nowhere else, and positions are rotary or
    none: a weight that acts on the stream channel by channel cannot be turned.
    """
    config = decoder.config
    if config.norm != "rms" or config.placement != "pre" or config.positions not in ("rope", "none", "alibi"):
        raise NotApplicableError(
            "This model’s stream cannot be rotated: norms with weights write into it, or subtract its mean.",
            "Choose a plain pre-norm model with RMSNorm, such as SmolLM2.",
        )
    state = {name: each.detach() for name, each in decoder.state_dict().items()}

    def read(name: str, norm: str) -> None:
        weight = state[name].double() * (state[norm].double() + config.norm_offset) @ Q
        state[name] = weight.to(state[name].dtype)

    def written(name: str) -> None:
        """A matrix is [out in]; a bias is a row of the stream, as the table's are."""
        own = state[name]
        state[name] = (own.double() @ Q if name.endswith(("bias", "embed.weight")) else Q.T @ own.double()).to(
            own.dtype
        )

    for layer in range(config.n_layers):
        block = f"blocks.{layer}"
        second = ("router", "experts.gate_in") if config.n_experts else ("W_gate.weight", "W_in.weight")
        readers = {
            f"{block}.ln1.weight": [f"{block}.attn.{role}.weight" for role in ("W_Q", "W_K", "W_V")],
            f"{block}.ln2.weight": [f"{block}.mlp.{role}" for role in second],
        }
        for norm, names in readers.items():
            for name in names:
                if name in state:
                    read(name, norm)
        for role in ("attn.W_O.weight", "attn.W_O.bias", "mlp.W_out.weight", "mlp.W_out.bias", "mlp.experts.out"):
            if f"{block}.{role}" in state:
                written(f"{block}.{role}")
    read("unembed.weight", "ln_final.weight")
    written("embed.weight")
    for name in state:
        if ".ln" in name or name == "ln_final.weight":  # its weight is in the matrices now
            state[name] = torch.full_like(state[name], 1 - config.norm_offset)
    return with_state(decoder, state, tied=False)


def _prime(n: int) -> bool:
    return n > 1 and all(n % divisor for divisor in range(2, int(n**0.5) + 1))


def _bordered(q: int, sign: float) -> Float64[Tensor, "order order"]:
    """Jacobsthal's matrix of quadratic residues in a border of ones, of this sign at the left; nought in the corner."""
    squares = {n * n % q for n in range(1, q)}
    residue = [0.0] + [1.0 if n in squares else -1.0 for n in range(1, q)]
    made = torch.zeros(q + 1, q + 1, dtype=torch.float64)
    made[1:, 1:] = torch.tensor([[residue[(row - column) % q] for column in range(q)] for row in range(q)])
    made[0, 1:], made[1:, 0] = 1.0, sign
    return made
