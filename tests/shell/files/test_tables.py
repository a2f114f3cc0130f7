"""The page has the tables of the server, nothing in them ends the element that they lie in, and no other file repeats
one of them."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from dataclasses import asdict, fields
from pathlib import Path
from typing import get_args

import pytest

from explorer.panels.glossary import glossary
from explorer.panels.selection import SELECTION
from explorer.panels.tags import TAGS, Provenance
from explorer.shell.files import for_javascript, tables
from explorer.shell.page import layout
from explorer.stack.inference.decoding.sampler_settings import ORDERS, SETTINGS, STAGE_NAMES
from explorer.stack.inference.decoding.sampling import Sampler

ROOT = Path(layout.__file__).parents[3]
ASSETS = ROOT / "assets"
#: What each table names.
NAMES = {
    "settings": {each.name for each in SETTINGS},
    "stages": set(STAGE_NAMES),
    "selection": {each.name for each in SELECTION},
    "tags": {each.name for each in TAGS},
}
#: Where the tables stand, and the class that each is the table of.
HOMES = {
    "explorer/stack/inference/decoding/sampler_settings.py", "explorer/stack/inference/decoding/sampling.py",
    "explorer/panels/selection.py", "explorer/panels/tags.py",
}  # fmt: skip
WRITTEN = {path.relative_to(ROOT).as_posix() for path in for_javascript.files() if path.name.endswith(".d.ts")}
#: So many names of one table side by side are a list of it: what the shell does is done for all of a table, or for
#: those that the table itself tells apart.
MANY, MANY_OF_THE_SHELL = 3, 2
#: So many where they have values as well, or stand in a sentence: a payload may hold the place that it was made for.
MANY_KEYS = 4
#: Keywords of a view that say what is its own.
OWN = ("depends", "controls", "provenance")


def test_the_head_holds_them() -> None:
    (held,) = re.findall(r'<script type="application/json" id="explorer-tables">(.*)</script>', layout.head())
    assert "<" not in held
    read = json.loads(held)
    assert read == json.loads(json.dumps(tables.tables(), default=asdict))
    assert [each["name"] for each in read["settings"]] == [each.name for each in SETTINGS]
    assert [each["link"] for each in read["selection"]] == [each.link for each in SELECTION]
    assert read["stages"] == list(STAGE_NAMES)


def test_the_names_that_types_hold_are_those_of_the_tables() -> None:
    """A type checker reads no table: these are written twice, side by side."""
    assert get_args(Provenance) == tuple(each.name for each in TAGS)
    assert {each.name for each in fields(Sampler)} == NAMES["settings"] | {"order"}


def test_named_orders_are_orders() -> None:
    for each in ORDERS:
        assert Sampler(order=each.stages).order == each.stages, each.name


def test_the_glossary_says_what_the_tags_mean() -> None:
    said = {each["term"]: each["text"] for each in glossary()}
    assert {tag.name: said.get(tag.name) for tag in TAGS} == {tag.name: f"{tag.meaning}." for tag in TAGS}


def named(words: list[str], many: int | None) -> list[str]:
    """The tables of which these words are a list: so many of its names, or all of them, and hardly anything else."""
    found = ((table, names, names.intersection(words)) for table, names in NAMES.items())
    return [
        table for table, names, both in found if len(both) >= (many or len(names)) and 2 * len(both) >= len(set(words))
    ]


def lists_in_python(text: str, many: int = MANY) -> list[str]:
    """The tables that a source repeats: in a list or a type, as keys, as a class's fields, or in a sentence."""
    tree = ast.parse(text)
    own = {id(each.value) for each in ast.walk(tree) if isinstance(each, ast.keyword) and each.arg in OWN}
    return [
        table
        for node in ast.walk(tree)
        if id(node) not in own
        for words, enough in _words_in_python(node, many)
        for table in named(words, enough)
    ]


def _words_in_python(node: ast.AST, many: int) -> Iterator[tuple[list[str], int | None]]:
    """Words that stand side by side, and how many of them are a list of a table; None: the whole of it."""
    match node:
        case ast.List(elts=parts) | ast.Tuple(elts=parts) | ast.Set(elts=parts) | ast.Dict(keys=parts):
            texts = (each.value for each in parts if isinstance(each, ast.Constant))
            yield [each for each in texts if isinstance(each, str)], many
        case ast.Constant(value=str(sentence)):
            yield from ((listed.split(", "), MANY_KEYS) for listed in re.findall(r"\w+(?:, \w+)+", sentence))
        case ast.ClassDef(body=body):
            names = [e.target.id for e in body if isinstance(e, ast.AnnAssign) and isinstance(e.target, ast.Name)]
            yield names, None


