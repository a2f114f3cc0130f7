"""How much memory a serving process takes, whatever is asked of it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from explorer.shell.views import subjects
from explorer.tracing.bridge import memory
from explorer.tracing.stored.store import TraceStore

ROOT = Path(__file__).resolve().parents[2]
BUDGET = 150 << 20
TRACES = 18
#: Asks as the page does: a run, and light views of it by several at once; then says how much memory it holds.
PROGRAM = """
import asyncio, json, os, random, time
from explorer.shell import service
from explorer.shell.page import dispatch, quick_line
from explorer.shell.process import allocator
from explorer.shell.views import subjects

allocator.one_arena()  # as the server does when it starts

def resident():
    pages = int(open("/proc/self/statm").read().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")

async def look(query):
    views = {"walk": ["river", "block"], "residual_stream": ["lens", "rank", "waterfall"]}
    wishes = [{"query": query, "panel": panel, "views": names, "focus": {}} for panel, names in views.items()]
    return await asyncio.gather(*(quick_line.render(json.dumps(wish)) for wish in wishes))

async def run(query):
    return [value async for value in dispatch.dispatch(json.dumps({"query": query}))][-1]

def ask(text):
    query = service.default_query().split("&text=")[0] + "&new=2&text=" + text.replace(" ", "%20")
    answer = asyncio.run(run(query))
    assert answer["kind"] == "run", answer
    assert all(each["kind"] in ("views", "gone") for each in asyncio.run(look(query)))

ask("the first run opens the model, and reads all that is read of its weights")
subjects.store().clear()
time.sleep(2)
model = resident()
draw, words = random.Random(0), "the of and to in cat dog house seven river light stone".split()
for n in range(int(os.environ["TRACES"])):
    ask(f"text {n} " + " ".join(draw.choice(words) for _ in range(draw.randint(2, 60))))
time.sleep(2)
print(json.dumps({"model": model, "end": resident(), "store": subjects.store().nbytes}))
"""


@pytest.mark.thorough
@pytest.mark.skipif(sys.platform != "linux", reason="the resident size is read from /proc")
def test_the_process_stays_near_the_budget_of_its_traces() -> None:
    env = {**os.environ, "EXPLORER_TRACE_BYTES": str(BUDGET), "TRACES": str(TRACES), "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], env=env, cwd=ROOT, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr[-3000:]
    found = json.loads(done.stdout.splitlines()[-1])
    assert found["store"] <= BUDGET
    over = (found["end"] - found["model"]) / BUDGET
    assert over < 1.6, f"{over:.2f} times the budget beside the model"


def test_a_process_that_measures_keeps_less_of_both(monkeypatch: pytest.MonkeyPatch) -> None:
    kept = TraceStore(1 << 30)
    monkeypatch.setattr(subjects, "store", lambda: kept)
    monkeypatch.setattr(memory.TRACES, "max_bytes", 1 << 27)
    subjects.keep_less(4)
    assert (kept.max_bytes, memory.TRACES.max_bytes) == (1 << 28, 1 << 25)
