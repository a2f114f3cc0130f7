"""Python's collector rests while a server starts, and is back afterwards."""

from __future__ import annotations

import subprocess
import sys

from tests.shell.started import ROOT

PROGRAM = """
import gc, weakref
from explorer.shell.process import collector

class Node:
    pass

def cycle():
    node = Node()
    node.itself = node
    return weakref.ref(node)

collector.begin()
assert not gc.isenabled()
early = cycle()
stays = [Node() for _ in range(1000)]
collector.settle()
assert early() is None, "what was left while it rested is gone"
assert gc.isenabled() and gc.get_freeze_count() > 1000
late = cycle()
gc.collect()
assert late() is None, "what is made later is searched"
"""


def test_it_rests_while_the_server_starts_and_is_back_then() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
