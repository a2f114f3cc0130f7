"""What teacher, student and the student's twin expect after every token of one text, and how far they are apart.

The student was trained on its teacher's distributions, the twin on the same windows' own tokens alone
(`training.distilled`): what only the student has of the teacher came through the distributions.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import torch
from jaxtyping import Float, Int
from torch import Tensor

from explorer import zoo
from explorer.errors import NotApplicableError
from explorer.experiments.frontier.distilling import TEACHER
from explorer.stack.frontier.distillation.divergences import divergence, logit_gradient
from explorer.stack.transformer.decoder import Decoder
from explorer.stack.worst import worst
from explorer.training.distilled import ALONE
from explorer.zoo.card import shelf_folder

STUDENT = "six-kinds-student"
#: The divergences that are shown: 0 and 1 are forward and reverse KL, what lies between the generalised JSD.
BETAS = (0.0, 0.001, 0.01, 0.1, 0.25, 0.5, 0.75, 0.9, 0.99, 0.999, 1.0)
#: Tokens of a text that are read, and next tokens that are shown.
MOST, SHOWN = 96, 12


@dataclass(frozen=True, eq=False)
class Compared:
    """One text read by all three."""

    ids: Int[Tensor, " pos"]
    left_out: int
    """Tokens beyond `MOST`."""
    temperature: float
    logits: dict[str, Float[Tensor, "pos d_vocab"]]
    """teacher, student and alone; before the temperature."""
    apart: dict[str, Float[Tensor, "beta pos"]]
    """Of student and alone from the teacher, at the temperature, for each of `BETAS`."""

    def probabilities(self, who: str) -> Float[Tensor, "pos d_vocab"]:
        return (self.logits[who] / self.temperature).softmax(-1)


@cache
def alone() -> Decoder:
    """The twin: the student's config, other weights."""
    from safetensors.torch import load_file

    student = zoo.load(STUDENT)
    weights = {name: tensor.float() for name, tensor in load_file(shelf_folder() / STUDENT / ALONE).items()}
    return Decoder.from_pretrained(student.hf.config, weights)


@torch.no_grad()
def compared(text: str, temperature: float) -> Compared:
    """Raises NotApplicableError for a text without tokens."""
    ids = zoo.load(TEACHER).vocabulary.encode(text)
    if not ids:
        raise NotApplicableError("An empty text has no next token.", "Write a text.")
    read = torch.tensor(ids[:MOST])
    models = {"teacher": zoo.load(TEACHER).decoder, "student": zoo.load(STUDENT).decoder, "alone": alone()}
    logits = {who: model(read[None])[0].float() for who, model in models.items()}
    apart = {
        who: torch.stack([divergence(logits[who], logits["teacher"], beta, temperature).total for beta in BETAS])
        for who in ("student", "alone")
    }
    return Compared(read, max(0, len(ids) - MOST), temperature, logits, apart)


def scipy_error(made: Compared) -> float:
    """All divergences against scipy's relative entropy of the definition in float64: the largest difference."""
    from scipy.special import rel_entr, softmax

    found = []
    p = softmax(made.logits["teacher"].double().numpy() / made.temperature, -1)
    for who, ours in made.apart.items():
        q = softmax(made.logits[who].double().numpy() / made.temperature, -1)
        for beta, each in zip(BETAS, ours, strict=True):
            if beta in (0, 1):
                wanted = rel_entr(*((p, q) if beta == 0 else (q, p))).sum(-1)
            else:
                m = beta * p + (1 - beta) * q
                wanted = (beta * rel_entr(p, m) + (1 - beta) * rel_entr(q, m)).sum(-1)
            found.append(float(abs(each.numpy() - wanted).max()))
    return worst(found)


def gradient_error(made: Compared) -> float:
    """The gradient of the student's logits in closed form against autograd's, at the ends and halfway."""
    found, teacher = [], made.logits["teacher"].double()
    for beta in (0.0, 0.5, 1.0):
        student = made.logits["student"].double().requires_grad_()
        got = divergence(student, teacher, beta, made.temperature)
        [wanted] = torch.autograd.grad(got.total.sum(), student)
        ours = logit_gradient(got, beta) / made.temperature
        found.append(float((ours - wanted).detach().abs().max()))
    return worst(found)


@torch.no_grad()
def library_error(made: Compared) -> float:
    """The student's logits against those of transformers' Llama on the shelf's weights: the largest difference."""
    from transformers import AutoModelForCausalLM

    from explorer.zoo.quiet import quiet

    with quiet():
        theirs = AutoModelForCausalLM.from_pretrained(shelf_folder() / STUDENT, dtype=torch.float32).eval()
    return float((theirs(made.ids[None]).logits[0] - made.logits["student"]).abs().max())
