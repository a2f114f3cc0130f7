"""A notebook that recomputes a panel by the Python API: the run from its key, the panel, its checks."""

from __future__ import annotations

import json
from collections.abc import Sequence

from explorer import __version__
from explorer.panels.selection import SELECTION
from explorer.shell.recorded.link import Link
from explorer.shell.recorded.recording import panel_of
from explorer.shell.service import completed

TOLD = (
    "This notebook recomputes the panel from the key of its run. Equal keys give equal numbers. It was written by "
    f"version {__version__} of the LLM Internals Explorer. The first cell installs the explorer from its folder or its "
    "wheel, and does nothing where it is installed. Then run all cells."
)
#: Where the explorer is not installed, the reader says where it lies: nothing carries it under its name alone.
INSTALL = """# Only where the explorer is not installed: the folder of its source, or its wheel
# (llm_internals_explorer-….whl)
EXPLORER = "llm-internals-explorer"

from importlib.util import find_spec
from pathlib import Path
from subprocess import run
from sys import executable

if find_spec("explorer") is None:
    assert Path(EXPLORER).exists(), f"There is no {EXPLORER!r} here: set EXPLORER to the folder or the wheel."
    run([executable, "-m", "pip", "install", EXPLORER], check=True)"""
RUN = """import explorer
from explorer.tracing import TraceKey, capture

key = TraceKey.parse({query!r})
model = explorer.load(key.model)
trace = capture(model, key)
print("".join(token.bytes.decode("utf-8", "replace") for token in trace.tokens))"""
SAME = """# the page had the same tokens
assert [token.id for token in trace.tokens] == {ids!r}"""
NEXT = """for position, (token, ids, chances) in enumerate(zip(trace.tokens, *trace.likeliest(1))):
    after = model.vocabulary.bytes(int(ids[0])).decode("utf-8", "replace")
    print(f"{position:4d} {token.bytes.decode('utf-8', 'replace')!r:>16} -> {after!r:<16} {float(chances[0]):.3f}")"""
SHOW = "shown = explorer.show({arguments})\nshown"
CHECKS = """for check in shown.checks:
    print("holds" if check.holds else "FAILS", "|", check.statement, "|", check.word, f"{check.error:.2g}")
assert all(check.holds for check in shown.checks)"""


def notebook(link: Link, ids: Sequence[int] | None = None) -> str:
    """The notebook of a link, as JSON; `ids` are the tokens of the run where it is at hand.

    No text of a person stands in it but as a Python literal.
    """
    panel = panel_of(link)
    query = completed(link.query)
    cells = [
        _told(f"# {panel.title}\n\n{panel.about}\n\n{TOLD}"),
        _code(INSTALL),
        _code(RUN.format(query=query)),
        *([_code(SAME.format(ids=list(ids)))] if ids else []),
        _code(NEXT),
        _told("The page's own script draws the panel from this run. The last cell tests what the panel states."),
        _code(SHOW.format(arguments=", ".join(_arguments(link)))),
        _code(CHECKS),
    ]
    named = [{"id": f"cell-{place}", **cell} for place, cell in enumerate(cells)]
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    about = {"kernelspec": kernel, "language_info": {"name": "python"}}
    return json.dumps({"cells": named, "metadata": about, "nbformat": 4, "nbformat_minor": 5}, indent=1)


def _arguments(link: Link) -> list[str]:
    selected = [
        f"{each.name}={link.focus.get(each.name)}" for each in SELECTION if link.focus.get(each.name) is not None
    ]
    controls = dict(link.controls.get(link.panel, {}))
    return [
        "trace", repr(link.panel), *([repr(link.view)] if link.view else []), *selected,
        *([f"controls={controls!r}"] if controls else []),
    ]  # fmt: skip


def _told(text: str) -> dict[str, object]:
    return {"cell_type": "markdown", "metadata": {}, "source": text}


def _code(text: str) -> dict[str, object]:
    return {"cell_type": "code", "metadata": {}, "source": text, "execution_count": None, "outputs": []}
