"""How three workers share the suite: what needs a browser goes to two of them, the longest first, and none waits."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

from tests.workers import DRIVERS, PAGES, Shared, rank, together

PANELS = [f"{PAGES}::test_panel_is_drawn[{model}-{name}]" for model in ("default", "dense") for name in ("a", "b", "c")]
BROWSER = ["tests/browser/test_kit.py::test_a", f"{PAGES}::test_find", *PANELS, "tests/browser/test_shell.py::test_b"]
OTHERS = [f"tests/test_cli.py::test_{at}" for at in range(9)] + ["tests/test_worst.py::test_a"]


class Node:
    """A worker that runs what it is told, one test a turn."""

    def __init__(self) -> None:
        self.told: list[str] = []
        self.gateway = SimpleNamespace(id="")
        self.shutting_down = False

    def send_runtest_some(self, numbers: list[int]) -> None:
        self.told += [(BROWSER + OTHERS)[number] for number in numbers]

    def shutdown(self) -> None:
        self.shutting_down = True


def shared() -> list[Node]:
    config: Any = SimpleNamespace(getvalue=lambda _: ["3*popen"], option=SimpleNamespace())
    made = Shared(config, None)
    nodes = [Node() for _ in range(3)]
    for node in nodes:
        made.add_node(cast(Any, node))
        made.add_node_collection(cast(Any, node), BROWSER + OTHERS)
    made.schedule()
    for turn in range(len(BROWSER + OTHERS)):
        for node in nodes:
            if turn < len(node.told):
                made.mark_test_complete(cast(Any, node), (BROWSER + OTHERS).index(node.told[turn]))
    return nodes


def test_every_test_runs_once_and_the_browsers_on_two_workers() -> None:
    told = [node.told for node in shared()]
    assert sorted(test for each in told for test in each) == sorted(BROWSER + OTHERS)
    assert [not {*BROWSER}.isdisjoint(each) for each in told] == [True] * DRIVERS + [False]
    for each in told[:DRIVERS]:
        ranks = [rank(together(test)) for test in each]
        assert ranks == sorted(ranks), "all panels come first, then all else in the browser"


def test_panels_of_one_model_stay_together() -> None:
    for node in shared():
        drawn = [each for each in node.told if each in PANELS]
        assert drawn in ([], PANELS[:3], PANELS[3:])
