"""The server: Gradio's page mounted beside the assets and a health check, behind the guard."""

from __future__ import annotations

import contextlib
import logging
import os
import socket
import sys
import threading
import time
import webbrowser
from functools import partial
from importlib.util import find_spec
from pathlib import Path

# Before torch is first imported: how long its threads spin while they wait for each other. By default, with others on
# the same two cores, a measurement of 2.9 s takes 24 s; with this few turns it takes 6 s. Alone, a capture is up to a
# tenth slower.
os.environ.setdefault("GOMP_SPINCOUNT", "3000")

from starlette.requests import Request

from explorer import places
from explorer.compat.gradio import set_pace
from explorer.errors import BadRequestError
from explorer.shell import service, settings
from explorer.shell.files import manifest, served, styles
from explorer.shell.files.bundles import ALWAYS
from explorer.shell.http.readiness import READINESS
from explorer.shell.page import layout
from explorer.shell.process import allocator, collector, logs
from explorer.zoo import in_force

log = logging.getLogger(__name__)
#: the script that the plotly package brings; the package itself is not imported
PLOTLY = Path(getattr(find_spec("plotly"), "origin", "")).parent / "package_data" / "plotly.min.js"
STARTED = time.monotonic()
#: seconds that open streams may go on after the server was told to stop
GRACE_S = 5
#: seconds after the start in which the cores belong to the page
QUIET = 3.0
#: seconds between two looks of Gradio's queue at whether there is work, and at whether there is progress to tell, which
#: the page hears otherwise. At Gradio's thousandth both take 6 % of a core, always: from the model's threads as well
LOOK, TELL = 0.01, 0.25


def create_app():
    """The whole ASGI application, under the settings in force."""
    import gradio as gr
    from fastapi import FastAPI
    from starlette.middleware.cors import CORSMiddleware
    from starlette.middleware.gzip import GZipMiddleware
    from starlette.responses import FileResponse, Response

    from explorer.shell.api.mounted import mount
    from explorer.shell.at_work import runs
    from explorer.shell.files.headed import Headed
    from explorer.shell.http.admission import Admission
    from explorer.shell.http.calls import call_check, going
    from explorer.shell.http.middleware import Guard
    from explorer.shell.http.packing import Packing
    from explorer.shell.http.peers import Peers
    from explorer.shell.http.probes import add_probes
    from explorer.shell.http.watched import Watched

    chosen = settings.in_force()
    app = FastAPI(title="LLM Internals Explorer", docs_url=None, redoc_url=None, openapi_url=None)

    @app.get("/explorer/lib/plotly.js")
    def plotly(request: Request) -> Response:
        """The script that the installed plotly package brings, so that the two never differ in version."""
        file = FileResponse(PLOTLY, media_type="text/javascript", stat_result=PLOTLY.stat())
        tag = {"ETag": file.headers["etag"]}
        if request.headers.get("if-none-match") == tag["ETag"]:
            return Response(status_code=304, headers=tag)
        if not served.takes_brotli(request.scope):
            return file
        packed = {"Content-Encoding": "br", "Vary": "Accept-Encoding"}
        return Response(served.packed(PLOTLY), media_type="text/javascript", headers=tag | packed)

    # A checkout's panels may have changed when the server is started anew.
    kept = ALWAYS if places.bundles() else {}

    @app.get(manifest.OPENING)
    def opening() -> Response:
        """What the page opens with; the version in its address changes with it."""
        return Response(manifest.opening_file(), media_type="application/json", headers=kept)

    @app.get(manifest.PANELS)
    def panels() -> Response:
        """What all panels say of themselves, alike."""
        return Response(manifest.panels_file(), media_type="application/json", headers=kept)

    @app.get(manifest.GLOSSARY)
    def glossary() -> Response:
        """What the terms mean, alike; its address has no version."""
        headers = {"Cache-Control": "max-age=300"}
        return Response(manifest.glossary_file(), media_type="application/json", headers=headers)

    @app.get(manifest.PANEL.replace("NAME", "{name}"))
    def panel(name: str) -> Response:
        """A panel, alike."""
        file = manifest.panel_file(name)
        missing = Response(status_code=404)
        return missing if file is None else Response(file, media_type="application/json", headers=kept)

    @app.get("/explorer/lessons.json")
    def lesson_list() -> Response:
        """All lessons, read anew: the operator's folder may have changed."""
        from orjson import dumps

        from explorer.shell.lessons import for_page

        return Response(dumps(for_page.listed()), media_type="application/json", headers={"Cache-Control": "no-cache"})

    @app.get("/explorer/adapters/{name}/{file}")
    def adapter_file(name: str, file: str) -> Response:
        """One of the two files of an adapter that was taught on the page, as peft loads them."""
        from explorer.experiments.finetuning.taught_files import file_of

        path = file_of(name, file)
        return Response(status_code=404) if path is None else FileResponse(path, filename=file)

    @app.get("/assets/{name}.css")
    def style(name: str) -> Response:
        """One of Gradio's stylesheets, in the layer that the page's own rules outweigh."""
        text = styles.layered(name)
        return Response(status_code=404) if text is None else Response(text, media_type="text/css", headers=ALWAYS)

    @app.get("/static/js/iframeResizer.contentWindow.min.js")
    def no_resizer() -> Response:
        """Gradio's page asks for it, to tell a page of another site how high it is."""
        return Response(media_type="text/javascript", headers=ALWAYS)

    if (folder := places.bundles()) is not None:
        app.mount("/explorer/bundles", served.Bundles(directory=folder), name="bundles")
    app.mount("/explorer/docs", served.Docs(), name="docs")
    app.mount("/explorer", served.Assets(directory=places.assets()), name="assets")
    mount(app)
    demo = layout.build()
    # Sessions whose settings Gradio keeps, about 1 MB each; the page holds no state there, so an old one is made anew.
    demo.state_session_capacity = chosen.bounds.sessions
    add_probes(app, chosen)
    # Gradio's queue lets all pass: the lines are ours, in turns between visitors. Admission bounds it, and says so
    # kindly; of those who come at once more pass, so that Gradio's bound is wider.
    demo.queue(max_size=2 * chosen.bounds.events, default_concurrency_limit=4, api_open=False)  # no way past the queue
    set_pace(demo, chosen.bounds.events, LOOK, TELL)
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
        theme=layout.theme(),
        show_error=False,
    )
    app.add_middleware(Headed, head=layout.head)
    app.add_middleware(GZipMiddleware, minimum_size=1024, compresslevel=3)
    app.add_middleware(Packing)
    app.add_middleware(CORSMiddleware)  # no other origin; where there is none, Gradio adds its own, which takes any
    admission = Admission(chosen.bounds, lambda: runs().whose(), lambda: going(demo))
    app.add_middleware(Guard, settings=chosen, check=call_check(demo), admission=admission)
    app.add_middleware(Watched)
    app.add_middleware(Peers, settings=chosen)
    return app


