"""Models on a device that is not the CPU: no tensor is made on an implicit one, tensors of two devices do not meet, and
a run leaves what the CPU gives. `elsewhere` is such a device where there is none; CUDA is tried where there is one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import torch

from explorer import zoo
from explorer.stack.systems.attention_kernels import named
from explorer.stack.transformer.decoder import Decoder
from explorer.stack.transformer.kv_cache import ContiguousCache
from explorer.tracing.capturing.capture import capture, vetted
from explorer.tracing.capturing.long_run import LONG
from explorer.tracing.capturing.together import batch, difference
from explorer.tracing.changes.interventions import parse_intervention
from explorer.tracing.key import TraceKey
from explorer.tracing.probes import causes, counterfactuals, gradients, induction
from explorer.tracing.trace import Trace
from explorer.zoo.loading import open_folder
from explorer.zoo.model import Model
from explorer.zoo.placement import Placement
from tests.elsewhere import DEVICE, MixedDevices, elsewhere
from tests.tracing.tiny_configs import tiny

TEXT = "The capital of France is"
DEVICES = [DEVICE, *(["cuda:0"] if torch.cuda.is_available() else [])]
#: Another device's kernels sum in another order; the stand-in computes on the CPU itself.
APART = {DEVICE: 0.0, "cuda:0": 1e-3}


@pytest.fixture(scope="module", params=DEVICES)
def device(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with ExitStack() as stack:
        patched = stack.enter_context(pytest.MonkeyPatch.context())
        zoo.load("six-kinds-dense", device="cpu")  # what is imported on the way is imported outside
        if request.param == DEVICE:
            stack.enter_context(elsewhere())
            patched.setattr(
                "explorer.zoo.verdict.cache_folder.cache_folder", lambda: tmp_path_factory.mktemp("verdicts")
            )
        yield request.param
        zoo.forget()


def pair(name: str, device: str) -> tuple[Model, Model]:
    """The model there and here."""
    return zoo.load(name, device=device), zoo.load(name, device="cpu")


def on_the_cpu(trace: Trace) -> None:
    tensors = [each for each in vars(trace).values() if isinstance(each, torch.Tensor)]
    tensors += [*trace.measured.values(), *trace.edits.values(), *trace.constants.values()]
    tensors += [part for each in trace.rotations for part in (each.cos, each.sin)]
    assert {each.device.type for each in tensors} == {"cpu"}
    assert {each.dtype for each in tensors if each.is_floating_point()} == {torch.float32}
    assert not any(each.requires_grad for each in tensors)


def test_tensors_of_two_devices_do_not_meet() -> None:
    with elsewhere() as there:
        x = torch.ones(2, device=there)
        assert x.device == torch.device(there)
        assert (x + 1).tolist() == [2.0, 2.0]
        assert x.cpu()[torch.tensor([0])].tolist() == [1.0]
        with pytest.raises(MixedDevices):
            _ = x + torch.ones(2)
        with pytest.raises((TypeError, RuntimeError)):
            x.numpy()
        with pytest.raises(MixedDevices):
            _ = torch.ones(2)[torch.zeros(1, dtype=torch.long, device=there)]


@pytest.mark.parametrize("name", ["six-kinds-dense", pytest.param("six-kinds-moe", marks=pytest.mark.thorough)])
def test_a_run_there_is_the_run_here(device: str, name: str) -> None:
    there, here = pair(name, device)
    key = TraceKey(name, TEXT, max_new_tokens=3)
    made, own = capture(there, key), capture(here, key)
    on_the_cpu(made)
    assert there.hf.device == torch.device(device)
    assert difference(made, own) <= APART[device]
    assert vetted(there).refused == vetted(here).refused
    pos = made.n_prompt - 1
    for run, other in ((made, own),):
        assert torch.allclose(run.attribution(pos, 5).heads, other.attribution(pos, 5).heads, atol=1e-3)
        assert torch.equal(run.logit_lens().ids[-1], other.logit_lens().ids[-1])
        assert torch.allclose(run.head_out(1), other.head_out(1), atol=1e-3)


ON = (
    "ablate:3.1", "ablate:3.1:mean", "mlp:4", "mlp:4:mean", "scale:3:all:0.5", "scale:3:2:2", "add:3:2:288:4",
    "patch:3:2:0:Rome",
)  # fmt: skip


@pytest.mark.parametrize("on", ON)
def test_interventions_act_there(device: str, on: str) -> None:
    there, here = pair("six-kinds-dense", device)
    key = TraceKey(there.name, TEXT, max_new_tokens=2, interventions=(parse_intervention(on),))
    made = capture(there, key)
    on_the_cpu(made)
    assert difference(made, capture(here, key)) <= APART[device]


@pytest.mark.parametrize("on", ["forbid:all:all:0", "force:2:all:1", "experts:all:3"])
def test_routing_is_changed_there(device: str, on: str) -> None:
    there, here = pair("six-kinds-moe", device)
    key = TraceKey(there.name, TEXT, interventions=(parse_intervention(on),))
    assert difference(capture(there, key), capture(here, key)) <= APART[device]


def test_a_batch_there_is_the_batch_here(device: str) -> None:
    there, here = pair("six-kinds-dense", device)
    keys = [TraceKey(there.name, text, max_new_tokens=2) for text in (TEXT, "One", TEXT)]
    for made, own in zip(batch(there, keys, print), batch(here, keys, print), strict=True):
        on_the_cpu(made)
        assert difference(made, own) <= APART[device]


def test_a_long_run_there_is_the_one_here(device: str) -> None:
    there, here = pair("six-kinds-dense", device)
    if there.dims.n_ctx <= LONG + 2:
        there, here = pair(zoo.DEFAULT, device)
    key = TraceKey(there.name, "one two three " * (LONG // 2), max_new_tokens=1)
    made, own = capture(there, key), capture(here, key)
    assert made.witness is not None
    assert len(made) > LONG
    assert torch.allclose(made.pattern[0, 0, -1], own.pattern[0, 0, -1], atol=1e-4)
    assert torch.allclose(made.logits[-1], own.logits[-1], atol=1e-2)
    assert made.mlp_pre is not None
    assert made.mlp_pre[0, -1].device.type == "cpu"


def test_probes_read_there_what_they_read_here(device: str) -> None:
    read: list[tuple[torch.Tensor, ...]] = []
    for model in pair("six-kinds-dense", device):
        trace = capture(model, TraceKey(model.name, TEXT))
        try:
            found = gradients.head_gradient(model, trace, 2, 1, "logit", 3, 5)
        except RuntimeError as error:
            if "device_ready_queues_" not in str(error):
                raise
            pytest.skip("torch made its gradients' queues before it knew this device: run this file by itself")
        arguments = causes.block_arguments(model, trace.ids)
        with torch.inference_mode():
            stream = causes.call_block(model.bridge.blocks[1], trace.stream(1)[None], arguments[1])
        read.append((found.d_z, induction.induction_scores(model), stream.cpu()))
    for there, here in zip(*read, strict=True):
        assert torch.allclose(there, here, atol=1e-4)


def test_routing_probes_read_there_what_they_read_here(device: str) -> None:
    read: list[torch.Tensor] = []
    for model in pair("six-kinds-moe", device):
        trace = capture(model, TraceKey(model.name, TEXT))
        edits = [None, parse_intervention("forbid:2:all:1")]
        made = counterfactuals.changed_runs(model, trace, 3, edits)  # pyright: ignore[reportArgumentType]
        written = counterfactuals.continue_greedily(model, trace, 3, [], 3)
        read.append(torch.cat([*(each.logits for each in made), written.logits.flatten()]))
    there, here = read
    assert torch.allclose(there, here, atol=1e-3)


@pytest.mark.parametrize("kernel", ["eager", "sdpa", "standard", "flash_1", "flash_2"])
def test_the_own_decoder_computes_there(device: str, kernel: str) -> None:
    for name in ("six-kinds-dense", "six-kinds-moe"):
        there, here = pair(name, device)
        assert there.decoder.embed.weight.device == torch.device(device)
        chosen: Any = kernel if kernel == "eager" else named(kernel)
        ids = torch.arange(12)[None]
        with torch.inference_mode():
            made, own = (each.decoder(ids, kernel=chosen) for each in (there, here))
        assert made.device == torch.device(device)
        assert torch.allclose(made.cpu(), own, atol=1e-4)  # torch chooses another kernel of its own there


def test_the_own_decoder_reads_a_cache_there(device: str) -> None:
    there, here = pair("six-kinds-dense", device)
    ids = torch.arange(12)[None]
    cache = ContiguousCache(there.decoder.config, 1, 12, device=device)
    with torch.inference_mode():
        parts = [there.decoder(part, cache=cache) for part in (ids[:, :8], *ids[:, 8:].split(1, 1))]
        assert torch.allclose(torch.cat(parts, 1).cpu(), here.decoder(ids), atol=1e-4)


#: Learned positions, ALiBi, norms after sublayers with soft caps; at night also the others.
KINDS = ("gpt2", "bloom", "gemma2")
OTHERS = ("gptj", "gpt_neox", "gemma3_text", "cohere", "granite", "olmo2", "qwen3", "mixtral", "opt")


@pytest.mark.parametrize("kind", [*KINDS, *(pytest.param(each, marks=pytest.mark.thorough) for each in OTHERS)])
def test_other_architectures_run_there(device: str, kind: str, folder_of: Callable[[Any], Path]) -> None:
    """Vetted there, run there: learned and rotary positions, ALiBi, parallel blocks, norms after, soft caps, MoE."""
    folder = folder_of(tiny(kind, 6144))
    there = open_folder(str(folder), None, folder, placement=Placement(device))
    here = open_folder(str(folder), None, folder, placement=Placement("cpu"))
    key = TraceKey(str(folder), "a few words", max_new_tokens=2)
    made, own = capture(there, key), capture(here, key)
    on_the_cpu(made)
    assert difference(made, own) <= max(APART[device], 1e-5)
    assert vetted(there).refused == vetted(here).refused


def test_an_implicit_tensor_is_found(device: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The test of these tests: positions made without a device meet the weights, and that is seen."""
    if device != DEVICE:
        pytest.skip("CUDA says so itself")
    from explorer.stack.transformer import decoder as module

    there, _ = pair("six-kinds-dense", device)
    true = module.rotation
    monkeypatch.setattr(module, "rotation", lambda rope, positions: true(rope, positions.cpu()))
    with pytest.raises(MixedDevices):
        Decoder.from_pretrained(there.hf.config, there.weights)(torch.arange(4)[None])


def test_a_large_configuration_has_its_shapes_without_memory() -> None:
    """8B parameters on torch's meta device: the decoder's every tensor is made where its weights lie."""
    from transformers import LlamaConfig

    from explorer.stack.transformer.config import DecoderConfig

    config = LlamaConfig(
        vocab_size=128_256, hidden_size=4096, intermediate_size=14_336, num_hidden_layers=32, num_attention_heads=32,
        num_key_value_heads=8, max_position_embeddings=8192, rope_theta=500_000.0, tie_word_embeddings=False,
    )  # fmt: skip
    config.architectures = ["LlamaForCausalLM"]
    with torch.device("meta"):
        made = Decoder(DecoderConfig.from_hf(config)).to(torch.bfloat16).eval()
    parameters = sum(each.numel() for each in made.parameters())
    assert parameters == 8_030_261_248
    x = torch.zeros(1, 16, 4096, dtype=torch.bfloat16, device="meta")
    assert made.unembedded(x).shape == (1, 16, 128_256)
    assert made.unembedded(x).device.type == "meta"
