"""Features: a student's stream should hold what its teacher's holds, up to a linear map that is learned with it.

    loss = mean over blocks and positions of  |P_l h_student,l - h_teacher,m(l)|^2 / |h_teacher,m(l)|^2

FitNets (Romero et al. 2014, arXiv 1412.6550) matches one middle layer; here each block of the student has the block of
the teacher that is as deep in proportion. The projection P_l takes the student's width to the teacher's, and is thrown
away afterwards. A projection can do only so much: a stream of d_student numbers spans d_student directions.

>>> partners(4, 6)  # of four blocks among six
(1, 2, 4, 5)
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from explorer.stack.transformer.decoder import Decoder


def partners(student: int, teacher: int) -> tuple[int, ...]:
    """For each block of the student, the teacher's block that ends as deep in proportion."""
    return tuple(-(-(block + 1) * teacher // student) - 1 for block in range(student))


class Projections(nn.Module):
    """The learned maps, one a block of the student."""

    def __init__(self, student: Decoder, teacher: Decoder, generator: torch.Generator) -> None:
        super().__init__()
        self.partners = partners(student.config.n_layers, teacher.config.n_layers)
        width, wide = student.config.d_model, teacher.config.d_model
        self.maps = nn.ParameterList(
            nn.Parameter(torch.randn(wide, width, generator=generator) / width**0.5) for _ in self.partners
        )

    def loss(
        self, own: Sequence[Float[Tensor, "*rows d_student"]], theirs: Sequence[Float[Tensor, "*rows d_teacher"]]
    ) -> Float[Tensor, ""]:
        """Of the streams behind every block of both; 1 for a projection that writes nothing."""
        found = [
            ((h @ P.T - theirs[at]).square().sum(-1) / theirs[at].square().sum(-1)).mean()
            for h, P, at in zip(own, self.maps, self.partners, strict=True)
        ]
        return torch.stack(found).mean()


def streams(decoder: Decoder, ids: Int[Tensor, "batch pos"]) -> list[Float[Tensor, "batch pos d_model"]]:
    """The stream behind every block."""
    x, at = decoder.entered(ids)
    found = []
    for block in decoder.blocks:
        x = block(x, at)
        found.append(x)
    return found
