"""The panel of what experts do, on a tiny mixture: its checks hold, and each fails when what it is about is broken."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
import torch

from explorer.corpora import passages
from explorer.errors import NotApplicableError
from explorer.experiments.architectures import experts as measuring
from explorer.experiments.architectures import own_text as bringing
from explorer.figures.payload import pack
from explorer.panels.architectures import experts_views as views
from explorer.panels.architectures.experts import PANEL
from explorer.panels.protocol import Check
from explorer.panels.scene import Scene
from explorer.stack.architectures import expert_shares, mutual_information, specialisation
from explorer.tracing.probes import corpus
from explorer.zoo import Model, load
from tests.panels.both_runs import drawn
from tests.tiers import spread


@pytest.fixture(autouse=True)
def afresh(moe: Model, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Few shuffles, and nothing that another test has left."""
    monkeypatch.setattr(measuring, "SHUFFLES", 10)
    for known in (measuring._KNOWN, corpus._KNOWN):
        known.pop(moe, None)
    yield
    for known in (measuring._KNOWN, corpus._KNOWN):
        known.pop(moe, None)


def check(moe: Model, view: str, words: str) -> Check:
    [found] = [one for one in PANEL.render(view, Scene(moe)).checks if words in one.statement]
    return found


@pytest.mark.parametrize("count", spread(["pairs", "first", "weight", "nonsense"], 2))
def test_every_check_holds_without_a_run_and_all_can_be_sent(moe: Model, count: str) -> None:
    told: list[tuple[int, int]] = []
    scene = Scene(moe, controls={"count": count}, progress=lambda _, done, total: told.append((done, total)))
    for view in PANEL.views:
        assert PANEL.reads(view) == "model"
        made = PANEL.render(view.name, scene)
        assert all(each.holds for each in made.checks), view.name
        assert pack(made.data)["count"] == ("pairs" if count == "nonsense" else count)
        assert list(made.token_ids) or view.name not in ("expert", "own_text")
        assert made.note.startswith("It is not known") or view.name == "own_text"
    assert all(0 <= done <= total for done, total in told)


def test_only_a_recipe_says_that_passages_are_new(moe: Model) -> None:
    made = PANEL.render("kinds", Scene(replace(moe, name="six-kinds-moe")))
    assert made.note == "The model was not trained on these passages."


@pytest.mark.parametrize(
    ("text", "read"),
    spread(
        [
            ("", 0),
            (" \n\t ", 0),
            ("a", 1),
            ("👩‍👩‍👧‍👦🇺🇳", None),
            ("<b>${alert(1)}</b> ", None),
            ("word " * 10_000, None),
        ],
        2,
    ),
    ids=["empty", "spaces", "short", "emoji", "markup", "huge"],
)
def test_any_text_may_be_brought(moe: Model, text: str, read: int | None) -> None:
    made = PANEL.render("own_text", Scene(moe, controls={"text": text}))
    data = made.data
    assert data.read == (data.read if read is None else read) <= bringing.TOKENS
    assert len(data.text) <= (PANEL.settings["text"].longest or 0)
    assert all(each.holds for each in made.checks), made.checks
    assert bool(made.checks) == bool(data.read)
    if data.read:
        assert torch.allclose(data.own.sum(-1), torch.ones(3, dtype=torch.float64))
        assert float(data.nearest.sum()) == pytest.approx(1)
        assert bool(data.low.isfinite().all()) == (data.read >= 2 * data.run)
    pack(data)


def test_a_passage_that_is_brought_is_counted_as_in_the_corpus(moe: Model) -> None:
    data = PANEL.render("own_text", Scene(moe, controls={"text": passages.read()[0].excerpts[0].text})).data
    routing = corpus.over_passages(moe).routing
    chosen = routing.indices[:, routing.passage == 0]  # layer token slot
    counts = torch.stack([torch.bincount(layer.flatten(), minlength=6) for layer in chosen]).double()
    assert torch.allclose(data.own, counts / counts.sum(-1, keepdim=True))
    assert bool(((data.low <= data.own) & (data.own <= data.high)).all())


