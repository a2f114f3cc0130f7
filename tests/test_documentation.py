"""README, the guides and a release name what there is: commands, settings, figures, files, versions."""

from __future__ import annotations

import re
import runpy
from pathlib import Path

import pytest
import yaml
from jaxtyping import Float
from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.testclient import TestClient
from torch import Tensor
from typer.main import get_command

import explorer
from explorer import bench, places
from explorer.cli import app
from explorer.lessons.catalogue import lessons
from explorer.panels import panels
from explorer.shell.files.served import Docs
from tests import release
from tests.conftest import ROOT

README = ROOT / "README.md"
PAGES = [README, ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
TEXTS = {path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8") for path in PAGES}
WHOLE = "\n".join(TEXTS.values())
#: targets of links and pictures that are files
LINK = re.compile(r"\]\((?!https?:|term:|/|#)([^)#\s]+)")


def test_readme_is_two_screens() -> None:
    assert len(README.read_text(encoding="utf-8").splitlines()) <= 120


@pytest.mark.parametrize("name", TEXTS)
def test_links_lead_to_files(name: str) -> None:
    made = ROOT / "docs" / "api" / "stack"  # written when the documentation is built
    for target in LINK.findall(TEXTS[name]):
        path = (ROOT / name).parent / target
        assert path.exists() or made in path.resolve().parents, f"{name} leads to {target}"


def test_pictures_are_small_and_those_that_move_have_frames() -> None:
    from PIL import Image

    moving = [path for path in LINK.findall(TEXTS["README.md"]) if path.endswith(".webp")]
    assert len(moving) == 3
    for path in moving:
        assert (ROOT / path).stat().st_size < 400_000
        with Image.open(ROOT / path) as picture:
            assert getattr(picture, "n_frames", 1) > 3


def test_commands_that_are_named_exist() -> None:
    commands = {*getattr(get_command(app), "commands", {})}
    named = {*re.findall(r"(?:-m explorer|llm-explorer) ([a-z][a-z-]+)", WHOLE)}
    assert len(named) > 12
    assert named <= commands
    benchmarks = {*re.findall(r"\bbench ([a-z]\w+)", WHOLE)} - {"and"}
    assert len(benchmarks) > 12
    assert benchmarks <= {*bench.available()}


def test_settings_that_are_named_exist_and_operators_find_all() -> None:
    named = {*re.findall(r"EXPLORER_[A-Z_]+[A-Z]", WHOLE)}
    sources = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "explorer").rglob("*.py"))
    read = {*re.findall(r"""["'](EXPLORER_[A-Z_]+[A-Z])["']""", sources)}
    assert len(read) > 20
    assert named <= {*re.findall(r"EXPLORER_[A-Z_]+[A-Z]", sources)}
    assert read - {*re.findall(r"EXPLORER_[A-Z_]+[A-Z]", TEXTS["docs/guides/operators.md"])} == set()


def test_figures_of_the_readme_are_measured_ones() -> None:
    part = TEXTS["README.md"].partition("## How fast")[2].partition("\n## ")[0]
    lines = [line for line in part.splitlines() if line.startswith("- ")]
    assert len(lines) == 3
    for line in lines:
        for number in re.findall(r"\d[\d.]*", line.partition(":")[2].rstrip(".;")):
            assert re.search(rf"(?<![\d.]){re.escape(number)}(?![\d])", TEXTS["docs/measured.md"]), line


def test_no_sentence_stands_twice() -> None:
    """Of the guides and README: a fact has one place."""
    seen: dict[str, str] = {}
    for name, text in TEXTS.items():
        prose = " ".join(re.sub(r"```.*?```", "", text, flags=re.DOTALL).split())
        for sentence in re.split(r"(?<=[.!?:|])\s", prose):
            if len(sentence) < 60:
                continue
            assert sentence not in seen, f"{name} and {seen[sentence]}: {sentence}"
            seen[sentence] = name


def test_what_is_made_of_the_code_has_all_panels_lessons_and_modules() -> None:
    made = runpy.run_path(str(ROOT / "docs" / "conf.py"))
    listed, taught = made["panel_list"](), made["lesson_list"]()
    assert all(f'?panel={name}"' in listed for name in panels())
    assert all(each.title in taught for each in lessons().values())
    reference = "\n".join(text for _, text in made["reference"]())
    modules = [each for each in (ROOT / "explorer" / "stack").rglob("*.py") if each.name != "__init__.py"]
    assert reference.count(".. automodule:: explorer.stack") >= len(modules) > 300
    shown = made["as_written"](None, "function", "", make_row, None, "()", None)
    assert shown == ("(q: Float[Tensor, 'query d_head'], at: int = 0)", "Tensor")
    told = ["Weights:", "", "    a   b", "", "where |a| is `|b|`"]
    made["set_off"](None, "", "", None, None, told)
    assert told == ["Weights:", "", "::", "", "    a   b", "", r"where \|a\| is `|b|`"]


def make_row(q: Float[Tensor, "query d_head"], at: int = 0) -> Tensor:
    return q[at]


def test_a_release_has_one_version_and_words_of_what_is_new(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    cited = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert cited["version"] == explorer.__version__
    assert {"cff-version", "message", "title", "authors"} <= {*cited}
    assert release.parts((ROOT / "CHANGELOG.md").read_text(encoding="utf-8"))["Unreleased"]
    for name, text in {"CITATION.cff": "version: 9.1.0\n", "CHANGELOG.md": "## [9.1.0] - 2026-12-02\n\nNew.\n"}.items():
        (tmp_path / name).write_text(text)
    monkeypatch.setattr(release, "ROOT", tmp_path)
    with pytest.raises(ValueError, match=r"CITATION\.cff says 9\.1\.0"):
        release.notes("9.1.0")
    monkeypatch.setattr(explorer, "__version__", "9.1.0")
    assert release.notes("9.1.0") == "New."
    (tmp_path / "CHANGELOG.md").write_text("## [9.0.0]\n\nOld.\n")
    with pytest.raises(ValueError, match=r"says nothing of 9\.1\.0"):
        release.notes("9.1.0")


def test_the_page_serves_what_is_built_and_says_so_where_nothing_is(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "pyproject.toml").write_text("secret")
    monkeypatch.setattr(places, "_root", lambda: tmp_path)
    with TestClient(Starlette(routes=[Mount("/explorer/docs", Docs())])) as client:
        answer = client.get("/explorer/docs/")
        assert answer.status_code == 404
        assert "make docs" in answer.text
        assert client.get("/explorer/docs/measured.html").text == answer.text
        built = tmp_path / "build" / "docs"
        (built / "guides").mkdir(parents=True)
        (built / "index.html").write_text("<h1>Guides</h1>")
        (built / "guides" / "index.html").write_text("<h1>Learners</h1>")
        assert client.get("/explorer/docs/").text == "<h1>Guides</h1>"
        assert client.get("/explorer/docs").text == "<h1>Guides</h1>"  # by way of the address with its slash
        assert client.get("/explorer/docs/guides/").text == "<h1>Learners</h1>"
        for path in ("missing.html", "../../pyproject.toml", "%2e%2e/%2e%2e/pyproject.toml"):
            assert client.get(f"/explorer/docs/{path}").status_code == 404
