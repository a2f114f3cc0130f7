"""Controls: what a link means, what a program is told, and that nothing else says what a control may be."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from explorer import places
from explorer.panels import panels
from explorer.panels.controls import WITH, Control
from explorer.panels.protocol import Panel, View
from explorer.panels.scene import Scene
from explorer.panels.selection import Scalar
from explorer.shell.files.manifest import control_spec

DECLARED = [panel for panel in panels().values() if panel.controls]
CASES = Path(__file__).parents[1] / "kit" / "settled_cases.json"


def declared(said: dict[str, Any]) -> Control:
    choices, bounds = tuple(said.get("choices", ())), said.get("range")
    return Control(
        "c", "C", "C.", said["default"], choices=choices, range=bounds and tuple(bounds), longest=said.get("longest")
    )


def test_the_page_reads_the_same_cases_by_the_same_declaration() -> None:
    """What `tests/kit/settled.test.js` reads is what the manifest sends."""
    for case in json.loads(CASES.read_text(encoding="utf-8")):
        assert case["spec"] == json.loads(json.dumps(control_spec(declared(case["control"]))))


@pytest.mark.parametrize("case", json.loads(CASES.read_text(encoding="utf-8")), ids=lambda case: str(case["control"]))
def test_what_a_link_means(case: dict[str, Any]) -> None:
    control = declared(case["control"])
    for said, meant in case["values"]:
        read = control.read(said)
        assert (read, type(read)) == (meant, type(meant)), said
        again = control.meant(said)
        assert again == (None if meant == control.default else meant)
        if again is not None and not (control.range and None in control.range):
            assert not control.refused(again)


@pytest.mark.parametrize(
    ("control", "said", "why"),
    [
        (Control("k", "k", "K.", 2, range=(1, 4)), 9, "“k” is 9; it takes a whole number from 1 to 4."),
        (Control("k", "k", "K.", 2, range=(1, None)), "two", "“k” is “two”; it takes a whole number from 1."),
        (Control("k", "k", "K.", 2, range=(1, 4)), 1.5, "“k” is 1.5; it takes a whole number from 1 to 4."),
        (Control("n", "n", "N.", 16, choices=(16, 32)), 17, "“n” is 17; it takes one of: 16, 32."),
        (
            Control("t", "t", "T.", "", longest=3),
            "long",
            "“t” has 4 characters; it takes a text of 3 characters at most.",
        ),
    ],
)
def test_what_a_program_is_told(control: Control, said: Scalar, why: str) -> None:
    assert control.refused(said) == why


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: Control("k", "k", "K.", 9, range=(1, 4)),
        lambda: Control("m", "m", "M.", "other", choices=("causal", "none")),
        lambda: Control("t", "t", "T.", "longer", longest=3),
        lambda: Control("t", "t", "T.", longest=3, choices=("a",)),
    ],
)
def test_a_declaration_does_not_contradict_itself(wrong: Any) -> None:
    with pytest.raises(ValueError, match=r"default|neither"):
        wrong()


def scene(*controls: Control, **said: Scalar) -> Scene:
    view = View("v", "V", "V.", controls=tuple(each.name for each in controls), requires=())
    panel = Panel("p", "P", "overview", 1, "P.", (view,), controls=controls)
    return panel.scene_of(view, Scene(controls=said))


def test_a_view_reads_what_it_declares_and_nothing_else() -> None:
    gap, mask = (
        Control("gap", "Gap", "G.", 1.5, range=(0.25, 16.0)),
        Control("mask", "M", "M.", "a", choices=("a", "b")),
    )
    found = scene(gap, mask, gap="2", mask="b")
    assert (found.real("gap"), found.one_of("mask"), found.one_of("mask", ("a", "b", "c"))) == (2.0, "b", "b")
    with pytest.raises(LookupError, match="does not declare"):
        found.whole("steps")
    with pytest.raises(LookupError, match="is real, not whole"):
        found.whole("gap")
    with pytest.raises(LookupError, match="does not know"):
        found.one_of("mask", ("a", "c"))
    with pytest.raises(LookupError, match="declares its high"):
        found.real("gap", high=3.0)


def test_the_run_says_what_the_declaration_leaves_open() -> None:
    budget = Control("budget", "B", "B.", range=(2, None))
    assert scene(budget).whole("budget", default=7, high=9) == 7
    assert scene(budget, budget=50).whole("budget", default=7, high=9) == 9
    assert scene(budget, budget=50).said("budget")
    assert not scene(budget, budget="").said("budget")
    with pytest.raises(LookupError, match="no default"):
        scene(budget).whole("budget", high=9)
    role = Control("role", "R", "R.")
    assert scene(role).one_of("role", ("q", "k"), "k") == "k"
    assert scene(role, role="q").one_of("role", ("q", "k"), "k") == "q"


def test_two_ways_to_say_the_same_are_one_order() -> None:
    control = Control("tile", "T", "T.", 8, choices=(4, 8, 16))
    view = View("v", "V", "V.", controls=("tile",), requires=())
    panel = Panel("p", "P", "overview", 1, "P.", (view,), controls=(control,))
    assert panel.said(view, {"tile": "8"}) == panel.said(view, {}) == panel.said(view, {"tile": ""}) == ()
    assert panel.said(view, {"tile": "15"}) == panel.said(view, {"tile": 16}) == (("tile", 16),)


#: What a script names: `control(ctx, "x")`, `ctx.control("x", …)`, `ctx.controls.x`, `ctx.declared("x")`.
NAMED = re.compile(
    r"""\b(?:control\(\s*ctx,\s*"|ctx\.control\(\s*"|ctx\.declared\(")(\w+)"(?!,\s*[^()]*,\s*"\w+"\s*\))|ctx\.controls\.(\w+)"""
)


@pytest.mark.parametrize("panel", DECLARED, ids=lambda panel: panel.name)
def test_scripts_name_declared_controls_alone(panel: Panel) -> None:
    folder = places.assets() / "views" / panel.chapter / panel.name
    for path in folder.glob("*.js"):
        for one, other in NAMED.findall(path.read_text(encoding="utf-8")):
            assert (one or other) in {*panel.settings, WITH}, f"{path.name} names “{one or other}”"


@pytest.mark.parametrize("panel", DECLARED, ids=lambda panel: panel.name)
def test_every_declared_control_is_read(panel: Panel) -> None:
    folder = places.assets() / "views" / panel.chapter / panel.name
    scripts = "".join(path.read_text(encoding="utf-8") for path in folder.glob("*.js"))
    read = {name for view in panel.views for name in view.controls}
    unread = [
        each.name for each in panel.controls if each.name not in read and not re.search(rf"\b{each.name}\b", scripts)
    ]
    assert not unread


def test_declarations_are_sentences() -> None:
    for panel in panels().values():
        for each in panel.controls:
            assert each.meaning.endswith("."), f"{panel.name}.{each.name}"
            assert re.fullmatch(r"[a-z_]{1,40}", each.name)
