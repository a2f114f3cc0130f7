"""Where weights lie and in which format: what is said, what is found, what is kept apart, and bfloat16 for real."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from explorer import zoo
from explorer.errors import BadRequestError, NotApplicableError
from explorer.stack.transformer.decoder import Decoder
from explorer.tracing.capturing.capture import capture, vetted
from explorer.tracing.key import TraceKey
from explorer.tracing.stored.store import TraceStore
from explorer.zoo.model import Model
from explorer.zoo.placement import DTYPES, Placement
from explorer.zoo.reference import relative

TEXT = "The capital of France is"


def distinct_bytes(model: Model) -> int:
    return sum({each.data_ptr(): each.nbytes for each in model.weights.values()}.values())


@pytest.fixture(scope="module")
def coarse() -> Model:
    """The default model in bfloat16."""
    return zoo.load(zoo.DEFAULT, device="cpu", dtype="bfloat16")


def test_what_is_given_goes_before_the_environment() -> None:
    said = {"EXPLORER_DEVICE": " CUDA:1 ", "EXPLORER_DTYPE": "bfloat16"}
    assert Placement.read(said) == Placement("cuda:1", "bfloat16")
    assert Placement.read(said, "cpu", "float32") == Placement("cpu", "float32")
    assert Placement.read({}) == Placement("auto", "float32")


@pytest.mark.parametrize(
    "said",
    [{"EXPLORER_DEVICE": "gpu"}, {"EXPLORER_DEVICE": "cuda:"}, {"EXPLORER_DTYPE": "fp8"}, {"EXPLORER_DTYPE": "int8"}],
)
def test_what_makes_no_sense_is_refused(said: dict[str, str]) -> None:
    with pytest.raises(BadRequestError):
        Placement.read(said)


@pytest.mark.parametrize(
    ("cuda", "count", "mps", "asked", "found"),
    [
        (False, 0, False, "auto", "cpu"), (True, 1, False, "auto", "cuda:0"), (True, 1, True, "auto", "cuda:0"),
        (False, 0, True, "auto", "mps"), (True, 2, False, "cuda", "cuda:0"), (True, 2, False, "cuda:1", "cuda:1"),
        (True, 1, False, "cpu", "cpu"), (True, 1, False, "cuda:1", None), (False, 0, False, "cuda", None),
        (False, 0, False, "mps", None),
    ],
)  # fmt: skip
def test_the_device_that_is_found(
    monkeypatch: pytest.MonkeyPatch, cuda: bool, count: int, mps: bool, asked: str, found: str | None
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: cuda)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: count)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: mps)
    if found is None:
        with pytest.raises(NotApplicableError, match=asked):
            Placement(asked).found()
    else:
        assert Placement(asked).found().device == found


def test_a_name_stands_for_one_model_in_each_format(coarse: Model, model: Model) -> None:
    assert coarse is not model
    assert zoo.load(zoo.DEFAULT, device="cpu", dtype="bfloat16") is coarse
    assert zoo.loaded(zoo.DEFAULT) is not coarse
    assert zoo.load(zoo.DEFAULT) is zoo.loaded(zoo.DEFAULT)
    assert zoo.loaded(zoo.DEFAULT, Placement("cpu", "bfloat16")) is coarse
    assert coarse.verdict.fingerprint != model.verdict.fingerprint


def test_bfloat16_takes_half_the_memory(coarse: Model, model: Model) -> None:
    assert {each.dtype for each in coarse.weights.values()} == {torch.bfloat16}
    assert 2 * distinct_bytes(coarse) == distinct_bytes(model)


def test_a_run_in_bfloat16_leaves_float32_and_holds(coarse: Model, model: Model) -> None:
    key = TraceKey(zoo.DEFAULT, TEXT, max_new_tokens=3)
    run, exact = capture(coarse, key), capture(model, key)
    assert not vetted(coarse).refused
    assert coarse.verdict.knows("run")
    assert not coarse.verdict.refusals()
    for tensor in (run.logits, run.pattern, run.resid_post, run.z, run.v, run.rot_q, *(s.logits for s in run.steps)):
        assert (tensor.dtype, tensor.device.type, tensor.requires_grad) == (torch.float32, "cpu", False)
    first = len(run.tokens) - 3  # what follows is drawn
    apart = relative(run.logits[:first], exact.logits[:first])
    assert 1e-4 < apart < Placement("cpu", "bfloat16").relative  # other numbers, as far as rounding explains them
    assert run.attribution(first - 1, 5).error < Placement("cpu", "bfloat16").tolerance(7.5e-4)


def test_the_own_decoder_holds_in_bfloat16(coarse: Model) -> None:
    assert {each.dtype for each in coarse.decoder.parameters()} == {torch.bfloat16}
    assert coarse.verdict.refusal("decoder") == ""


@pytest.mark.parametrize("dtype", ["bfloat16", "float16"])
def test_a_wrong_decoder_is_refused_in_a_coarse_format_by_its_error(
    dtype: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A softmax that is told half its scale: what rounding explains is far less."""
    from explorer.stack.transformer import attention
    from explorer.zoo.loading import open_folder

    folder = Path(str(zoo.load("six-kinds-dense").hf.config.name_or_path))
    monkeypatch.setenv("EXPLORER_CACHE", str(tmp_path))
    loaded = open_folder("copy", None, folder, placement=Placement.read({}, "cpu", dtype))
    true = attention.KERNELS["sdpa"]

    def half(q: Any, k: Any, v: Any, seen: Any, scale: float, *more: Any, **named: Any) -> Any:
        return true(q, k, v, seen, scale / 2, *more, **named)

    monkeypatch.setitem(attention.KERNELS, "sdpa", half)
    with pytest.raises(NotApplicableError, match=r"\d %"):
        _ = loaded.decoder


