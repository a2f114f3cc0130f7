"""What those who run the server ask it: whether it lives, whether it is ready, and its numbers."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from explorer.shell.at_work import instant, jobs, light, runs
from explorer.shell.http.peers import from_here
from explorer.shell.http.readiness import READINESS
from explorer.shell.process.metrics import REGISTRY, State
from explorer.shell.settings import Settings
from explorer.shell.views.subjects import store

if TYPE_CHECKING:
    from fastapi import FastAPI

STARTED = time.monotonic()


def add_probes(app: FastAPI, chosen: Settings) -> None:
    """/healthz, /readyz and /metrics."""
    from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

    @app.get("/healthz")
    async def healthz() -> dict[str, object]:  # async: it waits for no free thread
        return {"ok": True, "seconds": round(time.monotonic() - STARTED, 1)}

    @app.get("/readyz")
    async def readyz() -> Response:
        missing = READINESS.missing(jobs())
        headers = {"Retry-After": "5"} if missing else {}
        return JSONResponse({"ready": not missing, "reason": missing}, 503 if missing else 200, headers)

    state = State(gauges)

    @app.get("/metrics")
    def metrics(request: Request) -> Response:
        if not (chosen.metrics or from_here(request.scope)):
            return JSONResponse(
                {"detail": "Only the owner of this server can read these numbers: see EXPLORER_METRICS."}, 403
            )
        return Response(generate_latest(REGISTRY) + generate_latest(state), media_type=CONTENT_TYPE_LATEST)


def gauges() -> dict[tuple[str, str], dict[str, float]]:
    """What is the case at this moment."""
    known = "explorer.tracing.stored.store" in sys.modules  # before anything has run, torch is not loaded for a number
    traces = store() if known else None
    return {
        ("queue_length", "Runs that wait in line."): {"": float(runs().length)},
        ("looks", "Light requests that wait or are answered."): {"": float(len(light()) + len(instant()))},
        ("jobs_now", "Measurements that wait and run."): jobs().states(),
        ("job_processes", "Whether a process that measures lives."): {"": float(jobs().lives)},
        ("trace_bytes", "Bytes of runs kept in memory."): {"": float(traces.nbytes if traces else 0)},
        ("traces", "Runs kept in memory."): {"": float(len(traces) if traces else 0)},
        ("answer_bytes", "Bytes of measurements kept in memory."): {"": float(jobs().answers.nbytes)},
        ("ready", "Whether visitors should be sent here."): {"": float(not READINESS.model and jobs().lives)},
    }
