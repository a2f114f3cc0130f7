"""A named direction on the intervention stack: nothing of it is left, what is added is there, names are looked at."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from explorer import zoo
from explorer.errors import BadRequestError, ExplorerError
from explorer.fetching import cache
from explorer.tracing import Trace, TraceKey, capture, parse_intervention
from explorer.tracing.capturing.capture import vector_of as capture_vector
from explorer.tracing.changes.direction_edits import Contrast
from explorer.zoo import Model, directions
from explorer.zoo.directions import Direction


@pytest.fixture(scope="module")
def small() -> Model:
    return zoo.load("six-kinds-dense")


@pytest.fixture
def kept(small: Model, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> torch.Tensor:
    """A direction of the small model's width."""
    monkeypatch.setattr(cache, "cache_folder", lambda: tmp_path)
    vector = 3 * torch.randn(small.dims.d_model, generator=torch.Generator().manual_seed(0))
    directions.keep(Direction("found", vector, 1, -1))
    directions.keep(Direction("narrow", vector[:5], 1, -1))
    (tmp_path / "directions" / "none.safetensors").write_bytes(b"nothing")
    return vector


def _run(model: Model, *texts: str) -> Trace:
    return capture(model, TraceKey(model.name, "the whale", interventions=tuple(map(parse_intervention, texts))))


def test_nothing_of_it_is_left_after_any_block(small: Model, kept: torch.Tensor) -> None:
    made = _run(small, "erase:found:1")
    r = kept / kept.norm()
    assert (made.resid_post @ r).abs().max() < 1e-3
    assert (_run(small).resid_post @ r).abs().max() > 1e-2
    assert made.attribution(1, 5).error < 1e-3
    half = _run(small, "erase:found:0.5").resid_post[0]
    assert torch.allclose(half @ r, _run(small).resid_post[0] @ r / 2, atol=1e-3)


def test_what_is_added_is_there(small: Model, kept: torch.Tensor) -> None:
    made, before = _run(small, "steer:found:1:all:0.5"), _run(small)
    assert torch.allclose(made.resid_post[1], before.resid_post[1] + 0.5 * kept, atol=1e-3)
    assert torch.allclose(made.resid_post[0], before.resid_post[0], atol=1e-4)
    at = _run(small, "steer:found:1:1:2")
    assert torch.allclose(at.resid_post[1, 0], before.resid_post[1, 0], atol=1e-4)
    assert torch.allclose(at.resid_post[1, 1], before.resid_post[1, 1] + 2 * kept, atol=1e-3)


@pytest.mark.usefixtures("kept")
@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("erase:nowhere:1", "no direction “nowhere”"),
        ("erase:narrow:1", "has 5 numbers"),
        ("erase:none:1", "holds none"),
        ("erase:found:nan", "not a number"),
        ("steer:found:99:all:1", "no layer 99"),
        ("steer:found:0:99:1", "no position 99"),
        ("erase:../found:1", "is not an intervention"),
        ("steer:found:0:1", "is not an intervention"),
    ],
)
def test_what_is_refused(small: Model, text: str, said: str) -> None:
    with pytest.raises(BadRequestError, match=said):
        _run(small, text)


def test_a_contrast_adds_what_lies_between_two_texts(small: Model) -> None:
    made, before = _run(small, "contrast:1:all:5:the%20king:the%3Awhale"), _run(small)
    ends = [capture(small, TraceKey(small.name, text)).resid_post[1, -1] for text in ("the king", "the:whale")]
    wanted = 5 * torch.nn.functional.normalize(ends[0] - ends[1], dim=0)
    assert torch.allclose(made.resid_post[1] - before.resid_post[1], wanted, atol=1e-3)
    edit = parse_intervention("contrast:1:0:-2:a:b")
    assert isinstance(edit, Contrast)
    assert parse_intervention(edit.text) == edit
    assert "from “b” to “a”" in edit.label
    assert capture_vector(small, edit).norm().item() == pytest.approx(2, rel=1e-4)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("contrast:1:all:5:same:same", "Two equal texts"),
        ("contrast:99:all:5:a:b", "layer"),
        ("contrast:1:all:nan:a:b", "nan"),
        ("contrast:1:all:5:a", "is not an intervention"),
        ("contrast:1:all:5::b", "no text to run"),
    ],
)
def test_a_contrast_that_cannot_be_is_refused(small: Model, text: str, why: str) -> None:
    with pytest.raises(ExplorerError, match=why):
        _run(small, text)


def test_a_random_direction_is_the_same_for_everybody(small: Model) -> None:
    made, before = _run(small, "steer:random-7:1:all:2"), _run(small)
    added = made.resid_post[1] - before.resid_post[1]
    assert torch.allclose(added.norm(dim=-1), torch.full((2,), 2.0), atol=1e-3)
    drawn = directions.drawn("random-7", small.dims.d_model)
    assert drawn is not None
    assert torch.allclose(added[0], 2 * drawn, atol=1e-3)