def test_a_store_keeps_formats_apart(coarse: Model, model: Model) -> None:
    store, key = TraceStore(), TraceKey(zoo.DEFAULT, TEXT)
    exact, run = store.get(model, key), store.get(coarse, key)
    assert len(store) == 2
    assert not torch.equal(exact.logits, run.logits)
    kept = store.kept(key)
    assert kept is not None
    assert kept[1] is exact


def test_an_order_names_the_format(monkeypatch: pytest.MonkeyPatch) -> None:
    from explorer.panels import panels
    from explorer.shell.jobs.order import order_of

    panel = panels()["walk"]
    plain = order_of(panel, panel.views[0], f"model={zoo.DEFAULT}&text=a", {}, {}).key
    monkeypatch.setenv("EXPLORER_DTYPE", "bfloat16")
    coarse = order_of(panel, panel.views[0], f"model={zoo.DEFAULT}&text=a", {}, {}).key
    assert plain != coarse
    assert "bfloat16" in coarse


def test_shared_runs_of_formats_lie_apart(coarse: Model, model: Model, tmp_path: Path) -> None:
    from explorer.tracing.stored.shared_traces import SharedTraces

    shared, key = SharedTraces(str(tmp_path)), TraceKey(zoo.DEFAULT, TEXT)
    shared.put(coarse, capture(coarse, key))
    assert shared.get(model, key) is None
    assert shared.get(coarse, key) is not None


def test_what_needs_plain_weights_says_so(coarse: Model, model: Model) -> None:
    from explorer.tracing.changes.interventions import parse_intervention

    assert isinstance(model.plain_decoder, Decoder)
    with pytest.raises(NotApplicableError, match="CPU, bfloat16"):
        _ = coarse.plain_decoder
    with pytest.raises(BadRequestError, match="bfloat16"):
        capture(coarse, TraceKey(zoo.DEFAULT, TEXT, interventions=(parse_intervention("quant:all:int8"),)))


@pytest.mark.parametrize(
    "on", ["ablate:3.1", "ablate:3.1:mean", "mlp:5", "scale:10:all:0.5", "add:10:3:288:4", "patch:10:2:0:Rome"]
)
def test_interventions_act_in_bfloat16(coarse: Model, on: str) -> None:
    from explorer.tracing.changes.interventions import parse_intervention

    key = TraceKey(zoo.DEFAULT, TEXT)
    changed = capture(coarse, replace(key, interventions=(parse_intervention(on),)))
    assert not torch.equal(changed.logits, capture(coarse, key).logits)
    assert all(each.dtype == torch.float32 for each in changed.constants.values())


def test_no_device_is_written_into_the_code() -> None:
    """A literal "cpu" where a tensor is made or a model loaded sends it there, wherever the model lies."""
    root = Path(zoo.__file__).resolve().parents[1]
    literal = re.compile(r"""device(_map)?\s*=\s*["']cpu["']|\.cuda\(""")
    found = [
        f"{path.relative_to(root)}: {line.strip()}"
        for path in root.rglob("*.py")
        for line in path.read_text(encoding="utf-8").splitlines()
        if literal.search(line)
    ]
    # What formats are made of; a peer's own loader; an option of a benchmark, in words.
    allowed = ("cli.py", "bench/")
    assert [each for each in found if not each.startswith(allowed)] == []


def test_tolerances_grow_with_the_rounding() -> None:
    bounds = [Placement("cpu", dtype).relative for dtype in DTYPES]
    assert bounds[0] < bounds[2] < bounds[1]
    assert all(Placement("cpu", dtype).tolerance(0.0) == 0 for dtype in DTYPES)
