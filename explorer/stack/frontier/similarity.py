"""How alike two models' streams and heads are: linear CKA, and the overlap of subspaces.

Of n texts or places, X [n d] and Y [n e] are what two models have there; the widths may differ. With K = X X^T and
L = Y Y^T centred on both sides (Kornblith et al. 2019, arXiv 1905.00414)::

    HSIC(K, L) = sum K * L           CKA = HSIC(K, L) / sqrt(HSIC(K, K) HSIC(L, L))
               = |Yc^T Xc|^2 / (|Xc^T Xc| |Yc^T Yc|)             the same, by features

It is 1 of a turned or evenly stretched copy. With no more places than dimensions even noise scores high, so that the
debiased form leaves the diagonals out (Song et al. 2012; Nguyen et al. 2021, arXiv 2010.15327): noise then has 0.

Two heads of one stream's width d write into subspaces with orthonormal bases U, V [d r]. Their projection kernel
|U^T V|^2 is r for the same subspace, 0 for orthogonal ones, and r^2 / d on average for random ones.

>>> x = torch.tensor([[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0], [0.0, -2.0]])
>>> turned = 3 * x @ torch.tensor([[0.0, 1.0], [-1.0, 0.0]])
>>> round(float(cka(centred(gram(x[None])), centred(gram(turned[None])))), 4)
1.0
>>> projection_kernel(torch.eye(3)[:, :2], torch.eye(3)[:, 1:]).item(), expected_kernel(2, 3)
(1.0, 1.3333333333333333)
"""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor


def gram(x: Float[Tensor, "*rows n d"]) -> Float[Tensor, "*rows n n"]:
    return x @ x.transpose(-1, -2)


def centred(k: Float[Tensor, "*rows n n"]) -> Float[Tensor, "*rows n n"]:
    """Rows and columns with mean 0."""
    return k - k.mean(-1, keepdim=True) - k.mean(-2, keepdim=True) + k.mean((-2, -1), keepdim=True)


def u_centred(k: Float[Tensor, "*rows n n"]) -> Float[Tensor, "*rows n n"]:
    """Without the diagonal, rows and columns with sum 0 (Székely & Rizzo 2014): sums of products are n (n - 3) times
    an unbiased HSIC. Raises ValueError for fewer than 4 places."""
    n = k.shape[-1]
    if n < 4:
        raise ValueError(f"debiasing needs 4 places, not {n}")
    k = k - torch.diag_embed(k.diagonal(dim1=-2, dim2=-1))
    rows, columns = k.sum(-1, keepdim=True), k.sum(-2, keepdim=True)
    whole = k.sum((-2, -1), keepdim=True)
    k = k - (rows + columns) / (n - 2) + whole / ((n - 1) * (n - 2))
    return k - torch.diag_embed(k.diagonal(dim1=-2, dim2=-1))


def cka(k: Float[Tensor, "one n n"], other: Float[Tensor, "two n n"]) -> Float[Tensor, "one two"]:
    """Of every pair of Gram matrices that were centred, either way; NaN of one that is 0."""
    a, b = k.flatten(1), other.flatten(1)
    return (a @ b.T) / (a.norm(dim=1)[:, None] * b.norm(dim=1))


def cka_by_features(x: Float[Tensor, "n d"], y: Float[Tensor, "n e"]) -> Float[Tensor, ""]:
    """The same of one pair, without a Gram matrix."""
    x, y = x - x.mean(0), y - y.mean(0)
    return (y.T @ x).square().sum() / ((x.T @ x).norm() * (y.T @ y).norm())


def projection_kernel(u: Float[Tensor, "*#rows d r"], v: Float[Tensor, "*#rows d r2"]) -> Float[Tensor, "*#rows"]:
    return (u.transpose(-1, -2) @ v).square().sum((-2, -1))


def expected_kernel(r: int, d: int) -> float:
    """Of two random subspaces of r dimensions among d.

    >>> round(expected_kernel(64, 576), 2)
    7.11
    """
    return r * r / d
