"""Beam search finds what transformers finds, and with enough beams the likeliest text of all."""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING, Any, Literal

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from explorer.errors import BadRequestError
from explorer.stack.inference.decoding.beam_search import (
    BeamSearch,
    BeamSettings,
    beam_search,
    search,
    sequence_logprobs,
)
from explorer.stack.transformer.decoder import Decoder

if TYPE_CHECKING:
    from explorer.zoo.model import Model

FRANCE = [504, 3575, 282, 4649, 314]  # The capital of France is
PROMPT = [4, 8, 15, 16, 23, 42]


@pytest.fixture(scope="module")
def small() -> tuple[Any, Decoder]:
    """A random Llama of two layers and the decoder on its weights, wide enough for some tokens to stand out."""
    from transformers import LlamaConfig, LlamaForCausalLM

    config = LlamaConfig(
        vocab_size=90, hidden_size=24, intermediate_size=40, num_hidden_layers=2, num_attention_heads=4,
        num_key_value_heads=2, max_position_embeddings=64,
    )  # fmt: skip
    with torch.random.fork_rng():
        torch.manual_seed(11)
        hf = LlamaForCausalLM(config).eval()
        with torch.no_grad():
            for parameter in hf.parameters():
                if parameter.ndim > 1:
                    parameter.normal_(std=0.45)
    return hf, Decoder.from_pretrained(hf)


def transformers_says(hf: Any, ids: list[int], s: BeamSettings, stop: list[int]) -> tuple[Tensor, Tensor]:
    """(sequences, scores) of transformers' own beam search with the same settings."""
    from transformers import GenerationConfig

    config = GenerationConfig(
        num_beams=s.n_beams,
        num_return_sequences=s.n_beams,
        max_new_tokens=s.max_new_tokens,
        length_penalty=float(s.length_penalty),
        early_stopping=s.early_stopping,
        do_sample=False,
        eos_token_id=stop,
        pad_token_id=2,
        output_scores=True,
        return_dict_in_generate=True,
    )
    prompt = torch.tensor([ids])
    made = hf.generate(prompt, attention_mask=torch.ones_like(prompt), generation_config=config)
    return made.sequences[:, len(ids) :], made.sequences_scores


def agrees(hf: Any, decoder: Decoder, ids: list[int], beams: BeamSettings, stop: list[int]) -> BeamSearch:
    sequences, scores = transformers_says(hf, ids, beams, stop)
    found = beam_search(decoder, ids, beams, stop)
    for ours, theirs, score in zip(found.hypotheses, sequences.tolist(), scores.tolist(), strict=True):
        assert list(ours.ids) + [2] * (len(theirs) - len(ours.ids)) == theirs  # theirs is padded
        assert ours.score == pytest.approx(score, abs=1e-4)
    return found


def test_parity_with_transformers_on_the_real_model(model: Model) -> None:
    agrees(model.hf, model.decoder, FRANCE, BeamSettings(3, 5, length_penalty=0.0), [2, 30, 28])  # . and , end a text


SETTINGS = [
    BeamSettings(4, 6),
    BeamSettings(3, 5, length_penalty=0.0),
    BeamSettings(2, 9, length_penalty=-1.0, early_stopping="never"),
    BeamSettings(3, 6, length_penalty=2.0, early_stopping=True),
    BeamSettings(6, 12, length_penalty=0.7),
]


@pytest.mark.parametrize("beams", SETTINGS)
def test_parity_with_transformers(small: tuple[Any, Decoder], beams: BeamSettings) -> None:
    ended = set()
    for start in range(6):  # a stop token of ten: texts end early in some, at the limit in others
        found = agrees(*small, [start, start + 20, 7], beams, list(range(start, 90, 10)))
        ended |= {h.ended for h in found.hypotheses}
    assert ended == {"stop", "length"}


# transformers 4.49.0 on the same weights, the last versions that had diverse beam search in their own code:
# generate(num_beams=6, num_beam_groups=3, diversity_penalty=1.0, max_new_tokens=8, num_return_sequences=6).
DIVERSE = [
    ([7042, 30, 198, 29, 378, 1797, 1918, 553], -0.907205),
    ([7042, 30, 198, 29, 378, 1797, 1918, 314], -0.965248),
    ([7042, 28, 284, 357, 506, 260, 3995, 2240], -1.078451),
    ([7042, 284, 357, 506, 260, 3995, 2240, 281], -1.187841),
    ([7042, 28, 284, 260, 3575, 282, 4649, 314], -1.233253),
    ([7042, 284, 260, 3575, 282, 4649, 314, 7042], -1.287584),
]


