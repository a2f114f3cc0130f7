"""A named direction on the intervention stack: nothing of it is left, what is added is there, names are looked at."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from explorer import zoo
from explorer.errors import BadRequestError
from explorer.fetching import cache
from explorer.tracing import Trace, TraceKey, capture, parse_intervention
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
