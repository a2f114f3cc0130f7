"""`bench attention` on short lengths: every subject in one run, ratios, peaks, and what was left out."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import replace

import pytest
import torch

from explorer import bench
from explorer.bench import attention, attention_flex, attention_memory
from explorer.bench import attention_subjects as subjects
from explorer.bench.attention_subjects import Case
from explorer.errors import BadRequestError

KINDS = [(causal, backward) for causal in (True, False) for backward in (True, False)]


@pytest.fixture
def fresh() -> Iterator[None]:
    """What was refused in one test is tried again in the next."""
    subjects.refusal.cache_clear()
    yield
    subjects.refusal.cache_clear()


def refused(backward: bool) -> bool:
    return not subjects.takes_part("flex", backward, subjects.CPU) or bool(
        subjects.refusal("flex", True, backward, subjects.CPU)
    )


@pytest.mark.thorough
@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # torch's, where it compiles
def test_rows_of_every_subject(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attention, "LENGTHS", (32, 1024))
    report = bench.Report("attention")
    attention.run(report, device="cpu")
    for causal, backward in KINDS:
        case = str(Case(32, causal, backward))
        theirs = {"torch"} if refused(backward) else {"torch", "torch FlexAttention"}
        everyone = {"explorer", *theirs, *(f"explorer {each}" for each in ("standard", "flash_1", "flash_2"))}
        times = {row.subject: row.value for row in report.rows if row.case == case and row.unit == "ms"}
        assert times.keys() == everyone
        ratio = next(r.value for r in report.rows if r.case.startswith(f"{case}: time") and r.subject == "explorer")
        assert ratio == pytest.approx(times["explorer"] / times["torch"])
        if sys.platform == "linux":
            assert {r.subject for r in report.rows if r.case == f"{case}: peak beside the inputs"} == everyone
    assert "FlexAttention" in report.table()


@pytest.mark.thorough
@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # torch's, of its own parts
@pytest.mark.parametrize("causal", [True, False])
def test_the_compiled_peer_computes_the_same(causal: bool) -> None:
    if why := subjects.refusal("flex", causal, False, subjects.CPU):
        pytest.skip(why)
    made, expected = (subjects.act_of(name, Case(300, causal, False))() for name in (subjects.FLEX, "sdpa"))
    assert isinstance(made, torch.Tensor)
    assert isinstance(expected, torch.Tensor)
    assert (made - expected).abs().max() < 1e-5


@pytest.mark.usefixtures("fresh")
def test_where_the_peer_cannot_be_compiled_it_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object, **__: object) -> None:
        raise RuntimeError("No working C++ compiler found\nand much more")

    monkeypatch.setattr(attention_flex, "act", fails)
    monkeypatch.setattr(attention, "LENGTHS", ())
    report = bench.Report("attention")
    attention.run(report, device="cpu")
    assert "does not run here: No working C++ compiler found" in report.table()
    assert "much more" not in report.table()
    assert "No verdict on the time of forward: nothing was compared from 1,024 tokens on." in report.absent


@pytest.mark.thorough
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.skipif(sys.platform != "linux", reason="peaks are read from /proc")
def test_the_square_shows_in_the_peak_of_standard_attention_alone() -> None:
    wanted = [(name, Case(n, True, False)) for name in ("standard", "tiled") for n in (1024, 2048)]
    peaks = attention_memory.of_processes(subjects.CPU, wanted)
    assert peaks is not None
    _, standard, short, tiled = peaks
    assert standard > 2 * subjects.square(2048)
    assert tiled < subjects.square(2048) / 3
    assert tiled < 2.2 * short


def test_what_does_not_fit_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subjects, "_free", lambda _: 1e6)
    assert subjects.subjects_of(Case(4096, True, backward=True)) == {"explorer": "tiled", "torch": "sdpa"}
    report = bench.Report("attention")
    attention._left_out(report, [4096], replace(subjects.CPU, compared=subjects.CPU.compared[:2]))
    assert "Standard attention was not run at 4,096 tokens: each of its squares takes 268 MB" in report.table()
    assert "flash_1 and flash_2 stop at 2,048 tokens" in report.table()


def test_the_references_stop_where_they_say() -> None:
    for n, taking in ((subjects.SHORT, True), (2 * subjects.SHORT, False)):
        assert ("explorer flash_2" in subjects.subjects_of(Case(n, True, backward=True))) is taking


def test_what_it_is_told() -> None:
    (made,) = attention.setups_of("cpu", (), "")
    assert (made.d_head, made.dtype, made.suffix) == (64, torch.float32, "")
    both = attention.setups_of("cpu", (64, 128), "bfloat16")
    assert [(each.d_head, each.suffix) for each in both] == [(64, ", d 64"), (128, ", d 128")]
    assert both[0].dtype == torch.bfloat16


@pytest.mark.parametrize(
    ("told", "said"),
    [
        (["device=tpu"], "There is no device 'tpu'"),
        (["dtype=int8"], "not measured in 'int8'"),
        (["d_head=0"], "1 to 256"),
        (["d_head=64,"], "is nothing that this benchmark takes"),
        (["longest=1,2"], "is nothing that this benchmark takes"),
        (["minutes=2"], "is nothing that this benchmark takes"),
    ],
)
def test_what_it_cannot_be_told(told: list[str], said: str) -> None:
    with pytest.raises(BadRequestError, match=said) as caught:
        bench.run("attention", told)
    assert caught.value.hint


def test_where_there_is_no_gpu_it_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert attention.setups_of("", (), "")[0].device.type == "cpu"
    with pytest.raises(BadRequestError, match="sees no GPU"):
        bench.run("attention", ["device=cuda"])
