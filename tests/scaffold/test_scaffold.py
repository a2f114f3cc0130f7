"""What `python -m explorer new` writes holds at once: in a copy of the checkout, which is tested as this one is."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from explorer import places, scaffold
from explorer.errors import BadRequestError
from explorer.lessons.catalogue import lessons
from explorer.panels.chapters import CHAPTERS
from tests.conftest import ROOT

PANEL = "frontier/stream_lengths"
NEW = "stream_lengths"
#: Tests that go over all panels, glossary, lessons or modules in one.
OVER_ALL = (
    "tests/lessons/test_walk.py::test_each_chapter_has_a_lesson_and_the_tour_comes_first", "tests/test_imports.py",
    "tests/test_typed.py", "tests/panels/test_protocol.py", "tests/panels/test_every_check_can_fail.py",
    "tests/figures/test_payload.py", "tests/figures/test_typescript.py", "tests/figures/overview/test_compared.py",
    "tests/shell/files/test_scripts.py", "tests/shell/views/test_listing.py", "tests/shell/lessons/test_for_page.py",
    "tests/shell/recorded/test_recorded.py", "tests/shell/api/test_documented.py",
)  # fmt: skip
#: Tests with a case for each panel, view or lesson, of which those of the new one are run.
OF_EACH = (
    "tests/lessons/test_walk.py", "tests/panels/test_protocol.py", "tests/shell/test_service.py",
    "tests/shell/test_strangers.py", "tests/shell/test_made_again.py", "tests/browser/test_pages.py",
)  # fmt: skip


def done(root: Path, *command: str) -> str:
    """The output of a module's command in the copy; it must succeed."""
    finished = subprocess.run([sys.executable, "-m", *command], cwd=root, capture_output=True, text=True, timeout=400)
    assert finished.returncode == 0, finished.stdout + finished.stderr
    return finished.stdout


def well_formed(root: Path, made: list[str]) -> None:
    """The page's new modules in the copy are formatted and of the right types."""
    page = [path for path in made if path.startswith("assets/")]
    for command in (["biome", "ci", "--error-on-warnings", *page], ["tsc", "--noEmit"]):
        tool = ROOT / "node_modules" / ".bin" / command[0]
        assert tool.exists(), "`make page` installs what checks the page's modules"
        finished = subprocess.run([tool, *command[1:]], cwd=root, capture_output=True, text=True, timeout=120)
        assert finished.returncode == 0, finished.stdout + finished.stderr


def files(root: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(root)): path.read_bytes()
        for path in root.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts and not path.is_symlink()
    }


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The checkout, but for the models' weights, which are not written to."""
    return copied(tmp_path / "checkout")


