"""Counterfactual runs of a tiny mixture of experts, against transformers alone with its router changed by hand."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from explorer.figures.architectures import counterfactuals as figure
from explorer.tracing import AblateHead, ForbidExpert, ForceExpert, Trace, TraceKey, UseExperts, capture
from explorer.tracing.changes.interventions import Intervention
from explorer.tracing.probes.counterfactuals import changed_runs, continue_greedily, write_on
from explorer.zoo import Model
from tests.conftest import SMALL

TEXT = "one two three four five six"
LAYERS, EXPERTS = 3, 6
Change = Callable[[int, Tensor], tuple[Tensor, int]]


@pytest.fixture(scope="module")
def moe(tmp_path_factory: pytest.TempPathFactory) -> Model:
    """Random weights, and a context that ends soon."""
    from transformers import AutoModelForCausalLM, AutoTokenizer, MixtralConfig

    from explorer.zoo.loading import open_folder

    torch.manual_seed(0)
    folder: Path = tmp_path_factory.mktemp("mixtral")
    config = MixtralConfig(
        vocab_size=6144, hidden_size=32, intermediate_size=48, num_hidden_layers=LAYERS, num_attention_heads=4,
        num_key_value_heads=2, num_local_experts=EXPERTS, num_experts_per_tok=2, max_position_embeddings=24,
    )  # fmt: skip
    hf: Any = AutoModelForCausalLM.from_config(config)
    with torch.no_grad():
        for parameter in hf.parameters():
            parameter.add_(torch.randn_like(parameter) * 0.1)
    hf.save_pretrained(folder)
    AutoTokenizer.from_pretrained(SMALL, local_files_only=True).save_pretrained(folder)
    return open_folder(str(folder), None, folder)


@pytest.fixture(scope="module")
def plain(moe: Model) -> Any:
    from transformers import AutoModelForCausalLM

    folder = str(moe.hf.name_or_path)
    return AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32, local_files_only=True).eval()


def run(moe: Model, *interventions: Intervention, new: int = 0) -> Trace:
    return capture(moe, TraceKey(moe.name, TEXT, max_new_tokens=new, seed=1, interventions=tuple(interventions)))


@contextmanager
def routed(plain: Any, change: Change) -> Iterator[None]:
    """transformers alone, its router's logits and its number of experts changed: (layer, logits) -> (logits, k)."""

    def patched(layer: int, gate: Any) -> Callable[..., Any]:
        def router(_module: object, inputs: tuple[Tensor], _output: object) -> tuple[Tensor, Tensor, Tensor]:
            logits, k = change(layer, F.linear(inputs[0].reshape(-1, gate.weight.shape[1]), gate.weight))
            values, indices = logits.softmax(-1).topk(k, -1)
            return logits, values / values.sum(-1, keepdim=True), indices

        return router

    gates = [block.mlp.gate for block in plain.model.layers]
    handles = [gate.register_forward_hook(patched(layer, gate)) for layer, gate in enumerate(gates)]
    try:
        with torch.no_grad():
            yield
    finally:
        for handle in handles:
            handle.remove()


def forbidden(layer: int | None, pos: int | None, expert: int) -> Change:
    """The router's logit of that expert at -inf."""

    def change(at: int, logits: Tensor) -> tuple[Tensor, int]:
        logits = logits.clone()
        if layer in (None, at):
            logits[slice(None) if pos is None else pos, expert] = -math.inf
        return logits, 2

    return change


def forced(layer: int | None, pos: int | None, expert: int) -> Change:
    def change(at: int, logits: Tensor) -> tuple[Tensor, int]:
        out = logits.clone()
        if layer in (None, at):
            rows = slice(None) if pos is None else slice(pos, pos + 1)
            out[rows] = -math.inf
            out[rows, expert] = logits[rows, expert]
        return out, 2

    return change


