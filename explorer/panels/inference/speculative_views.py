"""Speculative decoding: rounds of draft, check and keep on the run's own prompt, and what each draft would be worth."""

from __future__ import annotations

import statistics
import time
from dataclasses import asdict, replace
from typing import Any, Literal
from weakref import WeakKeyDictionary

import torch
from torch import Tensor

from explorer.errors import NotApplicableError
from explorer.figures.inference import speculative as figure
from explorer.panels.protocol import Check, Rendered, Scene
from explorer.stack.inference.drafts import (
    Draft,
    ModelDraft,
    distribution,
    early_exit,
    layer_skipping,
    quantised,
    read,
)
from explorer.stack.inference.prompt_lookup import PromptLookup, look_up
from explorer.stack.inference.sampling import Sampler
from explorer.stack.inference.speculative import Round, Speculation, Speculative
from explorer.stack.transformer.kv_cache import ContiguousCache
from explorer.tracing.capture import stop_ids

#: The drafts; their names are in the page.
KINDS = ("int4", "int8", "lookup", "skip", "exit")
GAMMAS = 8
#: Redraws at each decided position.
DRAWS = 2000
#: The last positions of the run whose acceptance is worked out for every draft.
POSITIONS = 48
ROWS = (1, 2, 3, 5, 9)
REPEATS = 3


#: Packing the weights takes a second and is the same for every visitor; it goes when the model does.
_PACKED: WeakKeyDictionary[Any, dict[str, Any]] = WeakKeyDictionary()


def _packed(decoder: Any, weights: Literal["int4", "int8"]) -> Any:
    """The decoder in another weight format. Raises NotApplicableError."""
    known = _PACKED.setdefault(decoder, {})
    if weights not in known:
        known[weights] = quantised(decoder, weights).decoder
    return known[weights]


def _kinds(decoder: Any) -> list[str]:
    """The drafts that this model can have: not every size suits every weight format."""
    found = []
    for kind in KINDS:
        try:
            if kind == "int4" or kind == "int8":
                _packed(decoder, kind)
        except NotApplicableError:
            continue
        found.append(kind)
    return found


def _draft(decoder: Any, kind: str, blocks: int) -> Draft:
    if kind == "lookup":
        return PromptLookup(decoder.config.d_vocab)
    if kind == "skip":
        return layer_skipping(decoder, blocks)
    if kind == "exit":
        return early_exit(decoder, blocks)
    return ModelDraft(_packed(decoder, "int4" if kind == "int4" else "int8"))


def _settings(scene: Scene) -> dict[str, Any]:
    n_layers, kinds = scene.model.decoder.config.n_layers, _kinds(scene.model.decoder)
    return {
        "kinds": kinds,
        "draft": scene.choice("draft", kinds[0], kinds),
        "blocks": scene.number("blocks", max(1, n_layers - 4), 1, n_layers),
        "gamma": scene.number("gamma", 4, 1, GAMMAS),
        "temperature": scene.number("temperature", 0.0, 0.0, 2.0),
        "seed": scene.number("seed", scene.trace.key.seed, 0, 2**31 - 1),
        "new": scene.number("new", 24, 4, 96),
        "n_layers": n_layers,
    }


def rounds(scene: Scene) -> Rendered:
    decoder, said = scene.model.decoder, _settings(scene)
    prompt, new = [t.id for t in scene.trace.tokens[: scene.trace.n_prompt]], said["new"]
    if len(prompt) + new > decoder.config.n_ctx:
        raise NotApplicableError(
            f"{len(prompt)} prompt tokens and {new} new ones pass the model's {decoder.config.n_ctx:,} positions.",
            "Take a shorter prompt.",
        )
    settings: dict[str, Any] = {
        "max_new_tokens": new,
        "sampler": Sampler(temperature=said["temperature"]),
        "seed": said["seed"],
        "stop_ids": stop_ids(scene.model),
    }
    plain = Speculative(decoder, prompt, None, **settings)
    run = Speculative(decoder, prompt, _draft(decoder, said["draft"], said["blocks"]), gamma=said["gamma"], **settings)
    made, shown, plain_rounds, proof = [], [], [], _Proof(said["seed"], redraw=said["temperature"] > 0)
    while not run.done:
        one = run.step()
        # Plain decoding takes its steps in turn, so that a slow moment of the machine falls on both.
        steps = [plain.step() for _ in one.ids if not plain.done]
        plain_rounds += steps
        shown.append(figure.shown(one, sum(step.seconds for step in steps)))
        proof.see(one)
        made.append(replace(one, evidence=None))
        scene.progress("Tokens", len(run.ids) - len(prompt), new)
    done, alone = run.result(made), plain.result(plain_rounds)
    data = {
        **said,
        "n_prompt": len(prompt),
        "context": prompt[-1:],
        "new_ids": list(done.new_ids),
        "rounds": shown,
        "seconds": done.seconds,
        "plain_seconds": alone.seconds * len(done.new_ids) / len(alone.new_ids),
        "tested": done.tested,
        "accepted": done.accepted,
        "overlap": done.overlap,
        "stopped": done.stopped,
        "unmodified": bool(scene.trace.key.interventions),
    }
    ids = {*prompt[-1:], *done.new_ids, *(i for r in shown for i in r["ids"])}
    ids |= {i for r in shown for b in r["bars"] for i in b["ids"]}
    return Rendered(data, proof.checks(done, alone), token_ids=ids)


