"""Twins: the decoder under each objective's own mask, held against transformers' Llama, and what a row costs."""

from __future__ import annotations

import math

import pytest
import torch
import torch.nn.functional as F

from explorer.stack.pretraining.compute import trained
from explorer.stack.pretraining.objectives.drawn import NAMES, Settings, drawn
from explorer.stack.pretraining.objectives.example import IGNORED, Example
from explorer.stack.pretraining.objectives.marks import MarkIds
from explorer.stack.pretraining.objectives.twin import Twin, flops, together
from explorer.stack.transformer.config import DecoderConfig

MARKS = MarkIds(d_vocab=40, sentinels=4)
CONFIG = DecoderConfig(
    n_layers=2, d_model=16, n_heads=2, n_kv_heads=2, d_head=8, d_mlp=24, d_vocab=MARKS.total, n_ctx=64
)
TEXT = torch.arange(3, 23)
SETTINGS = Settings(heads=3)


def made(name: str, text: torch.Tensor = TEXT) -> Example:
    return drawn(name, text, MARKS, SETTINGS, torch.Generator().manual_seed(2))


def twin_of(name: str) -> Twin:
    return Twin(CONFIG, SETTINGS.heads if name == "mtp" else 1).initialise(torch.Generator().manual_seed(0)).eval()


@pytest.mark.parametrize("name", NAMES)
def test_losses_are_those_of_transformers(name: str) -> None:
    from transformers import AutoConfig, LlamaForCausalLM

    twin, example = twin_of(name), made(name)
    theirs = LlamaForCausalLM(AutoConfig.for_model(**twin.decoder.hf_config())).eval()
    theirs.load_state_dict(twin.decoder.hf_state_dict(), strict=False)
    theirs.tie_weights()
    added = torch.zeros(example.attends.shape).masked_fill(~example.attends, torch.finfo(torch.float32).min)
    with torch.no_grad():
        logits = theirs(example.inputs[None], attention_mask=added[None, None]).logits[0]
        expected = F.cross_entropy(logits, example.targets[0], ignore_index=IGNORED, reduction="none")
        found = twin.nats(together([example]))[0, 0]
    torch.testing.assert_close(found.nan_to_num(0), expected, atol=1e-5, rtol=1e-5)


def test_the_causal_twin_is_the_decoder() -> None:
    alone = twin_of("clm")
    batch = together([made("clm"), made("clm", TEXT.flip(0))])
    torch.testing.assert_close(
        alone.loss(batch).parts["lm"], alone.decoder.loss(batch.inputs).parts["lm"], atol=1e-5, rtol=1e-5
    )
    shared = dict(twin_of("mtp").named_parameters())
    assert all(torch.equal(each, shared[name]) for name, each in alone.named_parameters())  # they start alike


def test_the_loss_is_the_mean_of_each_head_summed() -> None:
    twin = twin_of("mtp")
    batch = together([made("mtp")])
    nats = twin.nats(batch)[0]
    assert nats.isnan().sum(1).tolist() == [1, 2, 3]
    assert float(twin.loss(batch).parts["lm"].detach()) == pytest.approx(float(nats.nanmean(1).sum()), rel=1e-5)


def test_a_masked_twin_sees_what_follows() -> None:
    twin = twin_of("clm")
    changed = TEXT.clone()
    changed[-1] = 2
    for name, differs in (("clm", False), ("mlm", True)):
        one, other = (
            Example(text, *(getattr(made(name), part) for part in ("targets", "places", "wanted", "attends")))
            for text in (TEXT, changed)
        )
        with torch.no_grad():
            first = [next(twin.read(together([each])))[0, 0] for each in (one, other)]
        assert (not torch.equal(*first)) == differs


def test_what_a_row_costs() -> None:
    assert flops(CONFIG, 20, 20.0) == trained(CONFIG, 20)
    per_target = 3 * 2 * CONFIG.d_model * CONFIG.d_vocab
    assert flops(CONFIG, 20, 20.0) - flops(CONFIG, 20, 3.0) == pytest.approx(17 * per_target)
    assert flops(CONFIG, 20, 20.0, heads=3) - flops(CONFIG, 20, 20.0) == 3 * 2 * 20 * CONFIG.d_model**2 * 2
    assert math.isfinite(flops(CONFIG, 20, 0.0))


def test_an_unknown_objective_is_refused() -> None:
    with pytest.raises(ValueError, match="no objective “elmo”"):
        made("elmo")
