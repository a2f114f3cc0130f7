"""Controls: what a link means, what a program is told, and that nothing else says what a control may be."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest

from explorer import places
from explorer.panels import panels
from explorer.panels.controls import WITH, Control
from explorer.panels.protocol import Panel, View
from explorer.panels.scene import Scene
from explorer.panels.selection import Scalar
from explorer.shell.files.manifest import control_spec
from tests.panels.brief import brief

#: Of a lesson: what stands in a block `show`, or behind `then:`.
LINK = re.compile(r"^(?:then: )?\?(\S+)", re.MULTILINE)
#: Of a link: settings of the sampler that are tried, and no panel's.
TRIED = "try"
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


#: What a script names: `control(ctx, "x")`, `ctx.control("x", …)`, `ctx.declared("x")`, `typed({ name: "x" })`,
#: `controls.x`.
NAMED = re.compile(
    r"""\b(?:control\(\s*ctx,\s*"|ctx\.control\(\s*"|ctx\.declared\("|typed\(\s*\{\s*name: ")"""
    r"""(\w+)"(?!,\s*[^()]*,\s*"\w+"\s*\))|(?<!/)\bcontrols\.(\w+)"""
)
#: What it sets of another panel: `ctx.control("x", …, "panel")`.
ELSEWHERE = re.compile(r"""\bctx\.control\(\s*"(\w+)",\s*[^()]*,\s*"(\w+)"\s*\)""")


@pytest.mark.parametrize("panel", panels().values(), ids=lambda panel: panel.name)
def test_scripts_name_declared_controls_alone(panel: Panel) -> None:
    folder = places.assets() / "views" / panel.chapter / panel.name
    for path in folder.glob("*.js"):
        for one, other in NAMED.findall(path.read_text(encoding="utf-8")):
            assert (one or other) in {*panel.settings, WITH}, f"{path.name} names “{one or other}”"


@pytest.mark.parametrize("panel", panels().values(), ids=lambda panel: panel.name)
def test_every_declared_control_is_read(panel: Panel) -> None:
    folder = places.assets() / "views" / panel.chapter / panel.name
    scripts = "".join(path.read_text(encoding="utf-8") for path in folder.glob("*.js"))
    read = {name for view in panel.views for name in view.controls}
    unread = [
        each.name for each in panel.controls if each.name not in read and not re.search(rf"\b{each.name}\b", scripts)
    ]
    assert not unread


def wrong(panel: str, name: str, value: Scalar | None) -> str:
    """Why this is no control of a panel with declarations, or no value of it; nothing where it is one. `value`: None
    where it is not known before."""
    found = panels()[panel]
    if not found.controls:
        return ""
    if name not in found.settings:
        return f"{panel} declares no control “{name}”"
    return "" if value is None else found.settings[name].refused(value)


def test_what_a_panel_sets_of_another_is_declared_there() -> None:
    said = [
        (panel, name)
        for path in (places.assets() / "views").glob("*/*/*.js")
        for name, panel in ELSEWHERE.findall(path.read_text(encoding="utf-8"))
    ]
    assert len(said) > 3
    assert not [why for panel, name in said if (why := wrong(panel, name, None))]


def test_what_the_tests_ask_of_every_panel_is_declared() -> None:
    assert not [why for panel in panels() for each in brief(panel).controls.items() if (why := wrong(panel, *each))]


def test_the_links_of_lessons_name_declared_controls() -> None:
    links = [
        link for path in sorted((places.assets() / "lessons").glob("*.md")) for link in LINK.findall(path.read_text())
    ]
    said = [(*name.split("."), value) for link in links for name, value in parse_qsl(link) if "." in name]
    assert len(said) > 10
    assert not [why for panel, name, value in said if panel != TRIED and (why := wrong(panel, name, value))]


def test_what_the_page_finds_opens_a_panel_with_declared_controls() -> None:
    """`const controls = { card: "own", memory }`, of the panel that is named behind it."""
    said = [
        (panel, name, value or None)
        for path in (places.assets() / "shell").rglob("*.js")
        for fields, panel in re.findall(r'controls = \{ (\w[^}]*) \}.*?panel: "(\w+)"', path.read_text(), re.DOTALL)
        for name, value in re.findall(r'(\w+)(?:: "(\w+)")?', fields)
    ]
    assert said
    assert not [why for each in said if (why := wrong(*each))]


@pytest.mark.parametrize("panel", panels().values(), ids=lambda panel: panel.name)
def test_the_control_of_a_second_run_is_a_text(panel: Panel) -> None:
    assert panel.second is None or panel.settings[panel.second].kind == "text"


def test_declarations_are_sentences() -> None:
    for panel in panels().values():
        for each in panel.controls:
            assert each.meaning.endswith("."), f"{panel.name}.{each.name}"
            assert re.fullmatch(r"[a-z_]{1,40}", each.name)