@pytest.mark.thorough
def test_diverse_parity_with_an_older_transformers(model: Model) -> None:
    found = beam_search(model.decoder, FRANCE, BeamSettings(6, 8, n_groups=3, diversity=1.0), [0])
    assert [list(h.ids) for h in found.hypotheses] == [ids for ids, _ in DIVERSE]
    assert [h.score for h in found.hypotheses] == pytest.approx([score for _, score in DIVERSE], abs=1e-4)


def test_scores_are_the_texts_own(small: tuple[Any, Decoder]) -> None:
    _, decoder = small
    found = beam_search(decoder, PROMPT, BeamSettings(3, 6, length_penalty=0.5))
    for h in found.hypotheses:
        logprobs = sequence_logprobs(decoder, PROMPT, h.ids)
        assert h.logprob == pytest.approx(float(logprobs.sum()), abs=1e-4)
        assert [found.nodes[i].logprob for i in h.nodes] == pytest.approx(logprobs.tolist(), abs=1e-4)
        assert h.score == pytest.approx(h.logprob / len(h.ids) ** 0.5, abs=1e-6)


# ---- on small tables, where all texts can be counted ----------------------------------------------------------------


class Table:
    """A language model by table: the log-probabilities after each text."""

    def __init__(self, d_vocab: int, seed: int) -> None:
        self.d_vocab, self.seed, self.texts = d_vocab, seed, [()]

    def after(self, text: tuple[int, ...]) -> Tensor:
        made = torch.Generator().manual_seed(hash((self.seed, text)) % 2**31)
        return (torch.randn(self.d_vocab, generator=made) * 1.5).log_softmax(-1)

    def advance(self, rows: Tensor, tokens: Tensor) -> Tensor:
        """Remembers each row's text, as a cache does."""
        self.texts = [(*self.texts[row], token) for row, token in zip(rows.tolist(), tokens.tolist(), strict=True)]
        return torch.stack([self.after(text) for text in self.texts])

    def search(self, beams: BeamSettings, stop: tuple[int, ...] = ()) -> BeamSearch:
        self.texts = [()]
        return search(self.after(()), self.advance, beams, stop)

    def logprob(self, text: tuple[int, ...]) -> float:
        return sum(float(self.after(text[:i])[token]) for i, token in enumerate(text))


@settings(max_examples=25)
@given(st.integers(0, 10_000), st.integers(2, 4), st.integers(1, 3))
def test_with_beams_for_all_it_is_exhaustive(seed: int, d_vocab: int, length: int) -> None:
    table = Table(d_vocab, seed)
    found = table.search(BeamSettings(d_vocab**length, length, length_penalty=0))
    best = max(itertools.product(range(d_vocab), repeat=length), key=table.logprob)
    assert found.hypotheses[0].ids == best
    assert found.hypotheses[0].logprob == pytest.approx(table.logprob(best), abs=1e-5)


@settings(max_examples=25)
@given(st.integers(0, 10_000), st.integers(1, 4), st.integers(1, 6), st.floats(-1, 2))
def test_properties_of_the_tree(seed: int, n_beams: int, length: int, penalty: float) -> None:
    table = Table(6, seed)
    found = table.search(BeamSettings(n_beams, length, penalty), stop=(0,))
    assert len(found.hypotheses) <= n_beams
    assert [h.score for h in found.hypotheses] == sorted((h.score for h in found.hypotheses), reverse=True)
    for h in found.hypotheses:
        assert h.ended == ("stop" if h.ids[-1] == 0 else "length")
        assert 0 not in h.ids[:-1]
        assert h.logprob == pytest.approx(table.logprob(h.ids), abs=1e-4)
        assert found.nodes[h.nodes[-1]].fate == "finished"
    for number, node in enumerate(found.nodes):
        parent = found.nodes[node.parent] if node.parent is not None else None
        assert node.parent is None or node.parent < number
        assert node.step == (parent.step + 1 if parent else 0)
        assert parent is None or parent.fate == "kept"
        assert node.total == pytest.approx((parent.total if parent else 0) + node.logprob, abs=1e-5)
    for step in range(found.n_steps):
        assert sum(n.fate == "kept" for n in found.nodes if n.step == step) <= n_beams


