"""What experts do: routing over passages as transformers has it, lists that can be recounted, true sentences."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
import torch

from explorer.errors import NotApplicableError
from explorer.experiments.architectures import experts as experiment
from explorer.experiments.architectures import experts_report
from explorer.experiments.architectures.experts_said import verdicts
from explorer.tracing import TraceKey, capture
from explorer.tracing.probes import corpus
from explorer.zoo import Model

CORPUS = ["The whale rose.\n", "def f(x):\n    return x + 12", "And it came to pass, in those days.", "La mer, l'été."]


@pytest.fixture(scope="module")
def moe(tmp_path_factory: pytest.TempPathFactory) -> Model:
    from transformers import MixtralConfig, MixtralForCausalLM

    from explorer import zoo

    shelf = zoo.load("six-kinds-moe")
    torch.manual_seed(0)
    config = MixtralConfig(
        vocab_size=shelf.dims.d_vocab, hidden_size=32, intermediate_size=48, num_hidden_layers=3, num_attention_heads=4,
        num_key_value_heads=2, num_local_experts=6, num_experts_per_tok=2, max_position_embeddings=512,
    )  # fmt: skip
    folder = tmp_path_factory.mktemp("moe")
    MixtralForCausalLM(config).save_pretrained(folder)
    shelf.tokenizer.save_pretrained(folder)
    return zoo.load(str(folder))


@pytest.fixture(scope="module")
def routing(moe: Model) -> corpus.CorpusRouting:
    return corpus.routing_over(moe, [moe.vocabulary.encode(text) for text in CORPUS])


def known(moe: Model, routing: corpus.CorpusRouting) -> experiment.Labels:
    return experiment.labels(routing, ["a", "b"], torch.tensor([0, 1, 0, 1]), moe.vocabulary.bytes)


@pytest.fixture(scope="module")
def made(moe: Model, routing: corpus.CorpusRouting) -> experiment.Analysis:
    return experiment.analyse(routing, known(moe, routing), shuffles=20)


@pytest.mark.thorough
def test_passages_run_side_by_side_as_they_run_alone(moe: Model, routing: corpus.CorpusRouting) -> None:
    for at, text in enumerate(CORPUS):
        here = routing.passage == at
        trace = capture(moe, TraceKey(moe.name, text))
        assert routing.ids[here].tolist() == trace.ids.tolist()
        assert trace.expert_weights is not None
        dense = torch.zeros_like(trace.expert_weights)
        dense.scatter_(-1, routing.indices[:, here], routing.weights[:, here])
        assert (dense - trace.expert_weights).abs().max() < 1e-5
    assert routing.layers == (0, 1, 2)
    assert routing.n_passages == 4
    assert routing.weight_error < 1e-6
    assert (routing.load.sum(-1) - 1).abs().max() < 1e-12


@pytest.mark.thorough
def test_a_dense_model_has_no_experts_to_read(model: Model) -> None:
    with pytest.raises(NotApplicableError):
        corpus.routing_over(model, [[1, 2, 3]])


def test_labels_are_those_of_the_passages(moe: Model, routing: corpus.CorpusRouting) -> None:
    labels = known(moe, routing)
    assert torch.equal(labels.occurring[labels.token], routing.ids)
    assert torch.equal(labels.kind, routing.passage % 2)
    first = int((routing.passage == 1).nonzero()[0])
    assert experiment.CLASSES[labels.token_class[first]] == "word"  # "def" does not go on with the passage before


def test_lists_are_recounted(made: experiment.Analysis) -> None:
    routing = made.routing
    layer, expert = 1, int(made.share[1].argmax())
    taken = (routing.indices[layer] == expert).any(-1)
    listed = made.by_count
    assert listed.ids.shape[:2] == (3, 6)
    for token, share, count in zip(
        listed.ids[layer, expert], listed.share[layer, expert], listed.count[layer, expert], strict=True
    ):
        if token < 0:
            continue
        here = routing.ids == token
        assert int(here.sum()) == int(count)
        assert float(taken[here].double().mean()) / 2 == pytest.approx(float(share))
    work = (listed.share * listed.count)[layer, expert].tolist()
    assert work == sorted(work, reverse=True)


def test_lifts_are_read_from_tokens_seen_often(made: experiment.Analysis) -> None:
    there = made.by_lift.ids >= 0
    assert (made.by_lift.count[there] >= experiment.LEAST).all()
    assert made.lifts.mean_error < 1e-9


def test_sentences_follow_the_numbers(made: experiment.Analysis) -> None:
    kind = made.measured[0]

    def as_if(bits: list[float]) -> experiment.Measured:
        flat = torch.zeros_like(kind.shuffled)
        return dataclasses.replace(kind, bits=torch.tensor(bits).double(), shuffled=flat, available=torch.ones(3))

    everywhere = dataclasses.replace(made, measured=(as_if([0.3, 0.1, 0.02]), *made.measured[1:]))
    assert verdicts(everywhere)[0] == (
        "The text kind accounts for 30\u00a0% of the routing in block 0 (the most) and for 2.0\u00a0% in block 2 "
        "(the least)."
    )
    partly = dataclasses.replace(made, measured=(as_if([0.3, 0.0, 0.0]), *made.measured[1:]))
    assert verdicts(partly)[0].endswith("; in blocks 1 and 2 it tells no more than shuffled labels do.")
    nowhere = dataclasses.replace(made, measured=(as_if([0.0] * 3), *made.measured[1:]))
    assert "tells no more" in verdicts(nowhere)[0]
    compared = dataclasses.replace(
        made, measured=(as_if([0.1, 0.2, 0.3]), made.measured[1], as_if([0.3, 0.25, 0.1]), made.measured[3])
    )
    assert verdicts(compared)[-1] == (
        "The token accounts for more than the text kind in blocks 0 and 1, and for less in block 2."
    )


def test_an_untrained_router_follows_tokens_and_not_kinds(moe: Model) -> None:
    """What a random router sees is the token: the control must not let the kind through."""
    over = corpus.over_passages(moe)
    assert corpus.over_passages(moe) is over
    labels = experiment.labels(over.routing, over.kinds, over.kind_of_passage, moe.vocabulary.bytes)
    found = experiment.analyse(over.routing, labels, shuffles=20)
    kind, _, token, given = found.measured
    assert bool(token.beyond.all())
    assert float(token.of_routing.min()) > 0.3
    assert float(given.of_routing.abs().max()) < 0.05
    assert float(kind.of_routing.max()) < float(token.of_routing.min())


def test_the_report_says_what_was_measured(made: experiment.Analysis) -> None:
    losses: dict[str, Any] = {"held_out_loss": {"a": 2.0, "mean": 3.21}, "parameters": 12, "tokens": 34}
    model = experts_report.Subject("some-moe", losses, 7, made)
    twin = experts_report.Subject("some-twin", {**losses, "held_out_loss": {"a": 2.5, "mean": 3.5}}, 12, None)
    text = experts_report.markdown([model, twin])
    assert "| some-moe | 12 | 7 | 34 | 2.000 | **3.210** |" in text
    assert "| some-twin | 12 | 12 | 34 | 2.500 | **3.500** |" in text
    assert f"{float(made.measured[2].bits[1]):.3f}" in text
    assert all(sentence in text for sentence in verdicts(made))
    assert "some-moe is 0.290 nats below some-twin." in text
    busiest = 100 * float(made.routing.load[0].max())
    assert f"{busiest:.1f}" in text
