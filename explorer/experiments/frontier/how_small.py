"""The same teacher made smaller without training: loss on the held-out passages against what must be stored.

Beside them stand students that were trained (`distilling_kept`), measured on the same passages.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

import torch
from jaxtyping import Int
from torch import Tensor

from explorer.corpora import passages
from explorer.experiments import shelf_course
from explorer.experiments.frontier.distilling import TEACHER, teacher
from explorer.experiments.side_by_side import held_loss, windows
from explorer.fetching.progress import Progress, silent
from explorer.stack.frontier.distillation import pruned
from explorer.stack.pretraining.batches import WindowCourse
from explorer.stack.transformer.decoder import Decoder
from explorer.stack.worst import worst
from explorer.zoo import load
from explorer.zoo.quiet import quiet

#: Shares of hidden neurons that are kept.
WIDTHS = (0.75, 0.5, 0.25)


@dataclass(frozen=True, eq=False)
class Smaller:
    """The teacher with something left out."""

    way: str
    """depth, width, sparse or merged; whole for the teacher itself."""
    amount: str
    """How much is left: blocks, share of neurons, experts."""
    stored: int
    """Numbers that must be kept."""
    loss: float


@dataclass(eq=False)
class HowSmall:
    """What was measured so far."""

    course: WindowCourse
    influence: list[float]
    """Of every block (`pruned.influence`)."""
    total: int
    """That there will be."""
    found: list[Smaller] = field(default_factory=list)
    checked: tuple[float, float] | None = None
    """Weights beyond two of four; logits of the teacher without blocks against transformers'."""

    @property
    def held_tokens(self) -> int:
        return windows(self.course)[:, 1:].numel()


def how_small(measured: int, progress: Progress = silent) -> Iterator[HowSmall]:
    """One after another. measured: held-out windows of each kind."""
    decoder = teacher().decoder
    course = held_out(measured, progress)
    ids = windows(course)[:, :-1]
    influence = pruned.influence(decoder, ids)
    order = sorted(range(len(influence)), key=influence.__getitem__)
    layers, experts = decoder.config.n_layers, decoder.config.n_experts
    jobs: list[tuple[str, str, Callable[[], Decoder]]] = [("whole", "", lambda: decoder)]
    jobs += [
        ("depth", f"{layers - n} of {layers} blocks", lambda n=n: pruned.without_blocks(decoder, order[:n]))
        for n in range(1, layers - 1)
    ]
    jobs += [
        ("width", f"{share:.0%} of neurons", lambda share=share: pruned.narrowed(decoder, share)) for share in WIDTHS
    ]
    jobs += [("sparse", "2 of 4 weights", lambda: pruned.sparse(decoder))]
    jobs += [("merged", f"{experts // 2} of {experts} experts", lambda: pruned.merged(decoder))]
    made = HowSmall(course, influence, len(jobs))
    for number, (way, amount, build) in enumerate(jobs):
        progress("Smaller models", number, len(jobs))
        smaller = build()
        made.found.append(Smaller(way, amount, pruned.stored(smaller, way == "sparse"), held_loss(smaller, course)))
        if number + 1 == len(jobs):
            made.checked = (beyond_two(decoder), library_error(decoder, order[:2], ids[:1]))
        yield made


def held_out(measured: int, progress: Progress = silent) -> WindowCourse:
    """The passages that the recorded students were measured on: all of them, since none is trained on here."""
    vocabulary = load(TEACHER).vocabulary
    course = shelf_course.course(vocabulary, "passages", 0, progress, measured=measured)
    held = {
        each.kind: torch.tensor([token for one in each.excerpts for token in (0, *vocabulary.encode(one.text))])
        for each in passages.read()
    }
    return replace(course, held={kind: stream.int() for kind, stream in held.items()})


def beyond_two(decoder: Decoder) -> float:
    """Of all fours of the 2:4 model, the share with more than two weights, or whose two are not the larger ones."""
    wrong = fours = 0
    before = dict(decoder.named_parameters())
    for name, weight in pruned.sparse(decoder).named_parameters():
        if pruned.halved(name) and weight.dim() > 1:
            kept, all_four = weight.unflatten(-1, (-1, 4)).abs(), before[name].unflatten(-1, (-1, 4)).abs()
            lost = all_four.where(kept == 0, torch.zeros(())).amax(-1)
            least = kept.where(kept > 0, torch.full((), torch.inf)).amin(-1)
            wrong += int((((kept > 0).sum(-1) > 2) | (lost > least)).sum())
            fours += kept[..., 0].numel()
    return wrong / fours


@torch.no_grad()
def library_error(decoder: Decoder, left_out: list[int], ids: Int[Tensor, "row pos"]) -> float:
    """Without those blocks, against transformers' Mixtral of the whole teacher whose layers are taken out; and with
    half of the neurons, against its Mixtral on what is left: the largest difference of a logit."""
    from transformers import MixtralConfig, MixtralForCausalLM

    def library(of: Decoder) -> MixtralForCausalLM:
        config = MixtralConfig(**of.hf_config())  # pyright: ignore[reportArgumentType]
        with quiet():
            return MixtralForCausalLM.from_pretrained(None, config=config, state_dict=of.hf_state_dict()).eval()

    shorter, half = library(decoder), pruned.narrowed(decoder, 0.5)
    layers = [each for at, each in enumerate(shorter.model.layers) if at not in left_out]
    shorter.model.layers = torch.nn.ModuleList(layers)
    shorter.config.num_hidden_layers = len(layers)
    theirs = [shorter(ids, use_cache=False).logits, library(half)(ids, use_cache=False).logits]
    ours = [pruned.without_blocks(decoder, left_out)(ids), half(ids)]
    return worst(float((a - b).abs().max()) for a, b in zip(ours, theirs, strict=True))
