"""Recordings: the page's own answers, stored; what is made of them for a page without a server."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import nbformat
import orjson
import pytest
from nbclient import NotebookClient

import explorer
from explorer import zoo
from explorer.errors import BadRequestError
from explorer.panels import panels
from explorer.shell.envelope import recordings
from explorer.shell.envelope.page import OpeningFile
from explorer.shell.jobs.kept_answers import Answers
from explorer.shell.recorded import endpoint, modules, site
from explorer.shell.recorded.command import read_links, table
from explorer.shell.recorded.document import one_file
from explorer.shell.recorded.link import Link
from explorer.shell.recorded.measured import Measured
from explorer.shell.recorded.notebook import notebook
from explorer.shell.recorded.recording import Recording, Step, panel_of, record
from explorer.shell.service import Explorer
from explorer.shell.views.subjects import Subject
from tests.conftest import ROOT
from tests.shell.forms import misfit
from tests.shell.loops import finish

if TYPE_CHECKING:
    from explorer.zoo.model import Model

#: what must never be read as markup, in a prompt
HOSTILE = 'A </script><img src=x onerror=alert(1)> ${x} "é" is'


def recorded(link: str, **how: object) -> Recording:
    return record(Explorer(), Step(Link.read(link)), **how)  # pyright: ignore[reportArgumentType]


def test_a_link_keeps_its_parts_apart() -> None:
    link = Link.read(
        "https://demo.example/?text=a%26b&new=2&panel=attention&view=head&pos=3&try.T=0.5&attention.by=weight"
    )
    assert (link.query, link.panel, link.view) == ("text=a%26b&new=2", "attention", "head")
    assert (link.focus["position"], link.focus["layer"]) == (3, None)
    assert link.controls == {"attention": {"by": "weight"}}
    assert Link.read(link.text) == link
    with pytest.raises(BadRequestError, match="not a pos"):
        Link.read("?pos=two")
    with pytest.raises(BadRequestError, match="no panel"):
        panel_of(Link.read("?panel=nothing"))


def test_a_recording_holds_the_very_answers_of_the_service(model: Model) -> None:
    made = recorded("?text=One two three&panel=residual_stream&pos=1&layer=2")
    asked = {**dict.fromkeys(made.focus), "position": 0, "layer": 2, "head": made.focus["head"]}
    (found,) = [answer for answer in made.answers if answer["asked"] == asked]
    live = Explorer().views(made.query, "residual_stream", list(found["views"]), asked, {})
    assert {"rank", "waterfall", "norms"} <= set(found["views"])
    for name, entry in live["views"].items():
        assert orjson.dumps(made.entry(found["views"][name])) == orjson.dumps(entry)
    assert {answer["asked"]["position"] for answer in made.answers} == {0, 1, 2}  # each token
    assert len({answer["asked"]["target"] for answer in made.answers}) >= 4  # and each likely next one


@pytest.mark.thorough
def test_a_recording_stays_within_its_budget(model: Model) -> None:
    least = recorded("?text=One two three&panel=attention", budget=0)
    assert len(least.answers) == 1
    some = recorded("?text=One two three&panel=attention", budget=least.nbytes + 20_000)
    assert 1 < len(some.answers) < 20
    assert some.nbytes < least.nbytes + 40_000


def test_every_panel_can_be_put_into_one_file() -> None:
    listed = [(each.chapter, each.name, [view.name for view in each.views]) for each in panels().values()]
    paths = modules.modules(listed)
    assert {"recorded/open.js", "shell/view/source.js", "kit/chart/chart.js"} <= set(paths)
    for path in paths:
        text = modules.within(path)
        assert not modules._STATIC.search(text), path
        assert not modules._LATER.search(text), path


def test_every_bundle_can_be_put_into_one_file(bundled: Path) -> None:
    listed = [(each.chapter, each.name, [view.name for view in each.views]) for each in panels().values()]
    paths = modules.modules(listed)
    assert all(path.startswith(modules.BUNDLES) for path in paths)
    assert len(paths) > len(listed)
    for path in paths:
        text = modules.within(path)
        for other in modules.imported(path):
            assert other in paths
            assert f'"explorer/{other}"' in text, "it is named as the file's import map has it"
            assert f'"./{other.removeprefix(modules.BUNDLES)}"' not in text
    assert "url(data:" in modules.worn("css/all.css").replace('"', "")


def test_what_cannot_be_found_in_one_file_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(modules, "read", lambda path: "const here = import.meta.url;")
    with pytest.raises(ValueError, match="one file"):
        modules.within("shell/new.js")


def test_nothing_of_a_prompt_is_markup_in_one_file(model: Model) -> None:
    shown = explorer.show(explorer.trace(model, HOSTILE), "attention", "reads")
    page = one_file(shown.recording, live="https://demo.example/")
    assert "onerror" not in page
    assert page.count("<script") == 3  # tables, the packed block, what unpacks it
    assert page == one_file(shown.recording, live="https://demo.example/")  # byte by byte
    cell = shown._repr_mimebundle_()["text/html"]
    assert cell.count("<") == 2  # one frame, opened and closed
    assert "allow-same-origin" not in cell


@pytest.mark.thorough
def test_show_refuses_what_is_not_there(model: Model, tmp_path: Path) -> None:
    trace = explorer.trace(model, "One two")
    for wrong, why in ((("nothing",), "no panel"), (("walk", "nothing"), "no view")):
        with pytest.raises(BadRequestError, match=why):
            explorer.show(trace, *wrong)
    with pytest.raises(BadRequestError, match="no part of a selection"):
        explorer.show(trace, "walk", row=1)
    shown = explorer.show(trace, "attention", position=1)
    assert shown.checks
    assert all(check.holds for check in shown.checks)
    assert shown.save(tmp_path / "page.html").stat().st_size > 100_000
    for name, why in (("page.txt", "no ending"), ("page.svg", "of one view")):
        with pytest.raises(BadRequestError, match=why):
            shown.save(tmp_path / name)


@pytest.mark.thorough
def test_a_notebook_recomputes_the_panel() -> None:
    """Executed as a reader executes it; another token than the page's, and a check that fails, would stop it."""
    link = Link.read("?panel=residual_stream&text=The capital of France is&new=1&layer=3&head=1")
    book = nbformat.reads(notebook(link), as_version=4)
    nbformat.validate(book)
    NotebookClient(book, timeout=120, resources={"metadata": {"path": str(ROOT)}}).execute()
    outputs = [output for cell in book.cells for output in cell.get("outputs", [])]
    said = "".join(output.get("text", "") for output in outputs)
    assert "' France' -> ' is'" in said
    assert said.count("holds |") >= 3
    assert "FAILS" not in said
    (frame,) = [output["data"]["text/html"] for output in outputs if "data" in output]
    assert frame.startswith("<iframe srcdoc=")