def warm() -> None:
    """Start the engine and make the first run, so that the first visitor finds both there."""
    time.sleep(QUIET)  # a visitor who is there already gets the page first; their own run loads the model then
    from explorer.shell.api.mounted import prepare
    from explorer.shell.at_work import EXPLORER, engine, jobs

    try:
        query = service.default_query()
        engine().do(query, partial(EXPLORER.run, query, "walk", {}, {}))
        READINESS.model = ""
        log.info("the default run is ready, %.1f s after the start", time.monotonic() - STARTED)
    except Exception as error:
        log.warning("the default run could not be made: %s", error)
        READINESS.model = "The default run could not be made: the server's log says why."
    READINESS.mend(jobs())
    collector.settle()
    if settings.in_force().public:  # programs may come; on one's own machine it would be seconds of work for nobody
        prepare()


def serve(host: str | None = None, port: int | None = None, *, preload: bool = True) -> None:
    """Serve the page until interrupted. What is not given here is read from the environment (see `Settings`)."""
    import uvicorn
    from uvicorn.config import STARTUP_FAILURE

    from explorer.shell.http.ending import Ending
    from explorer.shell.http.timed_protocol import TimedProtocol

    allocator.one_arena()
    chosen = settings.Settings.read(os.environ, host, port)
    logs.begin(chosen)
    try:
        socket.getaddrinfo(chosen.host, chosen.port)
    except OSError as error:
        raise BadRequestError(
            f"HOST is “{chosen.host[:80]}”, which is not an address of this machine.",
            "Take 127.0.0.1, or 0.0.0.0 for all.",
        ) from error
    log.info("Models are computed on: %s", in_force().title)  # a device that torch does not see is refused here
    settings.start(chosen)
    app = create_app()
    if preload:
        threading.Thread(target=warm, daemon=True, name="explorer-warm").start()
    else:
        collector.settle()
    log.info("LLM Internals Explorer: %s", chosen.address)
    here = settings.loopback(chosen.host)
    if chosen.public and not here:
        log.info("Others may reach it, so it opens only the models of its shelf; EXPLORER_PUBLIC=0 opens any.")
    if sys.stdout.isatty() and "SSH_CONNECTION" not in os.environ and here:
        threading.Timer(1.0, webbrowser.open, [chosen.address]).start()  # a person sits here
    config = uvicorn.Config(
        app,
        host=chosen.host,
        port=chosen.port,
        log_config=None,  # see logs.py
        log_level="warning",
        access_log=False,
        proxy_headers=False,  # see peers.py
        loop="asyncio",  # also where another package has brought uvloop
        http=TimedProtocol,
        ws="none",
        server_header=False,
        timeout_graceful_shutdown=GRACE_S,
    )
    server = Ending(config)
    with contextlib.suppress(KeyboardInterrupt):  # it has ended in order, and raises the signal again
        server.run()
    if not server.started:  # it has said why
        sys.exit(STARTUP_FAILURE)