@given(st.integers(0, 10_000))
@settings(max_examples=20)
def test_one_beam_is_greedy(seed: int) -> None:
    table, text = Table(7, seed), ()
    for _ in range(5):
        text = (*text, int(table.after(text).argmax()))
    assert table.search(BeamSettings(1, 5)).hypotheses[0].ids == text


def brute_force_diverse(table: Table, groups: int, width: int, length: int, diversity: float) -> list[tuple[int, ...]]:
    """Diverse beam search from its definition, on whole texts: no tree, no cache, no shared code."""
    beams: list[list[tuple[tuple[int, ...], float]]] = [[((), 0.0)] for _ in range(groups)]
    for _ in range(length):
        taken: list[int] = []
        for g in range(groups):
            options = [
                ((*text, token), score + float(logprob) - diversity * taken.count(token))
                for text, score in beams[g]
                for token, logprob in enumerate(table.after(text))
            ]
            beams[g] = sorted(options, key=lambda option: -option[1])[:width]
            taken += [text[-1] for text, _ in beams[g]]
    return [text for text, _ in sorted(itertools.chain(*beams), key=lambda option: -option[1])]


@given(st.integers(0, 10_000), st.integers(1, 3), st.integers(1, 3), st.floats(0, 3))
@settings(max_examples=25)
def test_diverse_against_brute_force(seed: int, groups: int, width: int, diversity: float) -> None:
    table = Table(8, seed)
    beams = BeamSettings(groups * width, 4, n_groups=groups, diversity=diversity)
    expected = brute_force_diverse(table, groups, width, 4, diversity)
    assert sorted(h.ids for h in table.search(beams).hypotheses) == sorted(expected)


def test_diverse_by_hand() -> None:
    """p = .5 .3 .2 at the only step. Two groups of one: the first takes 0; for the second, 0 costs 1 nat.

    ln .5 - 1 = -1.69 < ln .3 = -1.20: it takes 1. At half a nat, ln .5 - .5 = -1.19: it takes 0 as well.
    """
    first = torch.tensor([0.5, 0.3, 0.2]).log()

    def taken(diversity: float) -> list[tuple[int, ...]]:
        made = search(first, lambda rows, tokens: first[None], BeamSettings(2, 1, n_groups=2, diversity=diversity))
        return [h.ids for h in made.hypotheses]

    assert taken(1.0) == [(0,), (1,)]
    assert taken(0.5) == [(0,), (0,)]
    shared = search(first, lambda rows, tokens: first[None], BeamSettings(2, 1, n_groups=2, diversity=0.25))
    assert [h.score for h in shared.hypotheses] == pytest.approx([math.log(0.5), math.log(0.5) - 0.25])
    assert [h.logprob for h in shared.hypotheses] == pytest.approx([math.log(0.5)] * 2)


def test_why_it_stops() -> None:
    """A stop token of .9 at once: with two beams, early stopping waits for two whole texts, hopelessness does too."""
    table = torch.tensor([[0.9, 0.06, 0.04], [0.9, 0.06, 0.04], [0.9, 0.06, 0.04]]).log()

    def why(early: bool | Literal["never"], penalty: float) -> tuple[str, int]:
        beams = BeamSettings(2, 9, penalty, early_stopping=early)
        found = search(table[0], lambda rows, tokens: table[tokens], beams, stop_ids=(0,))
        return found.stopped[0], found.n_steps

    assert why(True, 0.0) == ("full", 2)
    assert why(False, 0.0) == ("hopeless", 2)
    assert why(False, 3.0) == ("hopeless", 2)  # at its present length no open text is better
    assert why("never", 3.0) == ("length", 9)  # at nine tokens it would be: a score is divided by 9 ** 3


@pytest.mark.parametrize(
    "bad", [{"n_beams": 0}, {"max_new_tokens": 0}, {"n_groups": 3}, {"diversity": -1.0}, {"length_penalty": math.nan}]
)
def test_bad_settings(bad: dict[str, Any]) -> None:
    with pytest.raises(BadRequestError):
        BeamSettings(**bad)
