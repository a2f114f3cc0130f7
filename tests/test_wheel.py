"""The built wheel is the whole product: installed away from the checkout, `llm-explorer run` serves the page."""

from __future__ import annotations

import json
import os
import re
import runpy
import shutil
import subprocess
import sys
import sysconfig
import time
import urllib.request
import venv
import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from tests.conftest import ROOT, free_port

PIP = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]


def done(*command: str | Path, **how: object) -> str:
    """Run a command; its output, which a failure shows."""
    finished = subprocess.run(command, capture_output=True, text=True, timeout=900, **how)  # pyright: ignore[reportArgumentType, reportCallIssue]
    assert finished.returncode == 0, finished.stdout + finished.stderr
    return finished.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Built from a copy, so that nothing is left in the checkout, by the setuptools that is installed."""
    source = tmp_path_factory.mktemp("source") / "checkout"
    source.mkdir()
    for name in ("explorer", "assets", "models"):
        shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "setup.py", "bundle.js", "package.json", "README.md", "LICENSE"):
        shutil.copy2(ROOT / name, source)
    (source / "node_modules").symlink_to(ROOT / "node_modules")
    done(*PIP, "wheel", source, "--no-deps", "--no-build-isolation", "--no-index", "--wheel-dir", source / "dist")
    (made,) = (source / "dist").glob("*.whl")
    yield made
    shutil.rmtree(source.parent)  # 170 MB


@pytest.fixture(scope="module", params=["beside others", pytest.param("alone", marks=pytest.mark.thorough)])
def installed(request: pytest.FixtureRequest, wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Scripts of an environment that has the wheel, and the packages of this one beside it; or, alone, what pip finds
    that the wheel needs."""
    home = tmp_path_factory.mktemp("installed") / "venv"
    venv.create(home)
    python = home / ("Scripts" if os.name == "nt" else "bin") / "python"
    if request.param == "beside others":
        packages = done(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))").strip()
        (Path(packages) / "others.pth").write_text(sysconfig.get_path("purelib") + "\n")
        how = ["--no-deps", "--no-index", "--ignore-installed"]
    else:
        how = ["--constraint", ROOT / "constraints.txt"]
    done(*PIP, "--python", python, "install", "--no-compile", *how, wheel)
    yield python.parent
    shutil.rmtree(home)


def test_what_git_does_not_ignore_is_what_the_wheel_brings(wheel: Path) -> None:
    """No more (what a tool has left about), no less (a picture, a card, weights); bundles stand for what is bundled."""
    question = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "assets", "models"]
    listed = subprocess.run(question, cwd=ROOT, capture_output=True, text=True)
    if listed.returncode:
        pytest.skip("this is no git checkout")
    with zipfile.ZipFile(wheel) as archive:
        data = {name.removeprefix("explorer/_data/") for name in archive.namelist() if "/_data/" in name}
        bundles = json.loads(archive.read("explorer/_data/bundles/bundles.json"))
    there = {name for name in listed.stdout.splitlines() if (ROOT / name).is_file()}
    bundled = {name for name in there if name.startswith("assets/") and name.endswith((".js", ".css", ".ts"))}
    assert {name for name in data if not name.startswith("bundles/")} == there - bundled
    assert {f"bundles/{name}" for name in bundles["files"].values()} <= data
    assert bundles["gradio"], "Gradio's own scripts are bundled with the version that is installed"


@pytest.fixture(scope="module")
def address(installed: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """`llm-explorer run`, in an empty folder."""
    port, folder = free_port(), tmp_path_factory.mktemp("empty")
    environment = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "EXPLORER_MODELS")}
    log = folder.parent / "wheel.log"
    with log.open("w") as out:
        process = subprocess.Popen(
            [installed / "llm-explorer", "run", "--port", str(port)],
            cwd=folder, env={**environment, "HOST": "127.0.0.1"}, stdout=out, stderr=subprocess.STDOUT,
        )  # fmt: skip
    try:
        began = time.monotonic()
        while True:
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=1)
                break
            except OSError:
                assert process.poll() is None, log.read_text()
                assert time.monotonic() - began < 60, log.read_text()
                time.sleep(0.1)
        yield f"http://127.0.0.1:{port}"
        assert "Traceback" not in log.read_text(), log.read_text()
    finally:
        process.terminate()
        process.wait(20)
    assert not list(folder.iterdir())


def test_the_installed_page_is_served(address: str) -> None:
    def answer(path: str) -> str:
        with urllib.request.urlopen(address + path, timeout=20) as response:
            return response.read().decode()

    assert '"ok":true' in answer("/healthz")
    page = answer("/")
    for name in ("smollm2-135m", "gemma3-270m", "six-kinds-moe"):
        assert name in page, "the page offers the shelf"
    for asset in ("glossary/overview.json", "recorded/first.json"):
        assert answer(f"/explorer/{asset}") == (ROOT / "assets" / asset).read_text(encoding="utf-8")
    named = re.findall(r'"(/explorer/bundles/[^"]+)"', page)
    assert len(named) >= 8, "its own scripts and styles, and Gradio's"
    assert all(answer(path) for path in named if not path.endswith(".woff2"))
    assert "Five minutes" in answer("/explorer/lessons.json")


def test_without_node_the_wheel_has_the_modules_as_they_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("setuptools.setup", lambda **_: None)
    script = runpy.run_path(str(ROOT / "setup.py"))
    monkeypatch.setattr(shutil, "which", lambda name: None)
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    assert not script["bundles"](tmp_path / "bundles")
    assert Path("assets/shell/page.js") in script["data_files"](False)
    assert Path("assets/shell/page.js") not in script["data_files"](True)


@pytest.mark.thorough
def test_the_installed_command_line_lists_the_shelf(installed: Path, tmp_path: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "EXPLORER_MODELS")}
    program = "import explorer, explorer.places as p; print(explorer.__file__, p.assets(), p.models(), sep='\\n')"
    for path in done(installed / "python", "-c", program, cwd=tmp_path, env=environment).splitlines():
        assert Path(path).is_relative_to(installed.parent)
    said = done(installed / "llm-explorer", "models", cwd=tmp_path, env=environment)
    for folder in (ROOT / "models").glob("*/model.toml"):
        assert folder.parent.name in said


@pytest.mark.thorough
def test_the_installed_command_line_runs_a_model_that_the_wheel_brings(installed: Path, tmp_path: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "EXPLORER_MODELS")}
    out = tmp_path / "made.npz"
    run = ["trace", "And it came", "--model", "six-kinds-dense", "--out", out]
    done(installed / "llm-explorer", *run, cwd=tmp_path, env=environment)
    with np.load(out) as made:
        assert np.isfinite(made["logits"]).all()
        assert np.allclose(made["pattern"].sum(-1), 1, atol=1e-5)
