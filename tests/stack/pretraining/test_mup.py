"""muP's factors against the paper's table, worked by hand, and one function in two tables."""

from __future__ import annotations

import pytest
import torch

from explorer.experiments.pretraining.width_and_rate import shape
from explorer.stack.pretraining.mup import Parametrisation, kind_of
from explorer.stack.transformer.decoder import Decoder

BASE, WIDE = shape(64), shape(256)  # four times as wide: m = 4, heads of 64 instead of 16
NAMES = {
    "embed": "embed.weight",
    "query": "blocks.0.attn.W_Q.weight",
    "out": "blocks.1.mlp.W_out.weight",
    "unembed": "unembed.weight",
    "gain": "ln_final.weight",
}
#: Table 8, Adam: initial variance (of the standard parametrisation's at this width) and rate, by hand.
TABLE_8 = {"embed": (1, 1), "query": (1, 1 / 4), "out": (1, 1 / 4), "unembed": (4, 1), "gain": (1, 1)}
#: Table 3: the output's variance is 1 / fan-in squared, and its rate 1 / fan-in.
TABLE_3 = TABLE_8 | {"unembed": (1 / 4, 1 / 4)}


@pytest.mark.parametrize(("table", "worked"), [(8, TABLE_8), (3, TABLE_3)])
def test_the_papers_table(table: int, worked: dict[str, tuple[float, float]]) -> None:
    shapes = {name: tuple(each.shape) for name, each in Decoder(WIDE).named_parameters()}
    mup = Parametrisation("mup", BASE, 3 if table == 3 else 8)
    standard = Parametrisation("standard", BASE)
    for kind, (variance, rate) in worked.items():
        name = NAMES[kind]
        found, usual = mup.scale(name, shapes[name]), standard.scale(name, shapes[name])
        assert (found.std / usual.std) ** 2 == pytest.approx(variance), kind
        assert (found.rate, usual.rate) == (pytest.approx(rate), 1), kind
    assert mup.config(WIDE).logit_scale == (1 if table == 3 else 1 / 4)
    assert mup.config(WIDE).attention_scale == pytest.approx(1 / 64 * 16**0.5)  # 1 / d, the base's constant kept
    assert standard.config(WIDE) == WIDE


def test_both_are_one_at_the_base() -> None:
    made = [Parametrisation(name, BASE) for name in ("standard", "mup")]
    one, two = (each.initialise(Decoder(each.config(BASE)), torch.Generator().manual_seed(3)) for each in made)
    assert made[1].config(BASE) == BASE
    assert all(torch.equal(a, b) for a, b in zip(one.parameters(), two.parameters(), strict=True))
    assert [len(each.optimizer(one, 0.1).param_groups) for each in made] == [1, 1]


def test_every_weight_has_one_rate() -> None:
    decoder = Decoder(WIDE)
    groups = Parametrisation("mup", BASE).optimizer(decoder, 0.5).param_groups
    rates = {id(weight): group["lr"] for group in groups for weight in group["params"]}
    assert len(rates) == len(list(decoder.parameters()))
    for name, weight in decoder.named_parameters():
        assert rates[id(weight)] == (0.125 if kind_of(name, tuple(weight.shape)) == "hidden" else 0.5), name


def test_an_initial_weight_has_its_deviation() -> None:
    mup = Parametrisation("mup", BASE)
    decoder = mup.initialise(Decoder(mup.config(WIDE)), torch.Generator().manual_seed(0))
    for name, weight in decoder.named_parameters():
        if weight.dim() > 1:
            assert float(weight.detach().std()) == pytest.approx(mup.scale(name, tuple(weight.shape)).std, rel=0.05), (
                name
            )


def test_logits_are_scaled_in_loss_and_answer_alike() -> None:
    mup = Parametrisation("mup", BASE)
    decoder = mup.initialise(Decoder(mup.config(shape(128))), torch.Generator().manual_seed(0))
    windows = torch.arange(33)[None]
    logits = decoder(windows[:, :-1])
    expected = torch.nn.functional.cross_entropy(logits[0], windows[0, 1:])
    assert float(decoder.loss(windows).parts["lm"].detach()) == pytest.approx(float(expected.detach()), abs=1e-5)
    read = decoder.ln_final(decoder.stream(windows[:, :-1])) / 2
    torch.testing.assert_close(logits, read @ decoder.unembed.weight.T)
