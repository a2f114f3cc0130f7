"""What all matrices of a model take, by one name: a number format, or one of llama.cpp's mixes of formats.

A format must suit every matrix that is to take it. A mix falls back where rows do not fit (see `mix`); what falls back
to 16 bits there is FP16 here.

>>> list(SCHEMES)[-3:], SCHEMES["q4_k_m"].title, SCHEMES["nf4"].title
(['q4_k_m', 'q5_k_s', 'q5_k_m'], 'Q4_K_M, a mix', 'NF4')
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from explorer.errors import BadRequestError
from explorer.stack.systems.quantization.format import Format
from explorer.stack.systems.quantization.formats import FORMATS
from explorer.stack.systems.quantization.matrices import Matrix
from explorer.stack.systems.quantization.mix import MIXES, Mix, plan


@dataclass(frozen=True)
class Scheme:
    """One format for all, or a mix."""

    name: str
    title: str
    mix: Mix | None = None

    def formats(self, known: Sequence[Matrix]) -> dict[str, Format]:
        """The format of every matrix of a decoder, by name. known: all of them, since a mix goes by their places."""
        if self.mix is None:
            return {each.name: FORMATS[self.name] for each in known}
        names = plan(self.mix, list(known), _queries_per_value(known))
        return {matrix: FORMATS["fp16" if name == "f16" else name] for matrix, name in names.items()}

    def misfit(self, known: Sequence[Matrix]) -> str | None:
        """Why it does not suit some of these matrices; None if it suits all."""
        if self.mix is not None:
            return None
        reasons = (FORMATS[self.name].misfit(each.weight.shape[1]) for each in known)
        return next((reason for reason in reasons if reason), None)


def _queries_per_value(known: Sequence[Matrix]) -> int:
    """Heads of queries that share one of values."""
    rows = {each.role: each.weight.shape[0] for each in known}
    return rows["W_Q"] // rows["W_V"] if "W_Q" in rows and "W_V" in rows else 1


SCHEMES: dict[str, Scheme] = {name: Scheme(name, fmt.title) for name, fmt in FORMATS.items()} | {
    name: Scheme(name, f"{made.title}, a mix", made)
    for name, made in MIXES.items()
    if name not in FORMATS and name not in ("f32", "f16")
}


def scheme(name: str) -> Scheme:
    """Raises BadRequestError for one that there is not."""
    if name not in SCHEMES:
        raise BadRequestError(f"There is no weight format “{name[:40]}”.", f"Known are {', '.join(SCHEMES)}.")
    return SCHEMES[name]
