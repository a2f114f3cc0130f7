"""Features of the small model's dictionaries: found, opened, searched, steered; and what breaks each check."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import Tensor

from explorer.errors import NotApplicableError
from explorer.experiments.inside import activations, features
from explorer.panels.inside import features_views as views
from explorer.panels.protocol import Check, Rendered
from explorer.stack.transformer.decoder import Decoder
from explorer.tracing import Trace
from explorer.zoo import autoencoders
from explorer.zoo.model import Model

View = Callable[..., list[Rendered]]
Find = Callable[..., Check]


@pytest.fixture(autouse=True)
def fewer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(features, "LISTED", 4)
    monkeypatch.setattr(features, "WINDOWS", 2)
    monkeypatch.setattr(features, "MOST", 14)


def test_features_are_found_on_the_text_and_by_a_word(view: View) -> None:
    made = view("features.found")[-1]
    assert all(each.holds for each in made.checks), made.checks
    for side in (made.data.trained, made.data.placebo):
        assert len(side.rows) == 4
        for row in side.rows:
            assert float(row.acts[0]) == 0 < float(row.acts.max()) <= row.most
            first = int((row.acts > 0).nonzero()[0, 0])
            assert float(row.divergence[:first].sum()) == pytest.approx(0, abs=1e-6), "nothing before it fires"
    assert made.data.trained.explained > made.data.placebo.explained
    searched = view("features.found", word="the")[-1].data
    assert searched.matches > 0
    assert view("features.found", word="qqqq")[-1].data.matches == 0


def test_a_word_s_features_fire_on_it_more_than_elsewhere(small: Model) -> None:
    corpus = features.over_corpus(small, autoencoders.opened(small.name, 3, "trained"))
    common = int(corpus.harvest.tokens.mode().values)
    best = int(corpus.on_word([common]).argmax())
    here = corpus.harvest.tokens == common
    assert corpus.acts[here, best].mean() > 2 * corpus.acts[~here, best].mean()


def test_a_card_and_the_placebo_s_beside_it(view: View) -> None:
    made = view("features.one")[-1]
    assert all(each.holds for each in made.checks), made.checks
    card = made.data.trained
    assert [float(each.acts[each.at]) for each in card.contexts] == sorted(
        (float(each.acts.max()) for each in card.contexts), reverse=True
    )
    assert int(card.histogram.sum()) == pytest.approx(card.density * made.data.corpus_tokens, abs=1)
    assert bool((card.cosines.diff() <= 1e-6).all())
    other = view("features.one", feature=int(card.near[0]))[-1].data
    assert other.trained.feature == int(card.near[0])


def test_behind_the_last_block_a_feature_does_what_it_says(small: Model, run: Trace) -> None:
    dictionary = autoencoders.opened(small.name, 5, "trained")
    text = features.on_text(small.decoder, dictionary, run.ids)
    feature = int(text.acts[5].argmax())
    found = features.studied(text, feature, 1)
    torch.testing.assert_close(found.removed.said, found.done, atol=1e-3, rtol=1e-3)


def test_a_text_is_steered(view: View) -> None:
    shown = view("features.steered")
    assert [len(each.data.texts) for each in shown] == [1, 2, 3]
    assert all(each.holds for each in shown[-1].checks), shown[-1].checks
    unchanged, feature, random = shown[-1].data.texts
    assert unchanged.divergence < 1e-6 < min(feature.divergence, random.divergence)


def test_a_model_without_dictionaries_is_refused() -> None:
    with pytest.raises(NotApplicableError, match="No sparse autoencoder"):
        autoencoders.nearest("sums", 0)
    assert [autoencoders.nearest("smollm2-135m", block) for block in (3, 15, 29)] == [6, 14, 22]


@pytest.mark.breaks("features.found", r"^The run carried on from block")
def test_a_run_carried_on_from_another_block(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = activations.carried_on

    def late(decoder: Decoder, ids: Tensor, stream: Tensor, block: int) -> Tensor:
        return plain(decoder, ids, stream, block + 1)

    monkeypatch.setattr(activations, "carried_on", late)
    assert not check("features.found", "carried on").holds


@pytest.mark.breaks("features.one", r"^The feature removed by a hook")
def test_a_feature_removed_by_half(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    def half(self: features.OnText, feature: int) -> Tensor:
        return self.stream - 0.5 * self.acts[:, feature, None] * self.dictionary.sae.W_dec[feature]

    monkeypatch.setattr(features.OnText, "without", half)
    assert not check("features.one", "by a hook").holds


@pytest.mark.breaks("features.steered", r"= what transformers computes of them$")
def test_a_surprise_read_one_token_early(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = views.continued

    def early(decoder: Decoder, ids: Tensor, block: int, push: Tensor, tokens: int) -> Any:
        return [replace(made, ids=made.ids[::-1]) for made in plain(decoder, ids, block, push, tokens)]

    monkeypatch.setattr(views, "continued", early)
    assert not check("features.steered", "transformers").holds
