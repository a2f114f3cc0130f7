"""The wheel is the whole product: building it copies `assets` and `models` into the package (see `places`).

Where node and esbuild are at hand, as in `make wheel`, bundles stand for the page's scripts and stylesheets; else the
wheel has those as they are, and serves them one by one. Where `make docs` has built the documentation before, it is
there too.
"""

import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

ROOT = Path(__file__).resolve().parent
#: What a model's folder holds for its readers: card and recipe, weights and tokenizer, tables and reports.
OF_A_MODEL = {".toml", ".json", ".safetensors", ".npz", ".csv", ".md"}


#: of the page what bundles stand for
BUNDLED = {".js", ".css", ".ts"}


def bundles(folder: Path) -> bool:
    """Write the page's bundles, where there is what it takes; of Gradio's own scripts too, where it is installed."""
    beside = Path(sys.executable).with_name("node")  # npm comes from PyPI where the machine has none
    node = shutil.which("node") or (str(beside) if beside.is_file() else None)
    if node is None or not (ROOT / "node_modules" / "esbuild").is_dir():
        print("node and esbuild are not here (npm install): the wheel serves the page's modules one by one")
        return False
    gradio = find_spec("gradio")
    installed = [str(Path(gradio.origin).parent)] if gradio is not None and gradio.origin else []
    subprocess.run([node, str(ROOT / "bundle.js"), str(folder), *installed], check=True)
    return True


def data_files(bundled: bool) -> list[Path]:
    """The files that go into `explorer/_data` beside bundles, relative to the checkout."""
    left = BUNDLED if bundled else ()
    assets = [p for p in (ROOT / "assets").rglob("*") if not p.name.startswith(".") and p.suffix not in left]
    models = [path for path in (ROOT / "models").glob("*/**/*") if path.suffix in OF_A_MODEL]
    docs = [path for path in (ROOT / "build" / "docs").rglob("*") if not path.name.startswith(".")]
    return sorted(path.relative_to(ROOT) for path in (*assets, *models, *docs) if path.is_file())


class BuildWithData(build_py):
    """Copies the package, and what lies beside it."""

    def run(self) -> None:
        if self.editable_mode:  # an editable installation reads the checkout itself
            super().run()
            return
        package = Path(self.build_lib) / "explorer"
        shutil.rmtree(package, ignore_errors=True)  # what is gone from the checkout must not stay in the wheel
        super().run()
        for path in data_files(bundles(package / "_data" / "bundles")):
            target = package / "_data" / path
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / path, target)


setup(cmdclass={"build_py": BuildWithData})
