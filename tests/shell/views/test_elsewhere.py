"""Views of a model that lies elsewhere, or in a coarser format: each is drawn and its checks hold, or it says why."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from explorer import zoo
from explorer.panels import panels
from explorer.shell import service
from explorer.tracing import TraceKey
from explorer.zoo.placement import Placement
from tests.elsewhere import DEVICE, elsewhere
from tests.panels.brief import brief

#: Each time: what reads a run, its norms, and the model's tables.
FIRST = ("residual_stream", "norms", "vocabulary")
PANELS = [
    pytest.param(name, marks=() if name in FIRST else pytest.mark.thorough)
    for name, panel in panels().items()
    if any(not view.heavy and panel.reads(view) != "nothing" for view in panel.views) and not brief(name).interventions
]
#: It counts tables by where they lie in memory, and the stand-in's have no such place.
UNSEEN = {("elsewhere", "moe_cost.sizes")}


@pytest.fixture(scope="module", params=["elsewhere", "bfloat16"])
def placed(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """All models are loaded elsewhere, or in bfloat16, meanwhile."""
    zoo.load("six-kinds-dense", device="cpu")
    meant = Placement(DEVICE) if request.param == "elsewhere" else Placement("cpu", "bfloat16")
    with pytest.MonkeyPatch.context() as patched, ExitStack() as stack:
        if meant.device == DEVICE:
            stack.enter_context(elsewhere())
            folder = tmp_path_factory.mktemp("verdicts")
            patched.setattr("explorer.zoo.verdict.cache_folder.cache_folder", lambda: folder)
        patched.setattr(Placement, "read", classmethod(lambda *_, **__: meant))
        yield request.param
        zoo.forget()


@pytest.mark.parametrize("panel", PANELS)
def test_light_views_hold_or_say_why_not(placed: str, panel: str) -> None:
    declared = panels()[panel]
    light = [view for view in declared.views if not view.heavy and declared.reads(view) != "nothing"]
    mixture = panel == "moe_cost" or "experts" in declared.requires
    query = TraceKey("six-kinds-moe" if mixture else "six-kinds-dense", "The capital of France is", max_new_tokens=2)
    answer = service.Explorer().views(
        query.query(), panel, [view.name for view in light], {"position": 4}, dict(brief(panel).controls)
    )
    for view in light:
        entry = answer["views"][view.name]
        required = declared.required(view)
        if "plain" in required or ("decoder" in required and "anywhere" not in required):
            assert "float32 on the CPU" in entry["absent"]["message"]  # pyright: ignore[reportTypedDictNotRequiredAccess]
            continue
        if (placed, f"{panel}.{view.name}") in UNSEEN:
            continue
        assert "absent" not in entry, entry
        checks = entry["checks"]  # pyright: ignore[reportTypedDictNotRequiredAccess]
        assert [each for each in checks if each["error"] is None or each["error"] > each["tolerance"]] == []
        if placed == "bfloat16" and checks:
            assert "Tolerances are those of bfloat16" in str(entry["about"])  # pyright: ignore[reportTypedDictNotRequiredAccess]


def test_the_strip_says_where_a_run_was_computed(placed: str) -> None:
    from explorer.shell.views.subjects import made
    from explorer.shell.views.summary import summary

    subject = made("run", TraceKey("six-kinds-dense", "Hello").query())
    run, _ = summary(*subject.traced)
    said = {"elsewhere": f"Computed on: {DEVICE}, float32", "bfloat16": "Computed on: CPU, bfloat16"}[placed]
    assert said in run["model"]["note"]
