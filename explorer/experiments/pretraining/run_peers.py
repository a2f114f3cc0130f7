"""The first steps of a run taken by an optimizer that is none of ours, and its held-out loss by transformers.

torch has AdamW, SGD and Muon; Lion is written here as the paper's program has it, since torch has none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from explorer.experiments.pretraining.live_run import LiveRun
from explorer.experiments.pretraining.small_run import SmallRun
from explorer.stack.pretraining.optimizers.by_name import TABLES
from explorer.stack.transformer.decoder import Decoder
from explorer.stack.worst import worst
from explorer.zoo.own_decoder import settings_and_state
from explorer.zoo.quiet import quiet

#: Steps that are taken twice.
STEPS = 2
BETAS, LION_BETAS, MOMENTUM = (0.9, 0.95), (0.9, 0.99), 0.9


class ProgramLion(torch.optim.Optimizer):
    """Chen et al. 2023, program 1: interpolate, sign, decay; then the momentum."""

    def __init__(self, params: list[nn.Parameter], lr: float, weight_decay: float) -> None:
        super().__init__(params, {"lr": lr, "weight_decay": weight_decay})

    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> None:  # pyright: ignore[reportIncompatibleMethodOverride]
        assert closure is None
        one, two = LION_BETAS
        for group in self.param_groups:
            for p in group["params"]:
                momentum = self.state[p].setdefault("momentum", torch.zeros_like(p))
                update = torch.sign(p.grad * (1 - one) + momentum * one)
                p.add_(-group["lr"] * (update + group["weight_decay"] * p))
                momentum.mul_(two).add_(p.grad, alpha=1 - two)


def peers(model: Decoder, run: SmallRun) -> list[torch.optim.Optimizer]:
    """The optimizers that step its matrices and vectors, as the run's own does; rates are set before each step."""
    matrices = [each for each in model.parameters() if each.dim() > 1]
    vectors = [each for each in model.parameters() if each.dim() <= 1]
    decayed = ((matrices, run.weight_decay), (vectors, 0.0))
    if run.optimizer == "sgd":
        return [torch.optim.SGD(each, run.rate, momentum=MOMENTUM, weight_decay=decay) for each, decay in decayed]
    if run.optimizer == "lion":
        return [ProgramLion(each, run.rate, decay) for each, decay in decayed]
    if run.optimizer == "adamw":
        return [torch.optim.Adam(each, run.rate, BETAS, decoupled_weight_decay=True, weight_decay=decay, foreach=False)
                for each, decay in decayed]  # fmt: skip
    named = [(name.split(".")[0] in TABLES, each) for name, each in model.named_parameters() if each.dim() > 1]
    muon = [each for table, each in named if not table and each.dim() == 2]
    made: list[torch.optim.Optimizer] = [
        torch.optim.Muon(muon, run.rate, weight_decay=run.weight_decay, adjust_lr_fn="match_rms_adamw"),
        torch.optim.AdamW([each for table, each in named if table], run.rate, BETAS, weight_decay=run.weight_decay),
        torch.optim.AdamW(vectors, run.rate, BETAS, weight_decay=0.0),
    ]
    return made


def first_steps(run: SmallRun, live: LiveRun, steps: int = STEPS) -> float:
    """How far weights that a peer steps are from ours after the first steps, by how far ours have moved, both as norms;
    or where that is more, the losses on the way from those of the run's curve. Experts under Muon, which torch's does
    not step, are left out."""
    ours, theirs = (LiveRun(run, live.texts) for _ in range(2))
    start = _flat(ours.model)
    muon = run.at(0).optimizer == "muon"
    left_out = [name for name, each in ours.model.named_parameters() if muon and each.dim() > 2]
    optimizers, error = peers(theirs.model, run.at(0)), 0.0
    for step in range(steps):
        ours.step()
        loss = _stepped(theirs, optimizers, step)
        error = worst(error, abs(loss / live.losses[step] - 1)) if step < len(live.losses) else error
        if left_out:  # theirs goes on from the same experts
            _copied(ours.model, theirs.model, left_out)
    moved, apart = _flat(ours.model) - start, _flat(ours.model) - _flat(theirs.model)
    return worst(error, float(apart.norm() / moved.norm().clamp_min(1e-30)))


