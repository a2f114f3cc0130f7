"""The server: Gradio's page mounted beside the assets and a health check, behind the guard."""

from __future__ import annotations

import logging
import os
import sys
import threading
import time
import webbrowser
from importlib.resources import files
from pathlib import Path

# Before torch is first imported: how long its threads spin while they wait for each other. By default, with others on
# the same two cores, a measurement of 2.9 s takes 24 s; with this few turns it takes 6 s. Alone, a capture is up to a
# tenth slower.
os.environ.setdefault("GOMP_SPINCOUNT", "3000")

from explorer.shell import allocator, page, service

log = logging.getLogger(__name__)
ASSETS = Path(__file__).resolve().parents[2] / "assets"
STARTED = time.monotonic()
#: sessions whose page config Gradio keeps, about 1 MB each; the page holds no state there, so an old one is made anew
SESSIONS = 64
#: seconds after the start in which the cores belong to the page
QUIET = 3.0


def create_app():
    """The whole ASGI application."""
    import gradio as gr
    from fastapi import FastAPI
    from starlette.middleware.gzip import GZipMiddleware
    from starlette.responses import FileResponse
    from starlette.staticfiles import StaticFiles

    from explorer.shell.middleware import Guard

    app = FastAPI(title="LLM Internals Explorer", docs_url=None, redoc_url=None, openapi_url=None)

    @app.get("/healthz")
    def healthz() -> dict[str, object]:
        return {"ok": True, "seconds": round(time.monotonic() - STARTED, 1)}

    @app.get("/explorer/lib/plotly.js")
    def plotly() -> FileResponse:
        """The script that the installed plotly package brings, so that the two never differ in version."""
        return FileResponse(Path(str(files("plotly"))) / "package_data" / "plotly.min.js", media_type="text/javascript")

    app.mount("/explorer", StaticFiles(directory=ASSETS), name="assets")
    demo = page.build()
    demo.state_session_capacity = SESSIONS
    demo.queue(max_size=64, default_concurrency_limit=4, api_open=False)  # no way past the queue
    app = gr.mount_gradio_app(
        app,
        demo,
        path="/",
        footer_links=[],
        run_history=False,
        enable_monitoring=False,
        ssr_mode=False,
        max_file_size="1kb",
        pwa=False,
        theme=page.theme(),
        head=page.HEAD,
        show_error=False,
    )
    app.add_middleware(GZipMiddleware, minimum_size=1024, compresslevel=3)
    app.add_middleware(Guard)
    return app


def warm() -> None:
    """Load the default model and make the first run, so that the first visitor finds it there."""
    time.sleep(QUIET)  # a visitor who is there already gets the page first; their own run loads the model then
    try:
        from explorer.shell.dispatch import EXPLORER

        EXPLORER.run(service.default_query(), "walk", {}, {})
        log.info("the default run is ready, %.1f s after the start", time.monotonic() - STARTED)
    except Exception as error:
        log.warning("the default run could not be made: %s", error)


def serve(host: str | None = None, port: int | None = None, *, preload: bool = True) -> None:
    """Serve the page until interrupted. HOST and PORT override 127.0.0.1:7860."""
    import uvicorn

    allocator.one_arena()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    logging.getLogger("httpx").setLevel(logging.WARNING)
    host = host or os.environ.get("HOST") or "127.0.0.1"
    port = port or int(os.environ.get("PORT") or 7860)
    app = create_app()
    if preload:
        threading.Thread(target=warm, daemon=True, name="explorer-warm").start()
    address = f"http://{host}:{port}"
    log.info("LLM Internals Explorer: %s", address)
    if sys.stdout.isatty() and "SSH_CONNECTION" not in os.environ and host in ("127.0.0.1", "localhost"):
        threading.Timer(1.0, webbrowser.open, [address]).start()  # a person sits here
    uvicorn.run(app, host=host, port=port, log_level="warning")