@pytest.mark.parametrize("scope", figure.SCOPES)
@pytest.mark.parametrize(("do", "by_hand"), [("forbid", forbidden), ("force", forced)])
def test_one_batch_gives_what_transformers_gives_for_each_change(
    moe: Model, plain: Any, scope: str, do: figure.Do, by_hand: Callable[..., Change]
) -> None:
    trace, pos = run(moe), 3
    edits = [figure.edit(do, scope, 1, pos, expert) for expert in range(EXPERTS)]
    made = changed_runs(moe, trace, pos, [None, *edits])
    assert made[0].moved < 1e-5
    for expert, one in enumerate(made[1:]):
        with routed(plain, by_hand(*figure.place(scope, 1, pos), expert)):
            logits = plain(trace.ids[None]).logits[0]
        assert (one.logits - logits[pos]).abs().max() < 1e-4
        assert one.moved == pytest.approx(float((logits - trace.logits).abs().max()), abs=1e-4)
        expected = float(F.cross_entropy(logits[:-1], trace.ids[1:]))
        assert one.loss == pytest.approx(expected, abs=1e-4)


def test_rows_of_unlike_layers_and_counts_in_one_batch(moe: Model, plain: Any) -> None:
    trace = run(moe)
    edits = [ForbidExpert(2, 1, 0), UseExperts(None, 1), UseExperts(1, EXPERTS), ForceExpert(0, None, 5)]
    made = changed_runs(moe, trace, 4, edits)
    changes: list[Change] = [
        forbidden(2, 1, 0), lambda _at, x: (x, 1), lambda at, x: (x, EXPERTS if at == 1 else 2), forced(0, None, 5)
    ]  # fmt: skip
    for one, change in zip(made, changes, strict=True):
        with routed(plain, change):
            assert (one.logits - plain(trace.ids[None]).logits[0, 4]).abs().max() < 1e-4


def test_the_stack_and_the_rows_agree(moe: Model) -> None:
    """On a run that is changed already, generated tokens and all."""
    own = (ForbidExpert(0, None, 1), AblateHead(1, 2), ForceExpert(2, 2, 3))
    trace = run(moe, *own, new=3)
    kept = tuple((step, taken.chosen) for step, taken in enumerate(trace.steps))
    for edit in (ForbidExpert(0, 5, 2), ForceExpert(None, None, 4), UseExperts(None, 3)):
        [one] = changed_runs(moe, trace, 6, [edit])
        key = TraceKey(moe.name, TEXT, max_new_tokens=3, seed=1, forced=kept, interventions=(*own, edit))
        assert (one.logits - capture(moe, key).logits[6]).abs().max() < 1e-4


def test_what_is_not_taken_is_not_missed(moe: Model) -> None:
    trace = run(moe)
    assert trace.expert_weights is not None
    idle = (trace.expert_weights[1, 4] == 0).nonzero()[:, 0].tolist()
    assert len(idle) == EXPERTS - 2
    made = changed_runs(moe, trace, 4, [ForbidExpert(1, 4, expert) for expert in idle])
    assert max(one.moved for one in made) < 1e-5


@pytest.mark.parametrize("change", [(), (ForbidExpert(None, None, 3),), (ForceExpert(1, 7, 0),)])
def test_the_continuation_is_the_greedy_one(moe: Model, plain: Any, change: tuple[Any, ...]) -> None:
    trace, pos = run(moe), 2
    made = continue_greedily(moe, trace, pos, change, 6)
    ids = trace.ids[: pos + 1].tolist()

    def by_hand(at: int, logits: Tensor) -> tuple[Tensor, int]:
        for edit in change:
            place = None if edit.position is None else edit.position
            if place is None or place < len(logits):
                logits, _ = (forbidden if isinstance(edit, ForbidExpert) else forced)(edit.layer, place, edit.expert)(
                    at, logits
                )
        return logits, 2

    with routed(plain, by_hand):
        for step in range(len(made.ids)):
            logits = plain(torch.tensor([ids])).logits[0, -1]
            assert (made.logits[step] - logits).abs().max() < 1e-4
            ids.append(int(logits.argmax()))
    assert made.ids == tuple(ids[pos + 1 :])
    assert made.error is not None
    assert made.error < 1e-4
    parts = list(write_on(moe, trace, pos, change, 6))
    assert [len(part.ids) for part in parts] == [4, 6]
    assert [part.error is None for part in parts] == [True, False]
    assert parts[0].ids == made.ids[:4]
    assert parts[1].ids == made.ids


def test_the_continuation_ends_with_the_context(moe: Model) -> None:
    trace = run(moe, new=10)
    assert len(continue_greedily(moe, trace, len(trace) - 1, (), 96).ids) <= 24 - len(trace)
