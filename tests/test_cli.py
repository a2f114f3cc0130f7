"""The command line, as a person types it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from explorer import bench, cli, trace_file, zoo
from explorer.errors import BadRequestError, StorageError
from explorer.stack.inference.decoding.sampler_settings import SETTINGS
from explorer.zoo.model import Model
from tests.tiers import spread

runner = CliRunner()


def typed(*words: str) -> tuple[int, str, str]:
    """Exit code, stdout and stderr of `python -m explorer ...`."""
    done = subprocess.run([sys.executable, "-m", "explorer", *words], capture_output=True, text=True)
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize("command", [[], ["run"], ["serve"], ["models"], ["fetch"], ["trace"], ["bench"]])
def test_help(command: list[str]) -> None:
    result = runner.invoke(cli.app, [*command, "--help"])
    assert result.exit_code == 0
    assert "Usage" in result.output
    if not command:
        assert all(name in result.output for name in ("run", "models", "fetch", "trace", "bench"))


def test_models_lists_the_shelf() -> None:
    code, out, _ = typed("models")
    assert code == 0
    for card in zoo.shelf().values():
        assert card.name in out
        assert card.licence in out
    assert "93 MB" in out


@pytest.mark.parametrize(
    "command",
    spread(
        [["fetch", "smollm"], ["bench", "none"], ["trace", "x", "--model", "no such"], ["trace", "x", "-m", "a/b"]], 2
    ),
)
def test_an_error_is_a_message_and_a_hint(command: list[str]) -> None:
    code, out, err = typed(*command)
    assert code == 2
    assert out == ""
    lines = err.strip().splitlines()
    assert lines[-2].startswith("Error: ")
    assert lines[-1]
    assert "Traceback" not in err


def test_fetch_of_what_is_there_is_instant(model: Model) -> None:
    code, out, _ = typed("fetch", model.name)
    assert code == 0
    assert "is ready" in out


def test_trace_takes_a_device_and_a_format(tmp_path: Path) -> None:
    logits = []
    for dtype in ("float32", "bfloat16"):
        out = tmp_path / f"{dtype}.npz"
        words = [
            "trace",
            "The capital",
            "-m",
            "six-kinds-dense",
            "--device",
            "cpu",
            "--dtype",
            dtype,
            "--out",
            str(out),
        ]
        assert runner.invoke(cli.app, [*words, "--out", str(out)]).exit_code == 0
        with np.load(out) as arrays:
            logits.append(arrays["logits"])
    assert {each.dtype for each in logits} == {np.dtype("float32")}
    assert 1e-4 < np.abs(logits[0] - logits[1]).max() < 1
    assert "gpu9" in str(runner.invoke(cli.app, ["trace", "a", "--device", "gpu9"]).exception)


def test_trace_writes_the_arrays_of_the_python_api(model: Model, tmp_path: Path) -> None:
    import explorer

    out = tmp_path / "trace.npz"
    words = ["trace", "The capital of France is", "--max-new-tokens", "2", "--seed", "7", "--out", str(out)]
    result = runner.invoke(cli.app, words)
    assert result.exit_code == 0, result.output
    run = explorer.trace(model, "The capital of France is", max_new_tokens=2, seed=7)
    with np.load(out) as arrays:
        for name in ("ids", "pattern", "resid_pre", "resid_mid", "resid_post", "logits", "embed", "z", "v", "rot_q"):
            np.testing.assert_array_equal(arrays[name], np.asarray(getattr(run, name)), err_msg=name)
        assert arrays["pattern"].shape[:2] == (30, 9)
        assert list(arrays["steps_chosen"]) == [step.chosen for step in run.steps]
        assert int(arrays["n_prompt"]) == 5
    assert [path.name for path in tmp_path.iterdir()] == ["trace.npz"]


def test_each_setting_of_the_sampler_is_an_option(model: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    import explorer

    numbers = {each.name: each.least + each.step for each in SETTINGS}
    given: dict[str, Any] = {}

    def trace(_model: Model, _text: str, _new: int, **settings: Any) -> None:
        given.update(settings)
        raise BadRequestError("Enough.")

    monkeypatch.setattr(explorer, "trace", trace)
    options = [word for name, value in numbers.items() for word in (f"--{name.replace('_', '-')}", str(value))]
    result = runner.invoke(cli.app, ["trace", "Hi", *options])
    assert str(result.exception) == "Enough."
    assert given["sampler"].numbers == numbers
    shown = runner.invoke(cli.app, ["trace", "--help"], env={"COLUMNS": "400"}).output
    assert all(each.meaning in shown for each in SETTINGS)


def test_a_sampler_or_its_settings() -> None:
    import explorer
    from explorer.stack.inference.decoding.sampling import Sampler

    loaded: Any = SimpleNamespace(name="m")
    with pytest.raises(TypeError, match="either sampler or top_k, order, not both"):
        explorer.trace(loaded, "Hi", sampler=Sampler(), top_k=3, order=("top_k",))
    with pytest.raises(TypeError, match="warmth"):
        explorer.trace(loaded, "Hi", warmth=1.0)


def test_no_folder_to_write_to(tmp_path: Path) -> None:
    with pytest.raises(BadRequestError, match="no folder"):
        trace_file.write({}, tmp_path / "none" / "x.npz")


def test_run_starts_the_shell(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str | None, int | None]] = []
    shell = SimpleNamespace(serve=lambda host, port: asked.append((host, port)))
    monkeypatch.setitem(sys.modules, "explorer.shell.app", shell)  # pyright: ignore[reportArgumentType]
    for name in ("run", "serve"):
        assert runner.invoke(cli.app, [name, "--port", "8123"]).exit_code == 0
        assert runner.invoke(cli.app, [name, "--host", "0.0.0.0"]).exit_code == 0
    assert asked == [(None, 8123), ("0.0.0.0", None)] * 2


@pytest.mark.parametrize("program", spread([["app.py"], ["-m", "explorer", "run"]], 1))
def test_a_setting_that_makes_no_sense_is_told(program: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, *program], env={**os.environ, "PORT": "abc"}, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 2
    assert done.stderr.splitlines()[0] == "Error: PORT is “abc”."


def test_no_folder_for_temporary_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As on a machine that is mounted read-only: the cache folder takes them, and if it cannot, a sentence says so."""
    monkeypatch.setattr(tempfile, "_candidate_tempdir_list", lambda: [str(tmp_path / "none")])
    monkeypatch.setattr(tempfile, "tempdir", None)
    monkeypatch.setenv("TMPDIR", "")
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("EXPLORER_CACHE", str(tmp_path / "file" / "cache"))
    with pytest.raises(StorageError, match="temporary") as caught:
        runner.invoke(cli.app, ["models"], catch_exceptions=False)
    assert "TMPDIR" in caught.value.hint
    monkeypatch.setenv("EXPLORER_CACHE", str(tmp_path / "cache"))
    assert runner.invoke(cli.app, ["models"]).exit_code == 0
    assert tempfile.gettempdir() == str(tmp_path / "cache" / "tmp") == os.environ["TMPDIR"]


