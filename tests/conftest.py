"""What all tests share: one loaded model, and no hub."""

from __future__ import annotations

import os

# Before anything imports huggingface_hub, which reads it once.
os.environ["HF_HUB_OFFLINE"] = "1"
# Before torch is loaded: more workers than cores, so that a thread which waits gives way to one which computes.
os.environ.setdefault("GOMP_SPINCOUNT", "2000")
# What a test does not send elsewhere is computed on the CPU, also where there is a GPU.
os.environ.setdefault("EXPLORER_DEVICE", "cpu")
# Before Triton is imported, which has no GPU here and then interprets its kernels.
os.environ.setdefault("TRITON_INTERPRET", "1")
if "PYTEST_XDIST_WORKER" in os.environ:
    os.environ.setdefault("OMP_NUM_THREADS", "1")

import atexit
import gc
import json
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

import filelock
import hypothesis
import pytest

from tests import chosen, first_calls, tiers, workers
from tests.costs import Costs
from tests.panels import mutations

if TYPE_CHECKING:
    from explorer.zoo.model import Model


ROOT = Path(__file__).resolve().parents[1]
#: A model whose tokenizer lies in the repository, with a small vocabulary.
SMALL = ROOT / "models" / "six-kinds-dense"

# How long one example takes says more of the machine than of the code.
for profile, examples in (("each time", 30), ("thorough", 100)):
    slow = [hypothesis.HealthCheck.too_slow]
    hypothesis.settings.register_profile(profile, max_examples=examples, deadline=None, suppress_health_check=slow)

first_calls.install()


# Half a million objects come into being while tests are collected, and stay: they are looked through never, not again
# and again. What tests make is looked through seldom: at Python's own pace that takes a twentieth of the time.
gc.disable()
gc.set_threshold(100_000, 10, 10)


def pytest_addoption(parser: pytest.Parser) -> None:
    chosen.add_options(parser)
    parser.addoption("--every-call", action="store_true", help="check the types and shapes of every call: takes longer")


def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("every_call"):
        first_calls.CALLS = first_calls.EVERY
    tiers.thorough = "not thorough" not in config.option.markexpr
    hypothesis.settings.load_profile("thorough" if tiers.thorough else "each time")
    if not config.pluginmanager.has_plugin("costs"):  # a test configures it anew
        config.pluginmanager.register(Costs(), "costs")


@pytest.hookimpl(wrapper=True)
def pytest_collect_file(file_path: Path) -> Generator[None, list[pytest.Collector], list[pytest.Collector]]:
    """Of two modules in three no docstring has an example: they are not imported, nor looked through, to find that."""
    found = yield
    if file_path.suffix != ".py" or b">>>" in file_path.read_bytes():
        return found
    return [each for each in found if type(each) is pytest.Module]  # what looks for examples is a subclass


def pytest_collection_finish() -> None:
    from explorer import zoo

    zoo.MAX_LOADED = 4  # the default model is a fixture's, and would be loaded again beside it
    gc.freeze()
    gc.enable()
    atexit.register(gc.unfreeze)  # else a library says at the end that its objects have leaked


def pytest_runtest_setup() -> None:
    first_calls.next_test()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None]:
    """A test that is marked as breaking a check sees that check fail."""
    marks = [*item.iter_markers("breaks")]
    with mutations.failing() if marks else nullcontext({}) as seen:
        yield
    if unseen := mutations.unseen(marks, seen):
        pytest.fail(f"It does not see these checks fail, which it is marked to break: {unseen}", pytrace=False)


def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> None:
    """What a file's models took goes back to the system: three workers and their servers share its memory."""
    if nextitem is None or nextitem.path != item.path:
        from explorer.shell.process import allocator

        allocator.hand_back()


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    chosen.choose(config, items)
    for item in items:
        asked = {*getattr(item, "fixturenames", ())}
        if "chromium" in asked or asked >= {"server", "bundles"}:  # else the server is one of its own
            assert workers.served(item.nodeid.split("::")[0]), f"{item.nodeid} asks for the server in other words"


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """For `pytest -n 3 --dist loadgroup`."""
    return workers.Shared(config, log)


@pytest.fixture(scope="session")
def model() -> Model:
    """The default model, loaded once for the whole session (and fetched if it is not in the cache)."""
    from explorer import zoo

    return zoo.load(zoo.DEFAULT)


