"""Position schemes on a small model and the encoder of the shelf: the checks hold, and each fails when it should."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer import zoo
from explorer.experiments.embeddings import position_end, position_families, position_shuffle, rope_layouts
from explorer.experiments.embeddings.published_positions import PUBLISHED
from explorer.figures.payload import pack
from explorer.panels import panels
from explorer.panels.protocol import Check, Rendered
from explorer.panels.scene import Scene
from explorer.stack.embeddings import rope
from explorer.stack.embeddings.rope import RopeConfig
from explorer.stack.transformer.decoder import Decoder
from explorer.stack.transformer.encoder import Encoder
from explorer.tracing import TraceKey, capture
from tests.tiers import spread


@pytest.fixture(scope="module")
def scene() -> Scene:
    small = zoo.load("six-kinds-dense")
    return Scene(small, capture(small, TraceKey(small.name, "And the king said unto them")))


def show(scene: Scene, view: str, **controls: Any) -> Rendered:
    made = panels()["position_schemes"].render(view, replace(scene, controls=controls))
    pack(made.data)
    return made


def check(shown: Rendered, words: str) -> Check:
    [found] = [each for each in shown.checks if words in each.statement]
    return found


@pytest.mark.parametrize("view", spread(["table", "shuffle", "layouts", "families"], 2))
def test_every_check_holds(scene: Scene, view: str) -> None:
    made = show(scene, view, order="nonsense", text="<b>")
    assert made.checks
    assert all(each.holds for each in made.checks), made.checks


# ---- a learned table -------------------------------------------------------------------------------------------------


def test_the_table_of_minilm(scene: Scene) -> None:
    data = show(scene, "table").data
    alike = data.likeness
    assert alike.hundredths.shape == (512, 512)
    assert set(alike.nearest[100, :2].tolist()) == {99, 101}
    assert alike.mean[1] > 0.8 > alike.mean[8]  # neighbours, and not simply the nearer the more alike
    assert alike.mean[16] > alike.mean[8]
    assert "512 that this model has learned" in data.refused
    assert data.theirs.startswith("RuntimeError")


def test_a_table_ends_and_a_formula_does_not() -> None:
    found = {each.name: each.reads for each in position_end.past_end()}
    assert found == {"GPT-2": False, "OPT": False, "CTRL": False, "GPT-J": False, "Llama": True, "BLOOM": True}


@pytest.mark.breaks("position_schemes.table", r"^A text of 512 tokens, up to the last row")
def test_a_row_that_is_another(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = position_end.peer_of

    def spoilt(encoder: Any) -> Any:
        peer: Any = plain(encoder)
        rows = peer.embeddings.position_embeddings.weight.data
        rows[511] = rows[0].flip(0)
        return peer

    monkeypatch.setattr(position_end, "peer_of", spoilt)
    assert not check(show(scene, "table"), "up to the last row").holds


@pytest.mark.breaks("position_schemes.table", r"^Neither of the two reads token 513")
def test_a_table_that_wraps_around(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    def wrapped(self: Any, positions: torch.Tensor) -> torch.Tensor:
        return torch.nn.functional.embedding(positions.clamp(min=0) % self.n_ctx, self.weight)

    monkeypatch.setattr("explorer.stack.embeddings.learned.LearnedPositions.forward", wrapped)
    assert not check(show(scene, "table"), "reads token 513").holds


# ---- shuffled tokens -------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def bert() -> Any:
    from transformers import BertConfig, BertModel

    torch.manual_seed(0)
    sizes = BertConfig(vocab_size=50, hidden_size=16, num_hidden_layers=2, num_attention_heads=4, intermediate_size=32)
    return BertModel(sizes).eval()


@settings(max_examples=15, deadline=None)
@given(ids=st.lists(st.integers(5, 49), min_size=2, max_size=12), seed=st.integers(0, 99))
def test_without_positions_any_order_is_the_same(bert: Any, ids: list[int], seed: int) -> None:
    read, order = torch.tensor(ids), position_shuffle.order_of(len(ids), seed)
    bare = position_shuffle.without_positions(Encoder.from_pretrained(bert))
    assert position_shuffle.shuffled(bare, read, order).error.max() < 1e-4
    assert position_shuffle.shuffled_peer(bert, read, order).error.max() < 1e-4


def test_with_positions_and_under_a_causal_mask_the_order_counts(scene: Scene) -> None:
    data = show(scene, "shuffle", order=0).data
    assert data.order.tolist() == list(range(len(data.tokens)))[::-1]
    assert data.with_table.max() > 0.1
    assert data.likeness_without > 0.9999 > data.likeness_with
    assert data.causal[0] < 1e-6  # embeddings alone know no order
    assert data.causal[-1] > 0.1


@pytest.mark.breaks("position_schemes.shuffle", r"^Without positions, the shuffled text has")
@pytest.mark.breaks("position_schemes.shuffle", r"^Without positions, the states here equal")
def test_positions_that_stay(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(position_shuffle, "without_positions", lambda encoder: encoder)
    made = show(scene, "shuffle")
    assert not check(made, "has the same states, shuffled").holds
    assert not check(made, "the states here equal").holds


@pytest.mark.breaks("position_schemes.shuffle", r"^The same holds in transformers’ BERT")
def test_states_that_are_not_put_back(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = position_shuffle.shuffled_peer

    def as_read(peer: Any, ids: torch.Tensor, order: torch.Tensor) -> position_shuffle.Shuffled:
        made = plain(peer, ids, order)
        return replace(made, back=made.back[:, order])

    monkeypatch.setattr(position_shuffle, "shuffled_peer", as_read)
    assert not check(show(scene, "shuffle"), "The same holds").holds


# ---- two layouts -----------------------------------------------------------------------------------------------------


def test_complex_numbers_turn_as_transformers_turns_adjacent_pairs() -> None:
    from transformers.models.cohere.modeling_cohere import apply_rotary_pos_emb

    x = torch.randn(7, 3, 8, generator=torch.Generator().manual_seed(0))  # pos head d_head
    angles = torch.arange(7)[:, None] * rope.inv_freq(RopeConfig(d_head=8))
    cos, sin = (f(angles).repeat_interleave(2, -1)[None] for f in (torch.cos, torch.sin))
    theirs, _ = apply_rotary_pos_emb(x.transpose(0, 1)[None], x.transpose(0, 1)[None], cos, sin)
    assert torch.allclose(rope_layouts.turned_as_complex(x, angles), theirs[0].transpose(0, 1), atol=1e-6)


def test_layouts_of_a_model_with_normed_queries() -> None:
    from transformers import Qwen3Config, Qwen3ForCausalLM

    torch.manual_seed(0)
    sizes = {"vocab_size": 50, "hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2}
    more = {"num_key_value_heads": 1, "head_dim": 8, "intermediate_size": 32}
    theirs = Qwen3ForCausalLM(Qwen3Config(**sizes, **more)).eval()  # pyright: ignore[reportArgumentType]
    for name, weight in theirs.named_parameters():
        if "_norm" in name:
            weight.data.uniform_(0.5, 2)  # all alike, and their order would not matter
    ours = Decoder.from_pretrained(theirs)
    *_, (readings, held) = rope_layouts.layouts(theirs, ours, torch.arange(12), 1, lambda done, total: None)
    assert [one.right for one in readings] == [True, False, False, True]
    assert held is not None
    assert max(held.right_error, held.wrong_error, held.complex_error) < 1e-4


def test_the_model_is_left_as_it_was(scene: Scene) -> None:
    kept = {name: weight.clone() for name, weight in scene.model.hf.state_dict().items()}
    first, second = (show(scene, "layouts") for _ in range(2))
    assert all(each.holds for each in (*first.checks, *second.checks))
    assert all(torch.equal(weight, kept[name]) for name, weight in scene.model.hf.state_dict().items())


def test_mixed_up_layouts_cost(scene: Scene) -> None:
    plain, mixed, other, again = show(scene, "layouts").data.readings
    assert abs(plain.loss - again.loss) < 1e-4
    assert min(mixed.loss, other.loss) > plain.loss + 0.1
    assert plain.agrees == again.agrees == 1 > mixed.agrees


@pytest.mark.breaks("position_schemes.layouts", r"^Both matching orders give the logits")
@pytest.mark.breaks("position_schemes.layouts", r"adjacent pairs multiplied as complex numbers give the scores")
def test_rows_that_are_not_reordered(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rope_layouts, "to_interleaved", lambda weight, *_: weight)
    made = show(scene, "layouts")
    assert not check(made, "Both matching orders").holds
    assert not check(made, "complex numbers").holds


@pytest.mark.breaks("position_schemes.layouts", r"^Reordered rows read as halves")
def test_a_wrong_reading_that_is_another(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = rope_layouts.reordered

    def only_ours(state: Any, names: Any, turn: Any) -> Any:
        made = plain(state, names, turn)
        return {k: state[k] for k in made} if names is rope_layouts.THEIRS else made

    monkeypatch.setattr(rope_layouts, "reordered", only_ours)
    assert not check(show(scene, "layouts"), "Reordered rows").holds


# ---- families --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "base", "limit"),
    [("Qwen3-8B", "θ 1,000,000", 40_960), ("Mistral-7B", "θ 10,000", 32_768), ("Mixtral-8x7B", "θ 1,000,000", 32_768)],
)
def test_numbers_are_the_published_ones_and_no_defaults_of_a_class(name: str, base: str, limit: int) -> None:
    found = position_families.published(PUBLISHED[name])
    assert (found.detail, found.limit) == (base, limit)
    assert found.checkpoint in found.source


@pytest.mark.parametrize("name", ["Falcon-7B", "GLM-4-9B"])
def test_a_number_without_a_source_is_left_out(name: str) -> None:
    found, config = position_families.published(PUBLISHED[name]), PUBLISHED[name].config
    assert found.scheme == "rope"
    assert found.detail == ""  # the class has a base of 10,000, which no source of these names
    assert (found.limit is None) == (not config)
    assert bool(found.source) == bool(config)


def test_every_published_config_has_a_source_and_every_source_a_config() -> None:
    assert all(bool(each.config) == bool(each.source) for each in PUBLISHED.values())
    assert all(each.config or each.limit is None for each in PUBLISHED.values())


@pytest.mark.thorough
def test_families_as_their_papers_say(scene: Scene) -> None:
    found = {each.checkpoint: each for each in show(scene, "families").data.families}
    schemes = {name: found[name].scheme for name in found}
    assert schemes["openai-community/gpt2"] == schemes["google-bert/bert-base-uncased"] == "learned"
    assert schemes["Salesforce/ctrl"] == schemes["Helsinki-NLP/opus-mt-en-de"] == "sinusoidal"
    assert schemes["google-t5/t5-base"] == "relative"
    assert schemes["bigscience/bloom"] == schemes["mosaicml/mpt-7b"] == "alibi"
    assert schemes["ai21labs/Jamba-v0.1"] == "none"
    assert found["EleutherAI/gpt-j-6B"].layout == found["CohereLabs/c4ai-command-r-v01"].layout == "interleaved"
    assert found["EleutherAI/gpt-neox-20b"].layout == "halves"
    assert found["HuggingFaceTB/SmolLM3-3B"].detail == "θ 5,000,000, 9 of 36 blocks turn no pair"
    assert found["openai-community/gpt2"].found == "transformer.wpe.weight [1024, 768]"


@pytest.mark.breaks("position_schemes.families", r"^The scheme found in this model’s parts")
@pytest.mark.thorough
def test_a_part_that_is_overlooked(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(position_families, "scheme_of", lambda model: ("alibi", "", ""))
    assert not check(show(scene, "families"), "found in this model’s parts").holds
