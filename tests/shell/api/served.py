"""What programs reach, without the page around it: the guard, `/api/v1` and `/mcp`."""

from __future__ import annotations

from fastapi import FastAPI

from explorer.shell.api.mounted import mount
from explorer.shell.bounds import Bounds
from explorer.shell.http.admission import Admission
from explorer.shell.http.middleware import Guard
from explorer.shell.settings import Settings


def served(*hosts: str) -> FastAPI:
    """The application, which answers to these names besides localhost."""
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
    mount(app)
    settings, admission = Settings(hosts=hosts), Admission(Bounds())
    app.add_middleware(Guard, settings=settings, check=lambda _path, _body: None, admission=admission)
    return app
