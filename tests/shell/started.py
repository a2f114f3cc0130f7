"""A server of a test's own, as a process."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

from tests.conftest import free_port

ROOT = Path(__file__).resolve().parents[2]


class Started:
    """A server on a free port, or on that of one that has ended; without a model unless it is to load one."""

    def __init__(self, log: Path, *, preload: bool = False, port: int | None = None, **environ: str) -> None:
        self.log, self.port = log, port or free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        program = f"from explorer.shell.app import serve; serve(preload={preload})"
        with log.open("w") as out:
            self.process = subprocess.Popen(
                [sys.executable, "-c", program], cwd=ROOT, stdout=out, stderr=subprocess.STDOUT,
                env={**os.environ, "PORT": str(self.port), "EXPLORER_ANSWERS": str(log.parent / "answers"), **environ},
            )  # fmt: skip
        for _ in range(600):
            try:
                urllib.request.urlopen(self.address + "/healthz", timeout=1)
                return
            except OSError:
                assert self.process.poll() is None, log.read_text()
                time.sleep(0.1)
        raise TimeoutError(log.read_text())

    def end(self) -> None:
        self.process.kill()
        self.process.wait()
