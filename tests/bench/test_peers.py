"""A peer that is absent is named, with how to install it, and never left out in silence."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path
from types import ModuleType

import pytest

from explorer import bench
from explorer.bench import page, peers, prefill
from explorer.errors import SourceMissingError
from explorer.zoo.model import Model
from tests.conftest import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def test_an_absent_peer_is_told_at_once_and_under_the_table(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "llama_cpp", None)
    report = bench.Report("b")
    report.add("case", "explorer", 1, "ms")
    assert report.peer(peers.LLAMA_CPP) is None
    said = 'llama.cpp is not installed: its rows are left out. Install it by: pip install "llama-cpp-python>=0.3.16"'
    assert capsys.readouterr().err.startswith(said)
    assert report.table().splitlines()[-1].startswith(said)
    assert [row.subject for row in report.rows] == ["explorer"]


def test_a_peer_that_cannot_be_loaded(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    for name, body, why in (
        ("broken_library", "raise OSError('libgomp.so.1: cannot open')", r"\(OSError: libgomp\.so\.1: cannot open\)"),
        ("broken_package", "import no_such_package", r"\(ModuleNotFoundError: .*no_such_package.*\)"),
    ):
        (tmp_path / f"{name}.py").write_text(body)
        report = bench.Report("b")
        assert report.peer(bench.Peer("theirs", name, "pip install theirs")) is None
        assert re.fullmatch(rf"theirs cannot be loaded {why}: .*pip install theirs", report.absent[0])


@pytest.mark.thorough
def test_a_benchmark_runs_without_its_peer_and_says_so(model: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "llama_cpp", None)
    monkeypatch.setattr(prefill, "LENGTHS", (8,))
    monkeypatch.setattr(peers, "default", lambda: model)
    report = bench.Report("prefill")
    prefill.run(report)
    assert {row.subject.split()[0] for row in report.rows} == {"explorer", "transformers"}
    speeds = [row.value for row in report.rows if "speed, of transformers" in row.case]
    assert len(speeds) == 2
    assert report.rows[-1].value == min(speeds)
    assert report.rows[-1].unit == f"times, {'kept' if min(speeds) >= 1 else 'missed'}"
    assert "llama.cpp is not installed" in report.table()


@pytest.mark.thorough
def test_a_peer_that_is_there_takes_part(model: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []

    def llama(path: str, **_: object) -> str:
        opened.append(Path(path).name)
        return path

    package = ModuleType("llama_cpp")
    vars(package)["Llama"] = llama
    monkeypatch.setitem(sys.modules, "llama_cpp", package)
    monkeypatch.setattr(peers, "obtain", lambda _: Path("q4.gguf"))
    monkeypatch.setattr(peers, "write_as", lambda *_: None)
    report = bench.Report("b")
    with peers.llama_cpp(report, model, n_ctx=8, threads=1) as llamas:
        assert list(llamas) == ["llama.cpp F32", "llama.cpp Q4_1"]
    assert opened == ["f32.gguf", "q4.gguf"]
    assert not report.absent


#: benchmarks that drive a browser: they look for Playwright, and say so where it is absent
BROWSERS = ("page", "page_panels", "classroom")


def test_no_peer_can_be_left_out_in_silence() -> None:
    """What a benchmark imports is a dependency, or is asked for by Report.peer."""
    required = {re.split(r"[<>=!~ ;\[]", each)[0].lower().replace("_", "-") for each in PROJECT["dependencies"]}
    owners = packages_distributions()
    sources = {path: ast.parse(path.read_text(encoding="utf-8")) for path in (ROOT / "explorer" / "bench").glob("*.py")}
    asked_for: set[str] = set()  # the modules of all peers, and what their installation brings along
    for node in (each for tree in sources.values() for each in ast.walk(tree)):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Peer":
            said = [str(each.value) for each in node.args if isinstance(each, ast.Constant)]
            asked_for |= {said[1].split(".")[0], *said[2].replace("-", "_").split()}
    for path, tree in sorted(sources.items()):
        for node in ast.walk(tree):
            names = [each.name for each in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            for name in {each.split(".")[0] for each in names} - set(sys.stdlib_module_names):
                browser = path.stem in BROWSERS and name == "playwright"
                if name in ("explorer", *asked_for) or browser:
                    continue
                owned = {each.lower().replace("_", "-") for each in owners.get(name, [name])}
                brought = {each.lower().replace("_", "-") for each in asked_for}  # a module may bear another name
                assert owned & (required | brought), f"{path.name}: {name}"


def test_the_way_to_install_is_the_one_of_the_project() -> None:
    (named,) = PROJECT["optional-dependencies"]["bench"]
    assert f'"{named}"' in peers.LLAMA_CPP.install


def test_the_page_benchmark_without_playwright(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page, "find_spec", lambda _: None)
    with pytest.raises(SourceMissingError, match="Playwright is not installed") as caught:
        page.run(bench.Report("page"))
    assert caught.value.hint == 'Install it by: pip install "playwright>=1.55"'
