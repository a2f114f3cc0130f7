"""One sentence in three shapes: what is masked, what a changed word reaches; figures by hand and on real encoders."""

from __future__ import annotations

from typing import TypeVar

import torch
from hypothesis import given
from hypothesis import strategies as st

from explorer.figures.architectures import pictures_and_speech, three_shapes
from explorer.stack.transformer.config import DecoderConfig
from explorer.stack.transformer.decoder import Decoder
from explorer.stack.transformer.encoder import Encoder
from explorer.stack.transformer.encoder_config import EncoderConfig

M = TypeVar("M", bound=torch.nn.Module)
WORDS = st.lists(st.integers(0, 5), min_size=1, max_size=9)


def seeded(made: M) -> M:
    generator = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for parameter in made.parameters():
            if parameter.ndim > 1:
                parameter.normal_(std=0.3, generator=generator)
    return made.eval().requires_grad_(False)


@given(WORDS, WORDS, WORDS, WORDS)
def test_shared_ends_are_shared_and_do_not_overlap(a: list[int], old: list[int], new: list[int], b: list[int]) -> None:
    one, two = [*a, *old, *b], [*a, *new, *b]
    ends = three_shapes.shared_ends(one, two)
    assert one[: ends.before] == two[: ends.before]
    assert ends.after == 0 or one[-ends.after :] == two[-ends.after :]
    assert ends.before >= len(a)
    assert ends.before + ends.after <= min(len(one), len(two))
    if one == two:
        assert ends.before == len(one)


@given(
    st.text("ab  \n", min_size=1).filter(lambda t: bool(t.split())),
    st.integers(0, 30),
    st.sampled_from(["x", "longer"]),
)
def test_only_one_word_is_changed(text: str, word: int, by: str) -> None:
    words, at, made = three_shapes.changed(text, word, by)
    assert words == text.split()
    assert made.split() == [*words[:at], by, *words[at + 1 :]]
    assert len(made) - len(text) == len(by) - len(words[at])


def test_a_decoder_cannot_know_and_an_encoder_does() -> None:
    decoder = seeded(Decoder(DecoderConfig(3, 16, 2, 1, 8, 24, 11, 32)))
    stack = DecoderConfig(
        3, 16, 2, 2, 8, 24, 11, 32, norm="layer", placement="post", positions="learned", activation="gelu",
        gated=False, attention_bias=True, mlp_bias=True, causal=False,
    )  # fmt: skip
    encoder = seeded(Encoder(EncoderConfig(stack)))
    old, new = torch.tensor([[1, 2, 3, 4, 5]]), torch.tensor([[1, 2, 9, 4, 5]])
    ends = three_shapes.shared_ends(old[0].tolist(), new[0].tolist())
    assert ends == three_shapes.Ends(2, 2)

    def streams(ids: torch.Tensor) -> torch.Tensor:
        _, kept = decoder.run_with_cache(ids, names_filter=lambda n: n.endswith("hook_resid_post"))
        return torch.cat(list(kept.values()))

    forward = three_shapes.reach(streams(old), streams(new), ends)
    both = three_shapes.reach(encoder.read(old).hidden[:, 0], encoder.read(new).hidden[:, 0], ends)
    assert forward.before == 0
    assert forward.stirred() == 2
    assert both.before > 1e-4
    assert both.stirred() == 4
    assert torch.isnan(forward.moved[:, 2]).all()
    assert float(three_shapes.ahead(encoder.read(old).patterns).max()) > 0
    assert 0.2 < three_shapes.ahead_share(encoder.read(old).patterns) < 0.6


def test_ink_is_the_root_of_the_weight() -> None:
    pattern = torch.tensor([[0.25, 0.75], [0.0, 1.0]])
    assert three_shapes.roots(pattern).tolist() == [[128, 221], [0, 255]]
    assert three_shapes.rows_error(pattern) == 0
    assert three_shapes.rows_error(pattern * 2) == 1


def test_the_outline_of_a_wave_holds_its_extremes() -> None:
    wave = torch.randn(10_000)
    found = pictures_and_speech.peaks(wave, 100)
    assert found.shape == (100, 2)
    assert float(found[:, 1].max()) == float(wave.max())
    assert pictures_and_speech.peaks(wave[:7], 900).shape == (7, 2)