def _flat(model: Decoder) -> Tensor:
    return torch.cat([each.detach().flatten() for each in model.parameters()])


def losses_of_peer(live: LiveRun, factor: float, first: float, steps: int) -> list[float]:
    """Losses of the first steps where torch's scheduler multiplies the rates by `factor` after each."""
    theirs = LiveRun(live.described, live.texts)
    optimizers = peers(theirs.model, live.described.at(0))
    for each in optimizers:
        for group in each.param_groups:
            group["lr"] = first
    schedulers = [torch.optim.lr_scheduler.ExponentialLR(each, factor) for each in optimizers]
    found = []
    for step in range(steps):
        found.append(_stepped(theirs, optimizers, step, scheduled=True))
        for each in schedulers:
            each.step()
    return found


def _stepped(theirs: LiveRun, optimizers: list[torch.optim.Optimizer], step: int, scheduled: bool = False) -> float:
    settings = theirs.described.at(step).settings()
    for each in optimizers if not scheduled else ():
        for group in each.param_groups:
            group["lr"] = settings.schedule(step)
    theirs.model.zero_grad(set_to_none=True)
    losses = theirs.model.loss(theirs.batch(step))
    losses.total({}).backward()
    gradients = [each.grad for each in theirs.model.parameters() if each.grad is not None]
    norm = torch.cat([each.flatten() for each in gradients]).norm()
    for each in gradients:
        each.mul_(min(settings.clip / float(norm), 1.0))
    for each in optimizers:
        each.step()
    return float(losses.parts["lm"].detach())


@torch.no_grad()
def _copied(source: Decoder, target: Decoder, names: list[str]) -> None:
    weights = dict(source.named_parameters())
    for name, each in target.named_parameters():
        if name in names:
            each.copy_(weights[name])


def held_by_transformers(live: LiveRun) -> float:
    """The held-out loss of the run's weights in transformers' Llama or Mixtral, on the windows of its course."""
    from transformers import LlamaConfig, LlamaForCausalLM, MixtralConfig, MixtralForCausalLM

    config, state = settings_and_state(live.model)
    llama, mixtral = (LlamaForCausalLM, LlamaConfig), (MixtralForCausalLM, MixtralConfig)
    kind, of = mixtral if live.described.shape.experts else llama
    with quiet(), torch.no_grad():
        theirs = kind.from_pretrained(None, config=of(**config), state_dict=dict(state)).float().eval()
        found = [_mean(theirs, stream) for stream in windows(live)]
    return sum(found) / len(found)


def _mean(theirs: nn.Module, windows: Tensor) -> float:
    logits = theirs(windows[:, :-1]).logits
    return float(F.cross_entropy(logits.double().flatten(0, 1), windows[:, 1:].flatten()))


def windows(live: LiveRun) -> Iterator[Tensor]:
    """The held-out windows of each kind."""
    from explorer.stack.pretraining.batches import held_out_windows

    course = live.texts.course(live.described.at(max(live.progress.step - 1, 0)))
    for stream in course.held.values():
        yield held_out_windows(stream, course.n_ctx, course.measured)


def tokens_counted(live: LiveRun, most: int = 64) -> float:
    """Largest difference between the targets of a step's windows, counted in the windows, and what the curve adds."""
    curve, error = live.progress.curve, 0.0
    for at in sorted({round(each * (len(curve) - 1) / most) for each in range(most + 1)}) if curve else ():
        before = curve[at - 1].tokens if at else 0
        error = worst(error, float(abs(live.batch(at)[:, 1:].numel() - (curve[at].tokens - before))))
    return error
