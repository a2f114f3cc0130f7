"""What all tests share: one loaded model, and no hub."""

from __future__ import annotations

import os

# Before anything imports huggingface_hub, which reads it once.
os.environ["HF_HUB_OFFLINE"] = "1"

import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from explorer.zoo.model import Model


ROOT = Path(__file__).resolve().parents[1]


def pytest_itemcollected(item: pytest.Item) -> None:
    """For `pytest -n 2 --dist loadgroup`: a file's tests stay together, and all that drive the page share a server."""
    drives_the_page = (ROOT / "tests" / "browser") in item.path.parents
    item.add_marker(pytest.mark.xdist_group("browser" if drives_the_page else str(item.path.relative_to(ROOT))))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest group first, so that no worker waits for it at the end."""
    items.sort(key=lambda item: (ROOT / "tests" / "browser") not in item.path.parents)


@pytest.fixture(scope="session")
def model() -> Model:
    """The default model, loaded once for the whole session (and fetched if it is not in the cache)."""
    from explorer import zoo

    return zoo.load(zoo.DEFAULT)


@pytest.fixture
def empty_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache folder with nothing in it, and no model in memory but those that other tests hold."""
    monkeypatch.setenv("EXPLORER_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the app, started as a person starts it."""
    port = free_port()
    log = tmp_path_factory.mktemp("server") / "server.log"
    env = {**os.environ, "PORT": str(port), "HOST": "127.0.0.1", "HF_HUB_OFFLINE": "1"}
    with log.open("w") as out:
        process = subprocess.Popen([sys.executable, "app.py"], cwd=ROOT, env=env, stdout=out, stderr=subprocess.STDOUT)
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