def test_another_mixture_stands_beside_this_one(moe: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of one whose first experts are never chosen, and whose bits about the text kind are wrong."""
    plain = views._analysis
    scene = Scene(moe, other_model=replace(moe, name="another"))

    def analysed(each: Scene) -> measuring.Analysis:
        made = plain(scene)
        if each.model is moe:
            return made
        share = made.share.index_fill(1, torch.tensor([0]), 0.0)
        kind = replace(made.measured[0], bits=made.measured[0].bits + 0.5)
        return replace(made, share=share, measured=(kind, *made.measured[1:]))

    monkeypatch.setattr(views, "_analysis", analysed)
    made, _, there = drawn(PANEL.name, "information", scene)
    assert there is not None
    base = there.made.data
    assert (int((base.share == 0).sum()), base.share.numel()) == (3, 18)  # one of each of three layers
    assert torch.allclose(base.measured[0].bits - made.data.measured[0].bits, torch.tensor(0.5, dtype=torch.float64))
    assert not made.checks[0].holds
    pack(made.data)
    dense = replace(scene, other_model=load("six-kinds-dense"))
    alone, _, there = drawn(PANEL.name, "information", dense)
    assert there is None
    assert alone.data.layers == made.data.layers


# ---- each check fails when what it is about is broken ----------------------------------------------------------------


@pytest.mark.breaks("experts.kinds", r"choices a block, counted again$")
def test_kinds_that_slip_by_a_token(moe: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = expert_shares.tabulate
    monkeypatch.setattr(expert_shares, "tabulate", lambda routed, labels, n: plain(routed, labels.roll(1), n))
    assert not check(moe, "kinds", "counted again").holds


@pytest.mark.breaks("experts.kinds", r"^A passage read alone")
def test_padding_that_is_read(moe: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = corpus._run

    def shifted(model: Model, rows: list[torch.Tensor], names: list[str]) -> list[torch.Tensor]:
        return [each.roll(1, 0) if len(rows) > 1 else each for each in plain(model, rows, names)]

    monkeypatch.setattr(corpus, "_run", shifted)
    assert not check(moe, "kinds", "read alone").holds


@pytest.mark.breaks("experts.own_text", r"^Weights of .* tokens’ experts = ")
@pytest.mark.parametrize("decoder", [True, False])
def test_experts_of_the_token_before(moe: Model, decoder: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    measuring.over_passages(moe)
    plain = corpus._run

    def shifted(model: Model, rows: list[torch.Tensor], names: list[str]) -> list[torch.Tensor]:
        return [each.roll(1, 0) if decoder or len(rows) > 1 else each for each in plain(model, rows, names)]

    def none(_: Scene) -> None:
        raise NotApplicableError("no decoder")

    if not decoder:
        monkeypatch.setattr(Scene, "decoder", property(none))
        assert check(moe, "own_text", "in a batch with another").holds
    monkeypatch.setattr(corpus, "_run", shifted)
    assert not check(moe, "own_text", "Weights of").holds


@pytest.mark.breaks("experts.expert", r"have the same shares when counted again$")
def test_lists_of_other_experts(moe: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = expert_shares.lifts

    def other(table: torch.Tensor) -> expert_shares.Lifts:
        made = plain(table)
        return replace(made, share=made.share.roll(1, -1))

    monkeypatch.setattr(expert_shares, "lifts", other)
    assert not check(moe, "expert", "counted again").holds


@pytest.mark.breaks("experts.expert", r"^Weights of a token’s experts")
def test_weights_too_small(moe: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    over = corpus.over_passages(moe)
    small = replace(over, routing=replace(over.routing, weights=over.routing.weights * 0.9))
    monkeypatch.setattr(corpus, "over_passages", lambda *_: small)
    assert not check(moe, "expert", "Weights of a token").holds


@pytest.mark.breaks("experts.information", r"of tables counted again")
@pytest.mark.parametrize("broken", ["bits", "table"])
def test_bits_of_another_kind(moe: Model, broken: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if broken == "table":
        plain = specialisation.tabulate
        monkeypatch.setattr(specialisation, "tabulate", lambda routed, labels, n: plain(routed, labels.roll(1), n))
    else:
        exact = mutual_information.mutual_information

        def nats(table: torch.Tensor) -> Any:
            made = exact(table)
            return replace(made, bits=made.bits * 0.6931)

        monkeypatch.setattr(specialisation, "mutual_information", nats)
    assert not check(moe, "information", "counted again").holds


@pytest.mark.breaks("experts.information", r"of tables counted again")
def test_a_routing_that_carries_too_much(moe: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = specialisation.entropy
    monkeypatch.setattr(specialisation, "available", lambda routed: plain(routed.sum(0)) - plain(routed).mean(0) + 1e-3)
    assert not check(moe, "information", "counted again").holds
