"""A state-space model's walk, waterfall and norms: mixers in attention's place; what they read against transformers."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
import torch

from explorer.figures.overview.compared import Compared
from explorer.figures.overview.two_places import Run
from explorer.panels import panels
from explorer.panels.scene import Scene
from explorer.panels.selection import Focus
from explorer.tracing.derived.mixer_reads import mixer_read

if TYPE_CHECKING:
    from explorer.panels.protocol import Rendered
    from explorer.tracing.trace import Trace
    from explorer.zoo.model import Model

NAME = "six-kinds-mamba"
#: within the prompt; behind it, where the run went on from its states
PLACES = (6, 12)
VIEWS = (("walk", "river"), ("walk", "block"), ("residual_stream", "waterfall"), ("residual_stream", "norms"))


@pytest.fixture(scope="module")
def mamba() -> Model:
    from explorer import zoo

    return zoo.load(NAME)


@pytest.fixture(scope="module")
def trace(mamba: Model) -> Trace:
    from explorer.tracing import TraceKey, capture

    return capture(mamba, TraceKey(NAME, "Once upon a time there was a king who", max_new_tokens=4))


def render(panel: str, view: str, model: Model, trace: Trace, position: int = PLACES[1]) -> Rendered:
    return panels()[panel].render(view, Scene(model, trace, None, Focus(position=position, layer=3, target=288)))


@pytest.mark.parametrize("position", PLACES)
def test_what_a_mixer_read_makes_what_transformers_mixer_writes(mamba: Model, trace: Trace, position: int) -> None:
    layers = mamba.hf.get_submodule("backbone.layers")
    with torch.inference_mode():
        for layer, block in enumerate(layers.children()):
            normed = block.get_submodule("norm")(trace.stream(layer)[None])
            own = block.get_submodule("mixer")(normed)[0, position]
            read = mixer_read(trace, layer, position)
            torch.testing.assert_close(read.out.float(), own, atol=1e-5, rtol=1e-4)
            assert read.parts.shape[1] == position + 1
            assert 0 < read.kept < 1


def test_the_first_token_reads_itself_alone(mamba: Model, trace: Trace) -> None:
    shown = render("walk", "river", mamba, trace, 0)
    assert all(check.holds for check in shown.checks), shown.checks
    assert {part.read.position for part in shown.data.why.named if part.read} <= {0}


@pytest.mark.parametrize(("panel", "view"), VIEWS)
def test_the_views_open_and_their_checks_hold(mamba: Model, trace: Trace, panel: str, view: str) -> None:
    shown = render(panel, view, mamba, trace)
    assert shown.checks
    assert all(check.holds for check in shown.checks), shown.checks


def test_the_shares_add_up_to_the_difference_of_logits(mamba: Model, trace: Trace) -> None:
    share = trace.attribution(PLACES[1], 288, 300)  # over a rival: the difference of two of the model's own logits
    own = float(trace.logits[PLACES[1], 288] - trace.logits[PLACES[1], 300])
    assert share.embed + float(share.attn.sum()) + share.constant == pytest.approx(own, abs=1e-4)
    assert not share.mlp.any()


def test_parts_are_mixers_and_no_head_is_named(mamba: Model, trace: Trace) -> None:
    river, block = (render("walk", view, mamba, trace).data for view in ("river", "block"))
    assert {part.kind for part in [*river.why.named, river.why.against] if part} <= {"mixer", "embedding"}
    assert river.why.direct is river.why.contrast is None
    assert block.mixer.channels == 384
    assert float(block.mixer.given.sum()) == pytest.approx(block.attn, abs=1e-4)
    assert len(block.formula) == 1
    assert len(block.lengths) == 3


def test_two_runs_are_compared_mixer_by_mixer_and_with_attention_by_quarters(mamba: Model, trace: Trace) -> None:
    from explorer import zoo
    from explorer.tracing import TraceKey, capture

    text, dense = "Once upon a time there was a queen who", zoo.load("six-kinds-dense")
    same = Run(mamba, capture(mamba, TraceKey(NAME, text)))
    other = Run(dense, capture(dense, TraceKey(dense.name, text)))
    for beside, whole, name in ((same, True, "mixer 1"), (other, False, "mixing, quarter 1")):
        scene = Scene(mamba, trace, focus=Focus(position=9), other=Compared(Run(mamba, trace), beside))
        shown = panels()["two_runs"].render("parts", scene)
        assert all(check.holds for check in shown.checks), shown.checks
        assert shown.data.whole is whole
        assert name in shown.data.names
        assert bool(shown.note) is not whole


@pytest.mark.breaks("walk.river", "^Embedding .* mixers read of .* = the lead over the other tokens")
@pytest.mark.breaks("walk.river", "^The named parts, again from what mixers read")
@pytest.mark.breaks("walk.block", "channels of the mixer read of each position adds up to what the stream gained")
@pytest.mark.breaks("residual_stream.waterfall", "^Each bar, read off the stream, .*: what the mixer read")
@pytest.mark.breaks("residual_stream.norms", "^What each mixer read of every position, made again, is what it wrote")
def test_a_mixer_of_another_block_makes_something_else(mamba: Model, trace: Trace) -> None:
    turned = replace(trace.readout, mixers=(*trace.readout.mixers[1:], trace.readout.mixers[0]))
    other = replace(trace, readout=turned, _kept=type(trace._kept)())
    for panel, view in VIEWS:
        assert not any(check.holds for check in render(panel, view, mamba, other).checks), view
