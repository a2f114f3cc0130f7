"""Programs that cheat, harm or never end do not pass, and leave nothing behind."""

from __future__ import annotations

import os
import time
from pathlib import Path
from statistics import median

import pytest

from explorer.errors import NotApplicableError
from explorer.stack.evaluation import sandbox
from explorer.stack.evaluation.sandbox import Call, Limits, run

ADD = [Call((2, 3), 5), Call((-1, 1), 0), Call((10, 20), 30)]
QUICK = Limits(seconds=1.0, cpu_seconds=1)

pytestmark = pytest.mark.skipif(bool(sandbox.refusal()), reason=sandbox.refusal() or "runs here")


def test_a_right_program_passes() -> None:
    made = run("def add(a, b):\n    return a + b", "add", ADD)
    assert (made.verdict, made.right, made.passed) == ("passed", 3, True)


def test_a_wrong_one_says_how_many_are_right() -> None:
    made = run("def add(a, b):\n    return abs(a + b) if a < 9 else 0", "add", ADD)
    assert (made.verdict, made.right) == ("wrong result", 2)


@pytest.mark.parametrize(
    ("program", "verdict"),
    [
        ("print('passed')", "error"),
        ("import os\nos._exit(0)", "no result"),
        ("raise SystemExit(0)", "no result"),
        ("def add(a, b):\n    import os\n    os._exit(0)", "no result"),
        ("def add(a, b):\n    raise SystemExit", "no result"),
        ("this is no Python", "error"),
        ("def add(a, b):\n    return 1 / 0", "error"),
        ("def add(a, b):\n    return {1, 2}", "error"),  # no JSON
        ("class Yes(int):\n    def __eq__(self, o):\n        return True\ndef add(a, b):\n    return Yes(7)",
         "wrong result"),
        ("import os\nfor fd in range(3, 12):\n    try:\n        os.write(fd, b'{\"values\": [5, 0, 30]}')\n"
         "    except OSError:\n        pass\nos._exit(0)", "no result"),
        ("def add(a, b):\n    x = []\n    for _ in range(20000):\n        x = [x]\n    return x", "error"),
        ("def add(a, b):\n    return '9' * 10_000_000", "no result"),
        ("def add(a, b):\n    return True", "wrong result"),
    ],
)  # fmt: skip
def test_what_only_says_that_it_passed(program: str, verdict: str) -> None:
    made = run(program, "add", ADD, QUICK)
    assert not made.passed
    assert made.verdict == verdict, made


@pytest.mark.parametrize(
    "act",
    [
        "os.fork()",
        "os.system('true') == 0 or 1 / 0",
        "os.execv('/bin/true', ['true'])",
        "__import__('subprocess').run(['true'])",
        "__import__('threading').Thread(target=print).start()",
        "open('/etc/passwd').read()",
        "os.listdir(os.path.expanduser('~'))",
        "os.listdir('/root')",
        "open('HARM', 'w').write('x')",
        "os.mkdir('HARM')",
        "os.unlink('HERE')",
        "os.kill(os.getppid(), 9)",
        "__import__('socket').socket()",
        "__import__('_socket').socket(2, 1)",
        "__import__('resource').setrlimit(9, (-1, -1))",
        "__import__('ctypes').CDLL(None).fork() < 0 and 1 / 0",
        "().__class__.__bases__[0].__subclasses__() and os.stat('/').st_size",
    ],
)
def test_it_can_only_compute(act: str, tmp_path: Path) -> None:
    """It is told that it failed by the one way out that it has: its result."""
    harm, here = tmp_path / "harm", tmp_path / "here"
    here.touch()
    act = act.replace("HARM", str(harm)).replace("HERE", str(here))
    program = (
        f"import os\ndef add(a, b):\n    try:\n        {act}\n    except BaseException:\n        return 'refused'\n"
    )
    made = run(program, "add", [Call((1, 2), "refused")], QUICK)
    assert made.passed, made
    assert [*tmp_path.iterdir()] == [here]


def test_the_environment_is_empty() -> None:
    os.environ["A_SECRET_OF_THE_TESTS"] = "secret"
    try:
        made = run("import os\ndef f():\n    return [k for k in os.environ if k != 'LC_CTYPE']", "f", [Call((), [])])
    finally:
        del os.environ["A_SECRET_OF_THE_TESTS"]
    assert made.passed, made  # Python itself sets LC_CTYPE


@pytest.mark.parametrize(
    ("program", "verdicts"),
    [
        ("import time\ndef add(a, b):\n    time.sleep(60)", {"too long"}),
        ("def add(a, b):\n    while True: pass", {"too long", "no result"}),
        ("while True: pass", {"too long", "no result"}),
        ("def add(a, b):\n    return [0] * 10**9", {"error"}),
        ("x = 'a' * 10**9", {"error"}),
        ("import _signal, time\nfor s in range(1, 32):\n    try: _signal.signal(s, _signal.SIG_IGN)\n"
         "    except (OSError, ValueError): pass\ntime.sleep(60)", {"too long"}),
        ("def add(a, b):\n    return add(a, b)", {"error"}),
        ("import sys\nsys.setrecursionlimit(10**8)\ndef add(a, b):\n    return add(a, b)",
         {"error", "no result", "too long"}),
    ],
)  # fmt: skip
def test_what_takes_too_much_ends(program: str, verdicts: set[str]) -> None:
    started = time.perf_counter()
    made = run(program, "add", ADD, QUICK)
    assert made.verdict in verdicts, made
    assert time.perf_counter() - started < QUICK.seconds + 2


def test_nothing_is_left_running() -> None:
    before = {each.name for each in Path("/proc").iterdir() if each.name.isdigit()}
    run("import time\ndef add(a, b):\n    time.sleep(60)", "add", ADD, Limits(seconds=0.4))
    own = f"PPid:\t{os.getpid()}\n"
    for each in Path("/proc").iterdir():
        if each.name.isdigit() and each.name not in before:
            try:
                assert own not in (each / "status").read_text()
            except OSError:
                continue  # somebody else's, and gone


def test_open_files_do_not_add_up() -> None:
    before = len(os.listdir("/proc/self/fd"))
    for _ in range(3):
        run("raise SystemExit", "add", ADD)
    assert len(os.listdir("/proc/self/fd")) == before


def test_it_starts_within_150_ms() -> None:
    """The median of some; other tests run beside it, so it is given twice that here: the benchmark holds it to 150."""
    taken = [run("def add(a, b):\n    return a + b", "add", ADD).seconds for _ in range(7)]
    assert median(taken) < 0.3


def test_a_machine_that_cannot_shut_them_in_runs_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    sandbox.refusal.cache_clear()
    monkeypatch.setattr(sandbox.sys, "platform", "darwin")
    try:
        with pytest.raises(NotApplicableError, match="only on Linux"):
            run("def add(a, b):\n    return a + b", "add", ADD)
    finally:
        sandbox.refusal.cache_clear()


def test_without_the_filter_nothing_runs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The probe finds a kernel that lets programs open files."""
    inside = sandbox.INSIDE.read_text()
    open_ = tmp_path / "inside.py"
    open_.write_text(inside.replace("    shut_in()\n", "    pass\n"))
    monkeypatch.setattr(sandbox, "INSIDE", open_)
    sandbox.refusal.cache_clear()
    try:
        assert "does not shut programs in" in sandbox.refusal()
    finally:
        sandbox.refusal.cache_clear()


def test_limits_are_above_nought() -> None:
    with pytest.raises(ValueError, match="limit"):
        Limits(seconds=0.0)
