"""What importing costs, and what it must not bring."""

from __future__ import annotations

import subprocess
import sys

import pytest

import explorer


def imported_by(statement: str) -> tuple[float, set[str]]:
    """Seconds and modules of one statement in a fresh process, the best of three.

    Of the processor, not of the clock: what others do on a busy machine is no cost of importing.
    """
    program = (
        "import sys, time\nstart = time.process_time()\n"
        f"{statement}\n"
        "print(time.process_time() - start)\nprint(' '.join(sys.modules))"
    )
    best, modules = float("inf"), set[str]()
    for _ in range(3):
        seconds, names = subprocess.run(
            [sys.executable, "-c", program], capture_output=True, text=True, check=True
        ).stdout.splitlines()
        best, modules = min(best, float(seconds)), set(names.split())
    return best, modules


@pytest.mark.parametrize(
    "statement",
    [
        "import explorer",
        "import explorer.zoo; explorer.zoo.shelf()",
        "import explorer.cli",
        "import explorer.bench",
        "from explorer.panels import panels; panels()",
        "from explorer.shell.files import manifest; manifest.opening_file()",
    ],
)
def test_importing_is_quick_and_brings_no_torch(statement: str) -> None:
    seconds, modules = imported_by(statement)
    assert not modules & {"torch", "transformers", "transformer_lens", "gradio", "plotly", "pandas"}
    # 0.2 s is promised for the package; the cards take pydantic's time on top, the command line typer's.
    assert seconds < (0.5 if "cli" in statement or "shelf" in statement else 0.2)


def test_public_names() -> None:
    assert set(explorer.__all__) == {"__version__", "load", "show", "trace"}
    assert explorer.__version__.count(".") == 2


def test_what_a_first_visitor_asks_for_is_imported_beside_the_first_run() -> None:
    """A thread that imports a module of a package holds it while it waits for the package; another that imports the
    package waits for the module. Python ends that with an ImportError, as the first press of the tour saw."""
    code = """
import threading
from concurrent.futures import ThreadPoolExecutor
from explorer.lessons.state import State
from explorer.panels.protocol import Rendered, noted

begin = threading.Barrier(3)

def run():
    begin.wait()
    from explorer.tracing import TraceKey
    return TraceKey.parse("text=Hi")

def lesson():
    begin.wait()
    return State.read("?text=Hi&panel=walk", 1)

def panel():
    begin.wait()
    return list(noted(lambda: Rendered(None)))

with ThreadPoolExecutor() as threads:
    for each in [threads.submit(act) for act in (lesson, panel, run)]:
        assert each.result(100)
"""
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, timeout=120, text=True)
