"""Every method of fine-tuning under one budget: the same answers in the same order, the same steps, one optimiser.

Each training begins at the same base and ends with what it says of held-out requests, and with what else it changed:
the divergence of its next-token distributions from the base's on texts that it was not trained on, kind by kind. An
answer is exact where each of its tokens is the likeliest after the right ones before it, the mark that ends it too:
then greedy decoding writes just these tokens.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

import torch
from jaxtyping import Float, Int
from torch import Tensor

from explorer.corpora import passages
from explorer.errors import NotApplicableError
from explorer.experiments.finetuning.course import InstructionCourse
from explorer.stack.finetuning import counts, methods, qlora, trainable
from explorer.stack.finetuning.adapter import Adapter
from explorer.stack.finetuning.conversations import Rows, padded
from explorer.stack.finetuning.lora import PLUS
from explorer.stack.finetuning.tuned import Tuned
from explorer.stack.finetuning.virtual_tokens import Prefix, Prompt
from explorer.stack.pretraining.not_finite import NotFiniteError
from explorer.stack.pretraining.schedule import Schedule
from explorer.stack.pretraining.train import Run, Settings
from explorer.stack.systems.quantization.matrices import weight_bytes
from explorer.stack.transformer.config import DecoderConfig
from explorer.stack.transformer.decoder import Decoder
from explorer.zoo.model import Model

#: In the order of the tables.
TITLES = {
    "full": "full", "lora": "LoRA", "rslora": "rsLoRA", "dora": "DoRA", "pissa": "PiSSA", "lora_plus": "LoRA+",
    "qlora": "QLoRA", "bottleneck": "bottleneck", "prefix": "prefix", "prompt": "prompt", "ia3": "IA3",
    "bitfit": "BitFit",
}  # fmt: skip
NAMES = tuple(TITLES)
LOW_RANK = ("lora", "rslora", "dora", "pissa", "lora_plus", "qlora")
R, ALPHA, TOKENS, WIDTH = 8, 16, 20, 8
#: Of each kind of text: excerpts, and tokens of each.
EXCERPTS, LENGTH = 2, 64
BETAS = (0.9, 0.999)


def begun(name: str, decoder: Decoder, seed: int) -> Tuned:
    """A method before its first step. Raises NotApplicableError where the model has no place for it."""
    check(name, decoder)
    generator, roles = torch.Generator().manual_seed(seed), roles_of(decoder.config)
    made: Mapping[str, Callable[[], Tuned]] = {
        "full": lambda: Tuned(decoder),
        "lora": lambda: Tuned(decoder, methods.lora(decoder, roles, R, ALPHA, generator=generator)),
        "rslora": lambda: Tuned(decoder, methods.lora(decoder, roles, R, ALPHA, stabilised=True, generator=generator)),
        "dora": lambda: Tuned(decoder, methods.dora(decoder, roles, R, ALPHA, generator=generator)),
        "pissa": lambda: Tuned(decoder, methods.pissa(decoder, roles, R, ALPHA)),
        "lora_plus": lambda: Tuned(decoder, methods.lora(decoder, roles, R, ALPHA, generator=generator)),
        "qlora": lambda: _qlora(decoder, roles, generator),
        "bottleneck": lambda: Tuned(decoder, methods.bottleneck(decoder, WIDTH, generator)),
        "prefix": lambda: Tuned(decoder, Prefix.fresh(decoder, TOKENS, generator)),
        "prompt": lambda: Tuned(decoder, Prompt.fresh(decoder, TOKENS, generator)),
        "ia3": lambda: Tuned(decoder, methods.ia3(decoder)),
        "bitfit": lambda: Tuned(decoder, methods.bitfit(decoder)),
    }
    return made[name]()


def _qlora(decoder: Decoder, roles: Sequence[str], generator: torch.Generator) -> Tuned:
    base = qlora.rounded(decoder)
    return Tuned(base, methods.lora(base, roles, R, ALPHA, generator=generator))


def check(name: str, decoder: Decoder) -> None:
    """Raises NotApplicableError where the model has no place for the method."""
    if decoder.config.n_experts:
        raise NotApplicableError(
            "The feed-forward layers of this model are experts: what the methods train there is not counted alike.",
            "Choose a dense model.",
        )
    if name == "qlora":
        fits = all(qlora.DOUBLE.misfit(d_in) is None for d_in, _ in trainable.matrices(decoder.config).values())
        if not fits:
            raise NotApplicableError("NF4 does not take the rows of this model’s matrices.", "Choose another method.")


def roles_of(config: DecoderConfig) -> tuple[str, ...]:
    """Every linear layer of a block."""
    return tuple(trainable.matrices(config))


def counted(name: str, config: DecoderConfig) -> int:
    """Numbers that it trains, by formula. Raises ValueError for a model that the formula of `full` is not of."""
    roles = roles_of(config)
    if name == "dora":
        return trainable.dora(config, roles, R)
    if name in LOW_RANK:
        return trainable.low_rank(config, roles, R)
    made: Mapping[str, Callable[[], int]] = {
        "full": lambda: trainable.full(config),
        "bottleneck": lambda: trainable.bottleneck(config, WIDTH),
        "prefix": lambda: trainable.prefix(config, TOKENS),
        "prompt": lambda: trainable.prompt(config, TOKENS),
        "ia3": lambda: trainable.ia3(config),
        "bitfit": lambda: trainable.bitfit(config),
    }
    return made[name]()


@dataclass(frozen=True, kw_only=True)
class Memory:
    """Of one step, in bytes, each measured from the tensors that are there."""

    trained: int
    """Numbers that autograd gave a gradient."""
    weights: int
    """Frozen and trained ones, as they are stored."""
    gradients: int
    optimizer: int
    activations: int
    """What the forward pass keeps for the backward pass."""


def memory(tuned: Tuned, optimiser: torch.optim.Optimizer, activations: int) -> Memory:
    """After a step, its gradients in place."""
    trained = [each for each in tuned.parameters() if each.grad is not None]
    beside = 0 if tuned.whole is not None else sum(each.nbytes for each in (*tuned.parameters(), *tuned.buffers()))
    return Memory(
        trained=sum(each.numel() for each in trained),
        weights=weight_bytes(tuned.base) + beside,
        gradients=counts.gradient_bytes(trained),
        optimizer=counts.state_bytes(optimiser),
        activations=activations,
    )


def kept(tuned: Tuned, rows: Rows) -> int:
    """Bytes that a forward pass on the rows keeps for the backward pass, weights left out."""
    return counts.kept(lambda: tuned.loss(rows).parts["lm"], [*tuned.base.parameters(), *tuned.parameters()])


@dataclass(frozen=True)
class Budget:
    """What every method is given."""

    steps: int
    rows: int
    length: int
    """Tokens of a row."""
    held_out: int
    """Requests whose answers are held out."""


def settings_of(name: str, rate: float, budget: Budget) -> Settings:
    """One optimiser for all: AdamW without decay, warm-up and cosine; LoRA+ has a greater rate for B."""
    warmup = min(max(1, budget.steps // 10), budget.steps - 1)
    schedule = Schedule("cosine", rate, 0.0, warmup, budget.steps)
    return Settings(
        schedule, budget.rows * budget.length, weight_decay=0.0, betas=BETAS, times=PLUS if name == "lora_plus" else {}
    )


@dataclass(frozen=True, eq=False)
class Texts:
    """What no method is trained on, and what the base says of it."""

    ids: dict[str, Int[Tensor, "excerpt pos"]]
    """By kind."""
    base: dict[str, Float[Tensor, "excerpt pos d_vocab"]]
    """Log-probabilities."""


@torch.no_grad()
def texts(model: Model, decoder: Decoder) -> Texts:
    """The first tokens of the shelf's passages, kind by kind."""
    found: dict[str, Tensor] = {}
    for each in passages.read():
        rows = [model.tokenizer(one.text, add_special_tokens=False)["input_ids"] for one in each.excerpts[:EXCERPTS]]
        found[each.kind] = torch.tensor([row[:LENGTH] for row in rows])
    return Texts(found, {kind: torch.log_softmax(decoder(ids).float(), -1) for kind, ids in found.items()})


