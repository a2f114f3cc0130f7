"""What a release needs: one version everywhere, and words of what is new.

`python -m tests.release 0.1.0` prints them.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

import yaml

import explorer

ROOT = Path(__file__).resolve().parents[1]
PART = re.compile(r"^## \[([^\]]+)\][^\n]*\n(.*?)(?=^## |\Z)", re.MULTILINE | re.DOTALL)


def parts(changelog: str) -> dict[str, str]:
    """What stands under each version.

    >>> parts("# Changelog\\n\\n## [Unreleased]\\n\\nSoon.\\n\\n## [0.1.0] - 2026-12-02\\n\\nFirst.\\n")
    {'Unreleased': 'Soon.', '0.1.0': 'First.'}
    """
    return {version: text.strip() for version, text in PART.findall(changelog)}


def notes(version: str) -> str:
    """What is new in a version. Raises ValueError where the places that name it differ, or none says what is new."""
    cited = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))["version"]
    named = {"the tag": version, "explorer/__init__.py": explorer.__version__, "CITATION.cff": cited}
    if len({*named.values()}) > 1:
        raise ValueError(f"One version, but {', '.join(f'{place} says {said}' for place, said in named.items())}.")
    new = parts((ROOT / "CHANGELOG.md").read_text(encoding="utf-8")).get(version, "")
    if not new:
        raise ValueError(f"CHANGELOG.md says nothing of {version}.")
    return new


if __name__ == "__main__":
    print(notes(sys.argv[1]))