def test_a_notebook_holds_a_prompt_as_a_python_text_only() -> None:
    text = notebook(Link.read("?panel=walk&text=%22%22%22%0A%23%20__import__(1)"), [1, 2])
    sources = ["".join(cell["source"]) for cell in json.loads(text)["cells"]]
    for source in sources[1:5]:
        compile(source, "cell", "exec")
    assert not [source for source in sources if "__import__(1)" in source]  # it is written as in a link
    assert "== [1, 2]" in sources[3]


def test_a_notebook_installs_the_explorer_from_where_its_reader_has_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No package index carries it: the first cell takes a folder or a wheel, says so where there is none, and calls pip
    only where the explorer is lacking. Both ways are the README's, and the wheel's name is the one that is built."""
    cells = json.loads(notebook(Link.read("?panel=walk&text=One")))["cells"]
    assert "pip install llm-internals-explorer" not in json.dumps(cells)
    first = next(cell["source"] for cell in cells if cell["cell_type"] == "code")
    called: list[list[str]] = []
    monkeypatch.setattr("subprocess.run", lambda command, **how: called.append([*command, str(how)]))
    monkeypatch.chdir(tmp_path)
    exec(first, {})
    assert not called, "it is installed here"
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(AssertionError, match="set EXPLORER to the folder or the wheel"):
        exec(first, {})
    wheel = tmp_path / f"llm_internals_explorer-{explorer.__version__}-py3-none-any.whl"
    wheel.touch()
    exec(first.replace('"llm-internals-explorer"', repr(str(wheel))), {})
    assert called == [[sys.executable, "-m", "pip", "install", str(wheel), "{'check': True}"]]
    assert wheel.name[: len("llm_internals_explorer-")] in first
    assert "pip install dist/*.whl" in (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_page_is_told_what_cannot_be_saved() -> None:
    def asked(**request: object) -> Any:
        return finish(endpoint.panel_file(json.dumps(request)))

    assert "no longer keeps" in str(asked(link="?panel=walk&text=Never run by anybody")["message"])
    assert "no panel" in str(asked(link="?panel=nothing")["message"])
    assert "address" in str(asked(link="?panel=memory_calculator", live="javascript:alert(1)")["message"])
    assert str(asked(link="?panel=memory_calculator")["text"]).startswith("<!doctype html>")


@pytest.mark.thorough
def test_a_site_lists_what_it_has(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    listed = tmp_path / "links.json"
    places = [
        {"link": "?panel=memory_calculator", "title": "<b>Memory</b>", "text": "What fits."},
        {"link": "?panel=balancing"},
    ]
    listed.write_text(json.dumps(places))
    written = site.export(read_links(listed), tmp_path / "site", live="https://demo.example", heavy=False)
    said = table(written)
    assert "2 places" in said
    assert "001-memory_calculator.json" in said
    index = (tmp_path / "site" / "index.html").read_text()
    assert "&lt;b&gt;Memory" in index
    assert "<b>Memory" not in index
    steps = json.loads((tmp_path / "site" / "recorded" / "steps.json").read_text())
    assert steps["live"] == "https://demo.example/"
    assert steps["steps"][0]["text"] == "What fits."
    again = {each.path: each.nbytes for each in site.export(read_links(listed), tmp_path / "site", heavy=False)}
    assert again.keys() == {each.path for each in written}


def test_what_two_places_show_is_stored_once(model: Model, tmp_path: Path) -> None:
    two = [Step(Link.read(f"?text=One two three&panel=residual_stream&pos={at}&layer=2")) for at in (0, 1)]
    beside = {each.path: each.nbytes for each in site.export(two, tmp_path, heavy=False, budget=60_000)}

    def stored(name: str) -> Any:
        return json.loads((tmp_path / "recorded" / f"{name}.json").read_text())

    places = stored("steps")["steps"]
    assert not misfit(stored("steps"), recordings.Listing)
    assert not misfit(stored("opening"), OpeningFile)
    assert not misfit(stored("residual_stream.source"), dict[str, recordings.ViewSource])
    assert not misfit(stored(places[0]["file"]), recordings.RecordedFile)
    assert [place["run"] for place in places] == ["run-1", "run-1"]
    assert "recorded/run-2.json" not in beside
    near = [stored(f"{place['file']}.near") for place in places]
    assert not misfit(near, list[recordings.NearFile])
    assert near[0]["parts"] == near[1]["parts"]
    held: list[str] = []
    for first, name in near[0]["parts"]:
        assert first == len(held)
        assert not misfit(stored(name), recordings.PartFile)
        held += map(json.dumps, stored(name)["entries"])
    assert len(held) == len(set(held))
    asked: list[set[int]] = []
    for index, place in zip(near, places, strict=True):
        own = len(stored(place["file"])["entries"])
        asked.append({at - own for answer in index["answers"] for at in answer["views"].values() if at >= own})
    assert asked[0] & asked[1]
    assert asked[0] | asked[1] == set(range(len(held)))


@pytest.mark.thorough
def test_what_took_long_is_measured_once_and_an_export_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = recorded("?panel=balancing&view=training&balancing.steps=50&balancing.experts=4", heavy=["training"])
    asked = (panels()["balancing"], panels()["balancing"].view("training"), Subject(zoo.load("six-kinds-dense")))
    drawn: list[str] = []
    draw = Explorer.draw
    monkeypatch.setattr(Explorer, "draw", lambda self, *how: drawn.append("drawn") or draw(self, *how))
    monkeypatch.setattr("explorer.shell.jobs.kept_answers.LONG", 0.0)
    what = ("", {}, {"steps": 50, "experts": 4})
    for _ in range(2):  # the second export finds it on the disk
        measured = Measured(Explorer(), Answers(tmp_path))
        for _ in range(2):
            answer = measured.answer(*asked, what, lambda *_: None)
            assert answer is not None
            assert answer["entry"]["data"].keys() == made.entry(made.answers[0]["views"]["training"])["data"].keys()
    assert len(drawn) == 1
    short = Measured(Explorer(), seconds=0.0)
    other = ("", {}, {"steps": 60, "experts": 4})
    assert short.answer(*asked, other, lambda *_: None, wanted=False) is None
    assert short.answer(*asked, other, lambda *_: None, wanted=True) is not None


@pytest.mark.parametrize(
    ("links", "why"),
    [([], "nothing to record"), (["?panel=nothing"], "no panel"), (["?panel=walk&text="], "no text")],
)
def test_a_site_of_what_is_not_there_is_refused(links: list[str], why: str, tmp_path: Path) -> None:
    with pytest.raises(BadRequestError, match=why):
        site.export([Step(Link.read(link)) for link in links], tmp_path / "site")
    assert not (tmp_path / "site").exists()


def test_a_folder_of_something_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(BadRequestError, match="not empty"):
        site.export([Step(Link.read("?panel=memory_calculator"))], tmp_path)


@pytest.mark.parametrize(
    ("name", "text"), [("a.txt", "?pos=x"), ("b.json", "{}"), ("c.json", '[{"title": "no link"}]'), ("d.json", "[")]
)
def test_a_list_that_is_none_is_refused(name: str, text: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(BadRequestError):
        read_links(tmp_path / name)
