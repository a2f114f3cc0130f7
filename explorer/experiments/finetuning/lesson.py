"""What is to be taught, and by which adapter: a set of instructions or pairs of one's own, a method and its settings.

A line of one's own pairs is a request and its answer with "=>" between them:

>>> own_pairs("2 + 2? => four\\n\\n3 + 1? => four")
(Pair(request='2 + 2?', answer='four'), Pair(request='3 + 1?', answer='four'))
>>> split(own_pairs("\\n".join(f"{n}? => {n}" for n in range(10))))[1]  # of ten pairs the last two are held out
(Pair(request='8?', answer='8'), Pair(request='9?', answer='9'))
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from functools import cached_property

import torch
from torch import nn

from explorer.corpora.instructions import Pair, made
from explorer.errors import BadRequestError, NotApplicableError
from explorer.experiments.finetuning.course import InstructionCourse
from explorer.experiments.finetuning.spoken import Spoken
from explorer.stack.finetuning import methods
from explorer.stack.finetuning.adapter import Adapter
from explorer.stack.transformer.decoder import Decoder
from explorer.zoo.adapter_tensors import theirs
from explorer.zoo.card import shelf
from explorer.zoo.checkpoints import code_hash
from explorer.zoo.made_names import parse
from explorer.zoo.model import Model

OWN = "own"
BETWEEN = "=>"
MOST_PAIRS = 10
#: Tokens of a row, at most and where there are enough conversations.
LONGEST, ROW = 512, 128
#: Of pairs of one's own, one in so many is held out.
HELD = 5
MATRICES = {
    "qv": methods.QUERY_VALUE,
    "attention": methods.ATTENTION,
    "mlp": ("W_gate", "W_in", "W_out"),
    "linear": methods.LINEAR,
}


@dataclass(frozen=True)
class Lesson:
    """All that the adapter follows from."""

    base: str
    """A model of the shelf."""
    task: str
    pairs: tuple[Pair, ...] = ()
    """One's own; none where the task is a set of instructions."""
    method: str = "lora"
    matrices: str = "qv"
    r: int = 8
    alpha: int = 16
    rate: float = 0.003
    steps: int = 40
    rows: int = 2
    """Of a step."""
    seed: int = 0

    @cached_property
    def name(self) -> str:
        """Of its adapter, where nobody gives it another."""
        digest = hashlib.sha256(f"{code_hash()} {self!r}".encode()).hexdigest()
        return f"{self.task}-{self.method}-{digest[:10]}"

    @property
    def items(self) -> tuple[tuple[Pair, ...], tuple[Pair, ...]]:
        """Trained on, and held out. Of few pairs none are held out."""
        if self.task == OWN:
            return split(self.pairs)
        found = made(self.task)
        return found.train, found.held_out

    def course(self, model: Model) -> tuple[InstructionCourse, bool]:
        """And whether its held-out items are others than those trained on. Raises BadRequestError for a pair that does
        not fit into the model's context."""
        speech = Spoken.of(model)
        train, held = self.items
        most = min(LONGEST, model.dims.n_ctx)
        lengths = [len(speech.example(pair).ids) for pair in (*train, *held)]
        if (longest := max(lengths)) > most:
            pair = (*train, *held)[lengths.index(longest)]
            raise BadRequestError(
                f"The pair “{pair.request[:40]}” has {longest} tokens with its template, and {most} are taken.",
                "Write a shorter one.",
            )
        length = min(most, max(_up(longest), min(ROW, _up(sum(lengths[: len(train)])))))
        course = InstructionCourse(speech, train, held or train, rows=self.rows, length=length, seed=self.seed)
        return replace(course, rows=min(self.rows, len(course.packed.ids))), bool(held)

    def adapter(self, decoder: Decoder) -> Adapter:
        """As it begins: nothing of the model is changed."""
        generator, roles = torch.Generator().manual_seed(self.seed), MATRICES[self.matrices]
        if self.method == "ia3":
            return methods.ia3(decoder)
        if self.method == "pissa":
            return methods.pissa(decoder, roles, self.r, self.alpha)
        if self.method == "dora":
            return methods.dora(decoder, roles, self.r, self.alpha, generator=generator)
        stabilised = self.method == "rslora"
        return methods.lora(decoder, roles, self.r, self.alpha, stabilised=stabilised, generator=generator)


def split(pairs: tuple[Pair, ...]) -> tuple[tuple[Pair, ...], tuple[Pair, ...]]:
    """Of one's own pairs the last fifth is held out, rounded down."""
    first = len(pairs) - len(pairs) // HELD
    return pairs[:first], pairs[first:]


def own_pairs(text: str) -> tuple[Pair, ...]:
    """Raises BadRequestError for a line that is no pair, for pairs that contradict each other, for none or too many."""
    found: list[Pair] = []
    lines: dict[str, tuple[int, str]] = {}
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        request, between, answer = (each.strip() for each in line.partition(BETWEEN))
        if not (between and request and answer):
            raise BadRequestError(
                f"Line {number} is no pair: “{line.strip()[:60]}”.", f"Write a request, {BETWEEN}, and its answer."
            )
        before, said = lines.setdefault(request, (number, answer))
        if said != answer:
            raise BadRequestError(
                f"Lines {before} and {number} contradict each other: “{request[:40]}” is answered by “{said[:40]}” and "
                f"by “{answer[:40]}”.",
                "A model cannot say both. Keep one.",
            )
        found.append(Pair(request, answer))
    if not found:
        raise BadRequestError("There is no pair to teach.", f"Write one a line: a request, {BETWEEN}, and its answer.")
    if len(found) > MOST_PAIRS:
        raise BadRequestError(f"There are {len(found)} pairs, and {MOST_PAIRS} are taken.", "Leave some out.")
    return tuple(found)


def check_base(model: Model) -> None:
    """Raises NotApplicableError for a model whose adapter could not be opened again: one that is not on the shelf, a
    changed or quantized one, a mixture, one whose layers have other names."""
    where = "Choose a dense model of the shelf."
    changes = [each for each in model.edits if not each.startswith("adapter:")]
    if parse(model.name) is not None or changes:
        what = "; ".join(changes) or model.name
        raise NotApplicableError(
            f"“{what[:80]}” is made here from another model: an adapter is taught on the shelf’s own weights.", where
        )
    if model.name not in shelf():
        raise NotApplicableError(f"“{model.name[:80]}” is not on the shelf: its adapter could not be opened.", where)
    if model.dims.n_experts:
        raise NotApplicableError(
            f"“{model.name}” is a mixture of experts: their matrices lie stacked in one tensor, which no adapter file "
            "names.",
            where,
        )


def check_names(model: Model, adapter: Adapter) -> None:
    """Raises NotApplicableError where transformers has no such linear layers."""
    for name in adapter.names:
        weight = model.weights.get(f"{theirs(name)}.weight")
        if weight is None:
            raise NotApplicableError(
                f"“{model.name}” has no linear layer {theirs(name)}: its adapter could not be saved.",
                "Choose a Llama, such as SmolLM2.",
            )


def weights_of(module: nn.Module) -> int:
    """Numbers that are trained."""
    return sum(each.numel() for each in module.parameters() if each.requires_grad)


def _up(tokens: int) -> int:
    return 32 * ((tokens + 31) // 32)
