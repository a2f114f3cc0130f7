"""Teach it: a lesson of two steps, kept and read again, opened as a model and as an intervention; what is refused."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from explorer.errors import BadRequestError, NotApplicableError
from explorer.experiments.finetuning import taught_checks, taught_files, teaching
from explorer.experiments.finetuning.lesson import Lesson, check_base
from explorer.panels.finetuning.teach import PANEL
from explorer.panels.protocol import Check, Rendered
from explorer.panels.scene import Scene
from explorer.shell.views.subjects import allow
from explorer.stack.finetuning.adapter import Adapter, adapted
from explorer.stack.finetuning.tuned import Tuned
from explorer.tracing import TraceKey, parse_intervention
from explorer.tracing.capturing.changed_weights import forget, under
from explorer.zoo.adapters import adapter, adapters
from explorer.zoo.model import Model
from tests.panels.finetuning import teach_brief

NAME = "blob"
SHORT = "One? => a\nTwo? => b\nThree? => a\nFour? => b\nFive? => a"
TINY = teach_brief.TINY | {"pairs": SHORT}
Make = Callable[..., list[Rendered]]


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("adapters")


@pytest.fixture(autouse=True)
def _there(shelf: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("EXPLORER_ADAPTERS", str(shelf))
    monkeypatch.setattr(teaching, "NEWS_S", -1.0)
    monkeypatch.setattr(teaching, "NEW", 4)
    monkeypatch.setattr(teaching, "MEASURED", 1)
    monkeypatch.setattr(teaching, "ITEMS", 2)
    yield
    forget()


@pytest.fixture
def make(small: Model) -> Make:
    def made(**controls: Any) -> list[Rendered]:
        again = controls.pop("again", False)
        return list(PANEL.results("lesson", Scene(small, controls=TINY | controls, again=again)))

    return made


@pytest.fixture
def find(make: Make) -> Callable[..., Check]:
    def found(words: str, **controls: Any) -> Check:
        [one] = [each for each in make(**controls)[-1].checks if words in each.statement]
        return one

    return found


def test_a_lesson_is_drawn_as_it_goes_kept_and_read_again(make: Make, shelf: Path) -> None:
    shown = make()
    last = shown[-1].data
    assert [len(each.data.losses) for each in shown] == [0, 1, 2]
    assert all(not each.checks for each in shown[:-1])
    assert (last.done, last.measured, last.fresh, last.held_out, last.asked) == (True, [0, 2], True, 1, 1)
    assert last.losses[1] < last.losses[0]
    assert last.held[1] < last.held[0]
    assert [each.step for each in last.samples] == [0, 2]
    assert len(shown[-1].checks) == 2
    assert all(each.holds for each in shown[-1].checks), shown[-1].checks
    assert last.name in adapters()
    assert last.trained == sum(each.numel() for each in load_file(shelf / last.name / taught_files.WEIGHTS).values())
    [again] = make()
    assert again.data.read
    assert replace(again.data, read=False) == replace(last, seconds_left=None)
    assert all(each.holds for each in again.checks)
    [other] = make(ask="Who is there?")
    assert [each.step for each in other.data.samples] == [0, 2]


def test_a_name_of_ones_own(make: Make, small: Model) -> None:
    assert make(name=NAME)[-1].data.name == NAME
    assert NAME in adapters()
    with pytest.raises(BadRequestError, match="is the name of another adapter"):
        make(name=NAME, seed=7)
    with pytest.raises(BadRequestError, match="is no name of an adapter"):
        make(name="../x")
    with pytest.raises(BadRequestError, match="is no name of an adapter"):
        make(name="<b>x</b>")


@pytest.mark.parametrize(
    "method", ["pissa", "ia3", *(pytest.param(each, marks=pytest.mark.thorough) for each in ("dora", "rslora"))]
)
def test_every_method_is_kept_and_read(method: str, make: Make) -> None:
    last = make(method=method, rate=0.03)[-1]
    assert all(each.holds for each in last.checks), last.checks
    assert len(last.checks) == 2
    [again] = make(method=method, rate=0.03)
    assert again.data.read
    assert again.data.trained == last.data.trained


def test_its_strength_is_an_intervention(make: Make, small: Model) -> None:
    name = make(rate=0.03)[-1].data.name
    ids = torch.arange(6)[None]
    trained = adapter(name).on(small.decoder)
    assert isinstance(trained, Adapter)
    for strength in (0.0, 0.5, 1.0):
        key = TraceKey(small.name, "Then", interventions=(parse_intervention(f"adapter:{name}:{strength}"),))
        with torch.no_grad():
            changed, beside = under(small, key).decoder(ids), adapted(small.decoder, (trained, strength))(ids)
            assert float((changed - beside).abs().max()) < 2e-3
            moved = float((changed - small.decoder(ids)).abs().max())
        assert (moved > 0.05) == bool(strength)
    both = tuple(parse_intervention(f"adapter:{name}:{each}") for each in (1.0, -1.0))
    with torch.no_grad():
        nothing = under(small, TraceKey(small.name, "Then", interventions=both)).decoder(ids) - small.decoder(ids)
    assert float(nothing.abs().max()) < 1e-3
    # A lesson goes on from the loaded weights, whatever is on.
    [again] = PANEL.results("lesson", Scene(under(small, key), controls=TINY | {"rate": 0.03}))
    assert again.data.name == name


def test_an_adapter_is_merged_before_a_matrix_is_quantized(make: Make, small: Model) -> None:
    name = make(rate=0.03)[-1].data.name
    texts = f"adapter:{name}:1", "quant:0.W_Q:int8"
    key = TraceKey(small.name, "Then", interventions=tuple(parse_intervention(each) for each in texts))
    changed, place = under(small, key), "blocks.0.attn.W_Q"
    trained = adapter(name).on(small.decoder)
    assert isinstance(trained, Adapter)
    layer = small.decoder.get_submodule(place)
    delta, _ = trained[place].delta(layer)
    assert delta is not None
    whole = layer.get_parameter("weight") + delta
    packed = changed.packed[place].dequantize()
    assert float((packed - whole).detach().abs().max()) < float(whole.detach().abs().max()) / 100
    assert float((packed - layer.get_parameter("weight")).detach().abs().max()) > float(delta.detach().abs().max()) / 2


@pytest.mark.parametrize(
    "text", ["adapter:nobody:1", "adapter:x", "adapter:../x:1", "adapter:x:nan", "adapter:x:<b>", "adapter:x:1:2"]
)
def test_interventions_that_cannot_be(text: str, small: Model) -> None:
    with pytest.raises(BadRequestError):
        under(small, TraceKey(small.name, "Then", interventions=(parse_intervention(text),)))


@pytest.mark.parametrize(
    ("pairs", "words"),
    [
        ("Hi => Ho\nBye => Low\nHi => Hum", "Lines 1 and 3 contradict each other: “Hi” is answered by “Ho” and by"),
        ("   \n", "There is no pair"),
        ("Hi", "Line 1 is no pair: “Hi”"),
        ("Hi => Ho\n => Ho", "Line 2 is no pair"),
        ("\n".join(f"{n} => {n}" for n in range(11)), "There are 11 pairs, and 10 are taken"),
        (f"Hi => {'q z x ' * 480}", "tokens with its template, and"),
        ("Hi => Ho<|endoftext|>", "which ends or begins turns"),
    ],
)  # fmt: skip
def test_pairs_that_cannot_be_taught(pairs: str, words: str, make: Make) -> None:
    with pytest.raises(BadRequestError, match=words.replace("<|", "<.")):
        make(pairs=pairs)


def test_few_pairs_are_asked_as_they_are_and_html_is_a_text(make: Make) -> None:
    last = make(pairs="<b>Hi</b> => <script>alert(1)</script>")[-1].data
    assert not last.fresh
    assert [each.wanted for each in last.answers] == ["<script>alert(1)</script>"]
    with pytest.raises(NotApplicableError, match="There is no prompt"):
        make(ask=" ")


def test_models_that_cannot_be_taught_are_refused_by_name(small: Model) -> None:
    for other, words in (
        (replace(small, name="quantized:six-kinds-dense+nf4"), "quantized:six-kinds-dense.nf4” is made here"),
        (replace(small, edits=("quant:all:int4",)), "quant:all:int4” is made here"),
        (replace(small, name="someone/model"), "“someone/model” is not on the shelf"),
        (replace(small, dims=replace(small.dims, n_experts=8)), "is a mixture of experts"),
    ):
        with pytest.raises(NotApplicableError, match=words):
            check_base(other)


def test_a_rate_that_is_too_high_is_said_and_nothing_is_kept(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    real = Tuned.loss

    def broken(self: Tuned, rows: Any) -> Any:
        found = real(self, rows)
        return type(found)({"lm": found.parts["lm"] * float("nan")}) if torch.is_grad_enabled() else found

    monkeypatch.setattr(Tuned, "loss", broken)
    last = make(seed=11)[-1].data
    assert "not a number" in last.stopped
    assert last.name is None


def test_a_public_server_opens_only_what_its_page_taught(
    make: Make, shelf: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from explorer.shell import settings

    name = make()[-1].data.name
    shutil.copytree(shelf / name, shelf / "mine", dirs_exist_ok=True)
    (shelf / "mine" / taught_files.RECIPE).unlink()
    public = replace(settings.in_force(), public=True)
    monkeypatch.setattr("explorer.shell.views.subjects.in_force", lambda: public)
    allow(f"adapter:six-kinds-dense+{name}", [parse_intervention(f"adapter:{name}:1")])
    for model, changes in (("adapter:six-kinds-dense+mine", []), ("six-kinds-dense", ["adapter:mine:1"])):
        with pytest.raises(BadRequestError, match="opens no adapters"):
            allow(model, [parse_intervention(each) for each in changes])
    assert taught_files.file_of(name, taught_files.WEIGHTS) == shelf / name / taught_files.WEIGHTS
    assert taught_files.file_of("mine", taught_files.WEIGHTS) is None
    assert taught_files.file_of(name, taught_files.RECIPE) is None
    assert taught_files.file_of("..", taught_files.WEIGHTS) is None


def test_the_oldest_go_where_there_is_no_room(make: Make, shelf: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make(name=NAME)
    monkeypatch.setattr(taught_files, "MOST", 1)
    name = make(seed=21)[-1].data.name
    assert [each for each in adapters() if each not in ("mine", NAME)] == [name]
    with pytest.raises(BadRequestError, match="no room for further names"):
        make(seed=21, name="another")


def test_a_lesson_is_named_by_all_that_it_follows_from() -> None:
    lesson = Lesson("six-kinds-dense", "units")
    others = {"r": 4, "alpha": 8, "rate": 0.1, "steps": 3, "rows": 1, "seed": 1, "method": "dora", "matrices": "mlp"}
    names = {lesson.name, *(replace(lesson, **{each: value}).name for each, value in others.items())}
    assert len(names) == len(others) + 1
    assert lesson.name == Lesson("six-kinds-dense", "units").name


# ---- each check fails when what it is about is broken ----------------------------------------------------------------


@pytest.mark.breaks("teach.lesson", r"^Loss of the first batch, before any step")
def test_an_adapter_that_does_not_begin_at_nought(find: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    real = Lesson.adapter

    def shaken(self: Lesson, decoder: Any) -> Adapter:
        made = real(self, decoder)
        with torch.no_grad():
            for each in made.parameters():
                each.add_(0.05)
        return made

    monkeypatch.setattr(Lesson, "adapter", shaken)
    assert not find("Loss of the first batch", seed=31).holds


@pytest.mark.breaks("teach.lesson", r"^The adapter’s file, read again and merged")
def test_a_file_with_another_scale(find: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    real = taught_files.write

    def wrong(folder: Path, trained: Adapter, *more: Any) -> None:
        real(folder, trained, *more)
        config = folder / taught_files.CONFIG
        config.write_text(config.read_text().replace('"lora_alpha": 16', '"lora_alpha": 160'))

    monkeypatch.setattr(taught_files, "write", wrong)
    assert not find("The adapter’s file", seed=32, rate=0.03).holds


def test_the_batch_is_taken_apart_by_its_conversations(small: Model) -> None:
    course, _ = Lesson(small.name, "units", rows=1).course(small)
    rows = course.batch(0)
    found = list(taught_checks.conversations(rows))
    assert len(found) > 1
    assert sum(int(learnt[1:].sum()) for _, learnt in found) == rows.tokens