def lists_in_javascript(text: str) -> list[str]:
    """The tables that a script or its types repeat: in an array, as the keys of an object, or in an interface.

    An object of which tsc sees that it has all names of a table is that table's picture, no list beside it.
    """
    arrays = [re.findall(r"""["'](\w+)["']""", each) for each in re.findall(r"""\[(?:\s*["']\w+["'],?)+\s*\]""", text)]
    arrays += [re.findall(r'"(\w+)"', each) for each in re.findall(r'"\w+"(?:\s*\|\s*"\w+")+', text)]
    objects = [
        re.findall(r"(?:^|[{;,])\s*(\w+)\??:", found[0], flags=re.M)
        for found in re.finditer(r"\{[^{}]*\}", text)
        if not re.search(r"Record<(Provenance|StageName),", text[max(0, found.start() - 160) : found.start()])
    ]
    found = [*((words, MANY) for words in arrays), *((words, MANY_KEYS) for words in objects)]
    return [table for words, many in found for table in named(words, many)]


OLD = {
    "the page's sampler": "interface Sampler {\n  top_k: number;\n  top_p: number;\n  min_p?: 0;\n  typical_p: 1;\n}",
    "the page's selection": "interface Focus { position: number; layer: number; head: number; target: number; }",
    "an order": 'const ORDERS = {\n  last: ["penalty", "presence", "frequency", "top_k"],\n};',
    "names of a selection": 'const NAMES = { position: "position", layer: "block", head: "head", expert: "expert" };',
    "nothing selected": "const unselected = () => ({ position: null, layer: null, head: null, target: null });",
    "of a test": 'selection: ["position", "layer", "head", "target", "expert"].map((name) => ({ name })),',
    "meanings": 'const MEANINGS = {\n  MEASURED: "a",\n  DERIVED: "b",\n  FORMULA: "c",\n  RECORDED: "d",\n};',
    "kinds": 'type Kind = "MEASURED" | "DERIVED" | "FORMULA";',
}
OLD_PYTHON = {
    "a sentence": 'Field(max_length=5, description="position, layer, head, target, expert; the rest is chosen.")',
    "what stays": 'focus = {k: v for k, v in focus.items() if k in ("layer", "head")}',
    "an answer": 'said = {"position": scene.position, "layer": scene.layer, "head": scene.head}',
    "what is walked": 'for name in ("position", "layer", "head"):\n    pass',
    "a type": 'Kind = Literal["MEASURED", "DERIVED"]',
    "fields": "class Options:\n" + "".join(f"    {each.name}: float\n" for each in SETTINGS),
}


@pytest.mark.parametrize("text", OLD.values(), ids=OLD)
def test_a_second_list_is_seen_in_javascript(text: str) -> None:
    assert lists_in_javascript(text)


@pytest.mark.parametrize("text", OLD_PYTHON.values(), ids=OLD_PYTHON)
def test_a_second_list_is_seen_in_python(text: str) -> None:
    assert lists_in_python(text, MANY_OF_THE_SHELL)


def test_no_source_has_a_list_of_its_own() -> None:
    found: dict[str, list[str]] = {}
    for path in (ROOT / "explorer").rglob("*.py"):
        where = path.relative_to(ROOT).as_posix()
        many = MANY_OF_THE_SHELL if where.startswith("explorer/shell/") else MANY
        if where not in HOMES and (lists := lists_in_python(path.read_text(encoding="utf-8"), many)):
            found[where] = lists
    assert not found


def test_no_script_of_the_page_has_a_list_of_its_own() -> None:
    """A setting is read (s.presence_penalty), and nowhere a key or a text."""
    names = "|".join(each.name for each in SETTINGS if each.name.endswith("_penalty"))
    listed = re.compile(rf"""["'](?:{names})["']|\b(?:{names})\??\s*:""")
    found: dict[str, list[str]] = {}
    scripts = [*ASSETS.rglob("*.js"), *ASSETS.rglob("*.d.ts"), *(ROOT / "tests" / "kit").glob("*.js")]
    for path in scripts:
        where = path.relative_to(ROOT).as_posix()
        text = path.read_text(encoding="utf-8")
        if where in WRITTEN or where.startswith("assets/vendor/"):
            continue
        if lists := [*lists_in_javascript(text), *listed.findall(text)]:
            found[where] = lists
    assert not found
