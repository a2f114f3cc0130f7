"""Single heads where a value is not as wide as a query: held against transformers alone, without the bridge."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from explorer.tracing import AblateHead, TraceKey, capture
from explorer.tracing.bridge import recorder
from explorer.tracing.bridge.readout import Readout
from explorer.tracing.capturing.size import run_bytes
from explorer.zoo.loading import open_folder
from tests.tiers import spread
from tests.tracing.against_transformers import TEXT, far, hold_against_transformers, refusals
from tests.tracing.tiny_configs import PARTS, tiny

pytestmark = pytest.mark.usefixtures("empty_cache")
#: nope, rope and value: the value is wider than what is turned, narrower than a query, wider than one, no multiple.
WIDTHS = [(16, 8, 16), (8, 8, 24), (8, 8, 12), (16, 8, 8)]
LATENT = ["deepseek_v3", "deepseek_v2", "glm4_moe_lite", "youtu"]
CASES = [(kind, widths) for widths in WIDTHS for kind in LATENT]


class Alone:
    """transformers' own attention, in which all heads of a layer but one are silenced before the projection."""

    def __init__(self, folder: Path) -> None:
        from transformers import AutoModelForCausalLM

        self.hf: Any = AutoModelForCausalLM.from_pretrained(
            folder, attn_implementation="eager", dtype=torch.float32, local_files_only=True
        ).eval()

    @torch.no_grad()
    def writes(self, ids: Tensor, layer: int, n_heads: int) -> Tensor:
        """What the attention of a layer gives with each head alone, less that with none: [head pos d_model]."""
        attn, kept = self.hf.model.layers[layer].self_attn, []

        def read(_: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
            kept.append((args, kwargs))

        handle = attn.register_forward_pre_hook(read, with_kwargs=True)
        self.hf(ids[None], use_cache=False)
        handle.remove()
        (args, kwargs), *_ = kept
        none, *each = (self._with(attn, args, kwargs, head) for head in (None, *range(n_heads)))
        return torch.stack(each) - none

    def _with(self, attn: Any, args: tuple[Any, ...], kwargs: dict[str, Any], head: int | None) -> Tensor:
        from transformers import AttentionInterface
        from transformers.models.deepseek_v3.modeling_deepseek_v3 import eager_attention_forward

        def one(*given: Any, **settings: Any) -> tuple[Tensor, Tensor]:
            z, pattern = eager_attention_forward(*given, **settings)  # batch pos head d_v
            only = torch.zeros_like(z)
            if head is not None:
                only[:, :, head] = z[:, :, head]
            return only, pattern

        AttentionInterface.register("one_head", one)
        attn.config._attn_implementation = "one_head"
        try:
            return attn(*args, **kwargs)[0][0]
        finally:
            attn.config._attn_implementation = "eager"


@pytest.mark.parametrize(("kind", "widths"), spread(CASES, 4))
def test_heads_of_other_width_than_their_queries(
    folder_of: Callable[[Any], Path], d_vocab: int, kind: str, widths: tuple[int, int, int]
) -> None:
    sizes = dict(zip(("qk_nope_head_dim", "qk_rope_head_dim", "v_head_dim"), widths, strict=True))
    folder = folder_of(tiny(kind, d_vocab, **sizes))
    model = open_folder(str(folder), None, folder)
    trace = hold_against_transformers(model, folder)
    assert refusals(model).keys() == PARTS[kind]
    n_heads, plain = model.dims.n_heads, Alone(folder)
    share = trace.attribution(len(trace) - 1, 5)
    for layer in range(model.dims.n_layers):
        own = plain.writes(trace.ids, layer, n_heads)
        assert far(trace.head_out(layer), own) < 1e-4
        assert far(share.heads[layer], own[:, -1].double() @ share.direction) < 1e-4
    assert run_bytes(model, len(trace)) <= sum(4 * t.numel() for t in vars(trace).values() if isinstance(t, Tensor))


def test_one_head_off_is_that_head(folder_of: Callable[[Any], Path], d_vocab: int) -> None:
    folder = folder_of(tiny("deepseek_v3", d_vocab, qk_nope_head_dim=16, v_head_dim=16))
    model = open_folder(str(folder), None, folder)
    whole = capture(model, TraceKey(model.name, TEXT))
    for head in range(model.dims.n_heads):
        off = capture(model, TraceKey(model.name, TEXT, interventions=(AblateHead(0, head),)))
        assert far(whole.attn_out[0] - off.attn_out[0], whole.head_out(0)[head]) < 1e-4


def test_heads_that_are_told_as_each_other_are_refused(
    folder_of: Callable[[Any], Path], d_vocab: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """z and W_O are exchanged alike: every sum over heads is right, and no single head is."""
    folder = folder_of(tiny("llama", d_vocab))
    tensors, read = recorder.Recorder.tensors, Readout.read

    def rolled(self: recorder.Recorder, n: int) -> recorder.Read:
        found = tensors(self, n)
        found["z"] = found["z"].roll(1, 2)
        return found

    def turned(model: Any) -> Readout:
        made = read(model)
        object.__setattr__(made, "W_O", tuple(weight.roll(1, 0) for weight in made.W_O))
        return made

    monkeypatch.setattr(recorder.Recorder, "tensors", rolled)
    monkeypatch.setattr(Readout, "read", turned)
    model = open_folder(str(folder), None, folder)
    capture(model, TraceKey(model.name, TEXT))
    found = model.verdict.refusals()
    assert {"attribution", "z"} <= found.keys()
    assert "single heads" in found["attribution"]