@pytest.fixture(scope="module")
def untouched(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy for all tests that leave it as it is."""
    return copied(tmp_path_factory.mktemp("scaffold") / "checkout")


def copied(root: Path) -> Path:
    for name in ("explorer", "assets", "tests"):
        shutil.copytree(ROOT / name, root / name)  # with what Python has compiled: every command reads most of it
    for name in (
        "app.py",
        "pyproject.toml",
        "setup.py",
        "README.md",
        "bundle.js",
        "package.json",
        "biome.json",
        "tsconfig.json",
    ):
        shutil.copy2(ROOT / name, root)
    for name in ("models", "node_modules"):
        (root / name).symlink_to(ROOT / name)
    return root


@pytest.mark.thorough
def test_a_new_panel_passes_the_tests_and_measures(copy: Path) -> None:
    before = files(copy)
    said = done(copy, "explorer", "new", "panel", PANEL)
    made = sorted(files(copy).keys() - before.keys())
    assert all(path in said for path in made)
    assert {path for path, content in files(copy).items() if before.get(path, content) != content} == set()
    of_chapter = {"assets/lessons/frontier.md", "assets/glossary/frontier.json", "assets/types/frontier.d.ts"}
    assert of_chapter <= set(made), "the chapter had none"
    python = [path for path in made if path.endswith(".py")]
    assert len(python) == 4 + 5 + 3, "four packages of a chapter that is new, five modules, three of tests"
    done(copy, "ruff", "check", *python)
    done(copy, "ruff", "format", "--check", *python)
    done(copy, "pyright", "--pythonpath", sys.executable, *python)
    well_formed(copy, made)
    kept = subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports_command as c; c()"],
        cwd=copy, capture_output=True, text=True,
    )  # fmt: skip
    assert kept.returncode == 0, kept.stdout
    for tests in ((*python, *OVER_ALL), ("-k", f"{NEW} or frontier", *OF_EACH)):
        told = done(copy, "pytest", "-q", "-p", "no:cacheprovider", *tests)
        assert " passed" in told
        assert "skipped" not in told


@pytest.mark.parametrize("place", ["safety/a", "architectures/abcdefghij_bcdefghij_cdefghij", "transformer/kv2_reads"])
def test_code_is_well_formed_whatever_its_name(copy: Path, place: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scaffold, "_write_types", lambda root: None)
    made = scaffold.new_panel(place, copy)
    chapter = place.partition("/")[0]
    taught = chapter in {lesson.chapter for lesson in lessons().values()}
    assert (copy / f"assets/lessons/{chapter}.md" in made) != taught, "a lesson where the chapter has none"
    for path in made:
        assert (
            not scaffold._MARKS.search(path.read_text(encoding="utf-8").replace("CHAPTERS", "")) or path.suffix == ".ts"
        )
    python = [str(path) for path in made if path.suffix == ".py"]
    done(copy, "ruff", "check", *python)
    done(copy, "ruff", "format", "--check", *python)
    term = json.loads((copy / "assets" / "glossary" / f"{chapter}.json").read_text(encoding="utf-8"))[-1]
    assert term["panel"] == place.rpartition("/")[2]


@pytest.mark.thorough
def test_a_mechanism_comes_with_its_tests(copy: Path) -> None:
    before = files(copy)
    scaffold.new_mechanism("safety/tiling", copy)
    made = files(copy).keys() - before.keys()
    assert made == {
        "explorer/stack/safety/__init__.py", "explorer/stack/safety/tiling.py", "tests/stack/safety/test_tiling.py",
    }  # fmt: skip
    assert "safety.tiling import lengths" in (copy / "tests/stack/safety/test_tiling.py").read_text(encoding="utf-8")
    done(copy, "pytest", "-q", "-p", "no:cacheprovider", "-o", "addopts=--import-mode=importlib", *sorted(made))


@pytest.mark.parametrize(
    ("place", "said"),
    [
        ("kv_reads", "is no chapter/name"),
        ("nowhere/kv_reads", "is no chapter/name"),
        ("overview/kv_reads", "is no chapter/name"),
        ("systems/", "is no chapter/name"),
        ("systems/KvReads", "no name for a module"),
        ("systems/../../x", "no name for a module"),
        ("systems/a" + "b" * 30, "no name for a module"),
        ("systems/class", "means something else"),
        ("systems/kv_views", "means something else"),
        ("systems/kv_cache", "There is a panel kv_cache already"),
        ("systems/merge", "The glossary knows “merge” already"),
        ("transformer/norms", "There is a panel norms already"),
        ("transformer/decoder", "explorer/stack/transformer/decoder.py is there already"),
    ],
)
def test_a_name_that_will_not_do_is_refused_and_nothing_written(untouched: Path, place: str, said: str) -> None:
    before = files(untouched)
    with pytest.raises(BadRequestError, match=said) as caught:
        scaffold.new_panel(place, untouched)
    assert caught.value.hint
    assert files(untouched) == before


@pytest.mark.parametrize("at", ["types", "disk"])
@pytest.mark.thorough
def test_what_fails_on_the_way_leaves_nothing(copy: Path, at: str, monkeypatch: pytest.MonkeyPatch) -> None:
    before, folders = files(copy), {path for path in copy.rglob("*") if path.is_dir()}
    written: Any = Path.write_text

    def full(path: Path, *given: Any, **named: Any) -> int:
        if path.name == f"{NEW}_views.py":
            path.touch()
            raise OSError("no space left")
        return written(path, *given, **named)

    def refused(root: Path) -> None:
        raise BadRequestError("No types.")

    if at == "types":
        monkeypatch.setattr(scaffold, "_write_types", refused)
    else:
        monkeypatch.setattr(Path, "write_text", full)
    with pytest.raises((BadRequestError, OSError)):
        scaffold.new_panel(PANEL, copy)
    assert files(copy) == before
    assert {path for path in copy.rglob("*") if path.is_dir()} == folders


def test_an_installed_package_is_not_written_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(places, "PACKAGE", tmp_path / "site-packages" / "explorer")
    with pytest.raises(BadRequestError, match="installed package"):
        scaffold.new_mechanism("safety/tiling")


def test_orders_follow_those_of_the_chapter(untouched: Path) -> None:
    from explorer.panels import panels

    for chapter in CHAPTERS:
        last = max((panel.order for panel in panels().values() if panel.chapter == chapter), default=0)
        assert scaffold._next_order(untouched, chapter) == last + 10