@pytest.fixture(scope="session")
def folder_of(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Any], Path]:
    """A folder with a random model of a config, its norms and biases moved so that mistakes in them show."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(SMALL, local_files_only=True)

    def make(config: Any) -> Path:
        torch.manual_seed(0)
        folder = tmp_path_factory.mktemp("tiny")
        hf: Any = AutoModelForCausalLM.from_config(config)
        with torch.no_grad():
            for name, parameter in hf.named_parameters():
                parameter.add_(torch.randn_like(parameter) * (0.2 if "norm" in name or "ln" in name else 0.05))
        hf.save_pretrained(folder)
        tokenizer.save_pretrained(folder)
        return folder

    return make


@pytest.fixture(scope="session")
def moe(tmp_path_factory: pytest.TempPathFactory) -> Model:
    """A Mixtral of random weights, wide enough apart that its router prefers somebody."""
    import torch
    from transformers import AutoTokenizer, MixtralConfig, MixtralForCausalLM

    from explorer.zoo.loading import open_folder

    torch.manual_seed(0)
    config = MixtralConfig(
        vocab_size=6144, hidden_size=32, intermediate_size=48, num_hidden_layers=3, num_attention_heads=4,
        num_key_value_heads=2, num_local_experts=6, num_experts_per_tok=2, max_position_embeddings=512,
        initializer_range=0.2,
    )  # fmt: skip
    folder = tmp_path_factory.mktemp("mixtral")
    MixtralForCausalLM(config).save_pretrained(folder)
    AutoTokenizer.from_pretrained(ROOT / "models" / "six-kinds-moe", local_files_only=True).save_pretrained(folder)
    return open_folder(str(folder), None, folder)


@pytest.fixture(scope="session")
def d_vocab() -> int:
    return json.loads((SMALL / "config.json").read_text())["vocab_size"]


@pytest.fixture
def empty_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache folder with nothing in it, and no model in memory but those that other tests hold."""
    monkeypatch.setenv("EXPLORER_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def write_bundles(folder: Path) -> Path:
    """The page's bundles, as a wheel has them, with those of Gradio's own scripts."""
    import gradio

    beside = Path(sys.executable).with_name("node")
    node = shutil.which("node") or beside
    gradios = Path(gradio.__file__).parent
    subprocess.run([node, ROOT / "bundle.js", folder, gradios], check=True, capture_output=True, text=True)
    return folder


@contextmanager
def serving(log: Path, *program: str) -> Iterator[str]:
    """The address of the app, started as a person starts it, or by what Python is told."""
    port = free_port()
    env = {**os.environ, "PORT": str(port), "HOST": "127.0.0.1", "HF_HUB_OFFLINE": "1"}
    env["EXPLORER_NICE"] = "0"  # tests beside it would leave a measurement no time
    # What one worker's server has measured the other's need not: they share a folder of answers.
    shared = log.parents[2 if "PYTEST_XDIST_WORKER" in os.environ else 1]
    env["EXPLORER_ANSWERS"] = str(shared / "answers")
    env["PYTHONPATH"] = str(ROOT)
    command = [sys.executable, *(program or ("app.py",))]
    with log.open("w") as out:
        process = subprocess.Popen(command, cwd=ROOT, env=env, stdout=out, stderr=subprocess.STDOUT)
    address = f"http://127.0.0.1:{port}"
    try:
        for _ in range(300):
            try:
                urllib.request.urlopen(address + "/healthz", timeout=1)
                break
            except OSError:
                if process.poll() is not None:
                    pytest.fail("the server stopped: " + log.read_text()[-2000:])
                time.sleep(0.2)
        else:
            pytest.fail("the server did not answer: " + log.read_text()[-2000:])
        yield address
        said = log.read_text()
        assert "Traceback" not in said, said[-4000:]
        assert "Warning" not in said, said[-4000:]
    finally:
        process.terminate()
        process.wait(20)


@pytest.fixture(scope="session")
def bundles(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page's bundles, written anew: once for all workers."""
    if "PYTEST_XDIST_WORKER" not in os.environ:
        return write_bundles(tmp_path_factory.mktemp("page") / "bundles")
    folder = tmp_path_factory.getbasetemp().parent / "bundles"
    with filelock.FileLock(f"{folder}.lock"):
        return folder if (folder / "bundles.json").is_file() else write_bundles(folder)


@contextmanager
def in_bundles(folder: Path) -> Iterator[None]:
    """The page is a wheel's, in this process."""
    from explorer import places
    from explorer.shell.files import bundles, manifest
    from explorer.shell.recorded import modules

    kept = (bundles.listed, manifest.panel_file, manifest.opening_file, manifest.version, modules.imported)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(places, "bundles", lambda: folder)
        for each in kept:
            each.cache_clear()
        yield
    for each in kept:
        each.cache_clear()


@pytest.fixture
def bundled(bundles: Path) -> Iterator[Path]:
    """The same for a test."""
    with in_bundles(bundles):
        yield bundles


@pytest.fixture(scope="session")
def server(bundles: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The server of all browser tests: the page as most people have it, and as it loads with the least work."""
    with serving(tmp_path_factory.mktemp("server") / "server.log", "tests/bundled.py", str(bundles)) as address:
        yield address