@torch.no_grad()
def changed(tuned: Tuned, those: Texts) -> dict[str, float]:
    """KL(base | tuned) of the next token by kind of text: the mean of its tokens, in nats."""
    found = dict[str, float]()
    for kind, ids in those.ids.items():
        p, q = those.base[kind], torch.log_softmax(tuned(ids).float(), -1)
        found[kind] = float((p.exp() * (p - q)).sum(-1).mean())
    return found


@torch.no_grad()
def answered(tuned: Tuned, course: InstructionCourse, items: int, at_once: int = 16) -> tuple[float, float]:
    """Of held-out answers: the mean loss of their tokens, and the share of those that are exact."""
    total = count = exact = 0.0
    for first in range(0, items, at_once):
        rows = padded(course.held[first : min(first + at_once, items)])
        logp = torch.log_softmax(tuned(rows.ids).float()[:, :-1], -1)
        targets, learnt = rows.ids[:, 1:], rows.learnt[:, 1:]
        total -= float(logp.gather(-1, targets[..., None])[..., 0][learnt].double().sum())
        count += int(learnt.sum())
        exact += int(((logp.argmax(-1) == targets) | ~learnt).all(1).sum())
    return total / count, exact / items


@dataclass(frozen=True, kw_only=True)
class Ended:
    """What a training left."""

    loss: float
    """Of the held-out answers, nats a token; infinite where the loss was no number."""
    exact: float
    """Share of the held-out answers."""
    changed: dict[str, float]
    memory: Memory
    step_seconds: float
    """Processor time: the median of the steps behind the first."""


def trained(
    name: str, decoder: Decoder, course: InstructionCourse, those: Texts, rate: float, budget: Budget,
    told: Callable[[int], None] = lambda _: None,
) -> Ended:  # fmt: skip
    """One training; the seed is the course's. A loss that is no number ends it."""
    tuned = begun(name, decoder, course.seed)
    activations = kept(tuned, course.batch(0))
    run, seconds = Run(tuned, course, settings_of(name, rate, budget)), list[float]()
    for step in range(budget.steps):
        before = time.process_time()
        try:
            with torch.enable_grad():
                run.step()
        except NotFiniteError:
            break
        seconds.append(time.process_time() - before)
        told(step + 1)
    whole = len(seconds) == budget.steps
    loss, exact = answered(tuned, course, budget.held_out) if whole else (math.inf, 0.0)
    return Ended(
        loss=loss,
        exact=exact,
        changed=changed(tuned, those) if whole else dict.fromkeys(those.ids, math.inf),
        memory=memory(tuned, run.optimiser, activations),
        step_seconds=median(seconds[1:] or seconds or [math.nan]),
    )


def untrained(decoder: Decoder, course: InstructionCourse, those: Texts, budget: Budget) -> Ended:
    """The base: nothing is trained, nothing else has changed."""
    loss, exact = answered(Tuned(decoder, Adapter({})), course, budget.held_out)
    memory = Memory(trained=0, weights=weight_bytes(decoder), gradients=0, optimizer=0, activations=0)
    return Ended(loss=loss, exact=exact, changed=dict.fromkeys(those.ids, 0.0), memory=memory, step_seconds=0.0)
