"""The wheel is the whole product: building it copies `assets` and `models` into the package (see `places`)."""

import shutil
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

ROOT = Path(__file__).resolve().parent
#: What a model's folder holds for its readers: card and recipe, weights and tokenizer, tables and reports.
OF_A_MODEL = {".toml", ".json", ".safetensors", ".csv", ".md"}


def data_files() -> list[Path]:
    """The files that go into `explorer/_data`, relative to the checkout."""
    assets = [path for path in (ROOT / "assets").rglob("*") if not path.name.startswith(".")]
    models = [path for path in (ROOT / "models").glob("*/*") if path.suffix in OF_A_MODEL]
    return sorted(path.relative_to(ROOT) for path in (*assets, *models) if path.is_file())


class BuildWithData(build_py):
    """Copies the package, and what lies beside it."""

    def run(self) -> None:
        if self.editable_mode:  # an editable installation reads the checkout itself
            super().run()
            return
        package = Path(self.build_lib) / "explorer"
        shutil.rmtree(package, ignore_errors=True)  # what is gone from the checkout must not stay in the wheel
        super().run()
        for path in data_files():
            target = package / "_data" / path
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / path, target)


setup(cmdclass={"build_py": BuildWithData})