class _Proof:
    """What this run shows about the rule, gathered round by round: the distributions are too big to keep."""

    def __init__(self, seed: int, redraw: bool) -> None:
        self.generator = torch.Generator().manual_seed(seed) if redraw else None
        self.agreement, self.gap, self.decided = figure.Agreement(), 0.0, 0

    def see(self, made: Round) -> None:
        assert made.evidence is not None
        for q, p in zip(made.evidence.q[: made.tested], made.evidence.p, strict=False):
            self.decided += 1
            self.gap = max(self.gap, figure.identity_error(q, p))
            if self.generator is not None:
                self.agreement += figure.agreement(q, p, DRAWS, self.generator)

    def checks(self, done: Speculation, alone: Speculation) -> tuple[Check, ...]:
        found, n = [], len(done.new_ids)
        if self.generator is None:
            same = sum(a == b for a, b in zip(done.new_ids, alone.new_ids, strict=False))
            off = max(n, len(alone.new_ids)) - same
            found.append(Check(f"Output equals plain greedy, {same} of {n} tokens", float(off), 0.0, "differences"))
        if not self.decided:
            return tuple(found)
        where = f"at {self.decided} decided position{'s' if self.decided > 1 else ''}"
        if self.generator is None:
            total = done.overlap * done.tested
            statement = f"Kept {done.accepted} of {done.tested} decided drafts, sum of all min(p, q) {total:g}"
            found.append(Check(statement, abs(done.accepted - total), 1e-9, "difference"))
        else:
            found.append(_agrees(self.agreement, f"Drafted {DRAWS:,} times anew {where}"))
        found.append(Check(f"Kept part + replacements = the model’s p, {where}", self.gap, 1e-12, "largest error"))
        return tuple(found)


def _agrees(a: figure.Agreement, what: str) -> Check:
    """Four standard deviations: chance passes them once in 16,000 times."""
    return Check(
        f"{what}: {a.measured:.2%} kept, mean Σ min(p, q) {a.overlap:.2%}",
        abs(a.measured - a.overlap),
        4 * a.deviation + 1e-12,
        "difference",
    )


def drafts(scene: Scene) -> Rendered:
    decoder, said = scene.model.decoder, _settings(scene)
    ids = [t.id for t in scene.trace.tokens]
    if len(ids) < 2:
        raise NotApplicableError("One token is too little to compare drafts on.", "Take a longer prompt.")
    sampler, first = Sampler(temperature=said["temperature"]), max(0, len(ids) - POSITIONS)
    models = {k: _draft(decoder, k, said["blocks"]) for k in said["kinds"] if k != "lookup"}
    readers = {k: d.decoder for k, d in models.items() if isinstance(d, ModelDraft)}

    def rows(reader: Any) -> list[Tensor]:
        with torch.inference_mode():
            logits = reader(torch.tensor([ids]))[0]  # pos d_vocab
        return [distribution(sampler, logits[i], ids[: i + 1], scene.trace.n_prompt) for i in range(first, len(ids))]

    def tick(done: int) -> None:
        scene.progress("Tokens", done, len(readers) + REPEATS + 2)

    target = rows(decoder)
    alphas, drawn = {}, figure.Agreement()
    generator = torch.Generator().manual_seed(scene.trace.key.seed)
    for at, (kind, reader) in enumerate(readers.items()):
        tick(at + 1)
        mine = figure.Agreement()
        for q, p in zip(rows(reader), target, strict=True):
            mine += figure.agreement(q, p, DRAWS // 10, generator)
        alphas[kind], drawn = mine.overlap, drawn + mine
    copied = [look_up(ids[: i + 1], 1) for i in range(first, len(ids))]
    alphas["lookup"] = statistics.fmean(
        float(p[match.ids[0]]) if match else 0.0 for match, p in zip(copied, target, strict=True)
    )
    step, passes, costs = _timed(decoder, readers, ids, lambda done: tick(len(readers) + 1 + done))
    costs["lookup"] = 0.0
    pass_cost = figure.between(ROWS, passes)
    promised = {k: figure.worth(alphas[k], costs[k], pass_cost, GAMMAS) for k in said["kinds"]}
    data = {
        **said,
        "positions": len(target),
        "found": sum(match is not None for match in copied),
        "step_ms": step * 1e3,
        "rows": list(ROWS),
        "pass_cost": list(passes),
        "drafts": [{"kind": kind, **asdict(one), "best": one.best_gamma} for kind, one in promised.items()],
    }
    what = f"{len(readers)} drafts judged {DRAWS // 10} times at {len(target)} positions"
    return Rendered(data, (_agrees(drawn, what),))


def _timed(
    decoder: Any, readers: dict[str, Any], ids: list[int], tick: Any
) -> tuple[float, list[float], dict[str, float]]:
    """Seconds of a plain step; passes over ROWS tokens and one drafted token of each model, in plain steps."""
    subjects: dict[Any, tuple[Any, int]] = {n: (decoder, n) for n in ROWS} | {k: (r, 1) for k, r in readers.items()}
    caches, taken = {}, {name: [] for name in subjects}
    with torch.inference_mode():
        for name, (reader, _) in subjects.items():
            if id(reader) not in caches:
                caches[id(reader)] = ContiguousCache(reader.config, 1, len(ids) + max(ROWS))
                read(reader, ids, caches[id(reader)], last_only=True)
            taken[name] = []
        for turn in range(REPEATS + 1):  # in turns; the first warms up
            tick(turn)
            for name, (reader, n) in subjects.items():
                cache = caches[id(reader)]
                began = time.perf_counter()
                read(reader, [ids[-1]] * n, cache, last_only=n == 1)
                seconds = time.perf_counter() - began
                cache.truncate(len(ids))
                if turn:
                    taken[name].append(seconds)
    typical = {name: statistics.median(each) for name, each in taken.items()}
    step = typical[1]
    return step, [typical[n] / step for n in ROWS], {k: typical[k] / step for k in readers}