def test_a_cache_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    done = subprocess.run(
        [sys.executable, "-m", "explorer", "fetch"], capture_output=True, text=True, timeout=60,
        env={**os.environ, "EXPLORER_CACHE": str(tmp_path / "file" / "cache")},
    )  # fmt: skip
    assert done.returncode == 2
    assert "cannot be written (Not a directory)" in done.stderr
    assert "EXPLORER_CACHE" in done.stderr.splitlines()[-1]


def test_benchmarks_are_discovered() -> None:
    found = bench.available()
    assert {"trace", "lens"} <= set(found)
    assert all(found.values())
    result = runner.invoke(cli.app, ["bench"])
    assert all(name in result.output for name in found)


def test_a_report_takes_turns_and_writes_rows(tmp_path: Path) -> None:
    report = bench.Report("b")
    order: list[str] = []
    medians = report.time("case", {"explorer": lambda: order.append("e"), "peer": lambda: order.append("p")}, rounds=5)
    assert order == ["e", "p"] * 6
    assert set(medians) == {"explorer", "peer"}
    report.write(tmp_path / "rows.json")
    rows = json.loads((tmp_path / "rows.json").read_text())
    assert [set(row) for row in rows] == [{"benchmark", "case", "subject", "value", "unit"}] * 2
    assert "explorer" in report.table()
    with pytest.raises(ValueError, match="five"):
        report.time("case", {}, rounds=3)


@pytest.mark.parametrize(
    ("words", "given", "shown"),
    [
        (["gpt2", "Hello world"], None, "[15496,995]"),
        (["gpt2", "-"], b"Hello\xff", "[15496,187]"),
        (["gpt2", ""], None, "[]"),
        (["gpt2", "a\ud83c"], None, "[64,4210]"),
    ],
)
def test_tokenize_prints_ids(words: list[str], given: bytes | None, shown: str) -> None:
    found = runner.invoke(cli.app, ["tokenize", *words], input=given)
    assert (found.exit_code, found.stdout.strip()) == (0, shown)


def test_tokenize_reads_a_file(tmp_path: Path) -> None:
    (tmp_path / "text").write_bytes(b"Hello world")
    found = runner.invoke(cli.app, ["tokenize", "gpt2", "--file", str(tmp_path / "text"), "--offsets"])
    assert json.loads(found.stdout) == {"ids": [15496, 995], "offsets": [[0, 5], [5, 11]], "bytes": [[0, 5], [5, 11]]}


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["gpt-2", "x"], "Did you mean gpt2"),
        (["gpt2"], "one of the two"),
        (["gpt2", "x", "--file", "y"], "one of the two"),
        (["gpt2", "--file", "no such file"], "cannot be read"),
        (["README.md", "x"], "not a kind of file that the explorer reads"),
    ],
)
def test_tokenize_says_what_is_wrong(words: list[str], says: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        cli.main(["tokenize", *words])
    assert stopped.value.code == 2
    assert says in capsys.readouterr().err


def test_tokenize_needs_no_torch() -> None:
    code = "from explorer.cli import main; main(['tokenize', 'gpt2', 'x'])"
    check = "import sys, atexit; atexit.register(lambda: print('torch' in sys.modules)); "
    done = subprocess.run([sys.executable, "-c", check + code], capture_output=True, text=True, check=False)
    assert done.stdout.split() == ["[87]", "False"]
