"""A decoder of no library as the model of the page: each light view is drawn, or says why it is not."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlencode

import pytest

from explorer.panels import panels
from explorer.shell.at_work import EXPLORER
from tests.tracing.own_models import VARIANTS, decoder, written

#: Of views that need what such a decoder does not have.
ABSENT = {
    "alibi": {("attention", "head"), ("attention_steps", "steps"), ("kv_cache", "blocks")},
    "no residual path": {("walk", "river"), ("residual_stream", "waterfall"), ("attention", "head")},
    "shared experts": {("feed_forward", "gates")},
}
DRAWN = {("residual_stream", "lens"), ("attention", "wall"), ("tokens", "table"), ("sampling", "stages")}


THOROUGH = [pytest.param(each, marks=pytest.mark.thorough) for each in ("alibi", "shared experts")]


@pytest.mark.parametrize("name", ["no residual path", *THOROUGH])
def test_every_light_view_is_drawn_or_says_why(name: str, tmp_path: Path) -> None:
    folder = written(tmp_path / "own", decoder(**VARIANTS[name]))
    query = urlencode({"model": str(folder), "text": "A cat", "new": 2})
    assert "run" in EXPLORER.run(query, "tokens", {}, {})
    drawn: set[tuple[str, str]] = set()
    absent: dict[tuple[str, str], str] = {}
    for panel in panels().values():
        names = [view.name for view in panel.views if not view.heavy]
        answer = EXPLORER.light(query, panel.name, names, {}, {}) if names else None
        if answer is None:
            continue
        assert answer["kind"] == "views", panel.name
        for view, entry in answer["views"].items():
            assert "error" not in entry, (panel.name, view, entry)
            if "absent" in entry:
                absent[panel.name, view] = entry["absent"]["message"]
            else:
                drawn.add((panel.name, view))
                for check in entry.get("checks", []):
                    assert check["error"] is not None, (panel.name, view, check)
                    assert check["error"] <= check["tolerance"], (panel.name, view, check)
    assert drawn >= DRAWN
    assert absent.keys() >= ABSENT[name]
    if name != "shared experts":
        assert all("means nothing in this decoder" in absent[each] for each in ABSENT[name])
