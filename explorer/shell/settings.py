"""What the person who starts the server decides: where it listens, under which names, and whether it is public.

Read from the environment once, when the server starts; a value that makes no sense is refused with a sentence.
"""

from __future__ import annotations

import ipaddress
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path

from explorer.errors import BadRequestError
from explorer.shell.bounds import Bounds, whole
from explorer.shell.scale import Scale
from explorer.zoo.placement import Placement

YES, NO = {"1", "true", "yes", "on"}, {"0", "false", "no", "off"}
LOOPBACK = ("localhost", "127.0.0.1", "::1")
LOGS = ("text", "json")
ANCESTOR = re.compile(r"\*|'self'|'none'|(?:https?://)?(?:\*\.)?[a-z0-9.-]+(?::\d{1,5})?", re.ASCII | re.IGNORECASE)

_AUTHORITY = re.compile(r"(?:\[([0-9a-f:.]+)\]|([a-z0-9._-]+))(?::(\d{1,5}))?", re.ASCII | re.IGNORECASE)


@dataclass(frozen=True)
class Settings:
    """The server's settings.

    >>> Settings.read({"HOST": "0.0.0.0"}).public, Settings.read({}).public
    (True, False)
    >>> Settings.read({}).answers_to("[::1]:7860"), Settings.read({}).answers_to("demo.example")
    (True, False)
    """

    host: str = "127.0.0.1"
    port: int = 7860
    public: bool = False
    """Visitors get the shelf only: no local folder is read for them, nothing is fetched from a hub."""
    hosts: tuple[str, ...] = ()
    """Names under which the server is reached besides those that its address implies, in lower case."""
    bounds: Bounds = field(default_factory=Bounds)
    jobs: int = 1
    """Processes that measure heavy views beside the page."""
    nice: int = 10
    """Added to their niceness, so that the page goes before."""
    proxies: tuple[str, ...] = ()
    """Addresses and networks of proxies: what others say of a visitor's address is not believed."""
    frame_ancestors: tuple[str, ...] = ("'self'",)
    """Who may show the page within a page of theirs, as Content-Security-Policy writes it."""
    metrics: bool = False
    """Whether /metrics answers others than this machine."""
    logs: str = "text"
    """Or "json": one object a line."""
    scale: Scale = field(default_factory=Scale)
    answers: str = ""
    """The folder of the answers that took long; empty: one in the cache folder."""

    lessons: str = ""
    """A folder of further lessons."""

    @classmethod
    def read(cls, environ: Mapping[str, str], host: str | None = None, port: int | None = None) -> Settings:
        """HOST, PORT and EXPLORER_...; `host` and `port` go before HOST and PORT. The operators' guide has a
        table of all.

        Raises BadRequestError for a value that makes no sense.
        """
        host = (host or environ.get("HOST", "")).strip().strip("[]") or cls.host
        whole(environ, "EXPLORER_MAX_LOADED", 0, 1 << 20)  # the zoo reads these with each model that it loads
        whole(environ, "EXPLORER_SHELF_BYTES", 0, 1 << 50)
        whole(environ, "EXPLORER_CHECKPOINT_BYTES", 0, 1 << 50)
        Placement.read(environ)
        _check_store(environ.get("EXPLORER_STORE", "").strip())
        public = _yes(environ, "EXPLORER_PUBLIC", not loopback(host))
        logs = environ.get("EXPLORER_LOGS", "").strip().lower() or cls.logs
        if logs not in LOGS:
            raise BadRequestError(f"EXPLORER_LOGS is “{logs[:40]}”.", "Set it to text or json, or leave it out.")
        folder = environ.get("EXPLORER_LESSONS", "").strip()
        if folder and not Path(folder).is_dir():
            raise BadRequestError(
                f"EXPLORER_LESSONS is “{folder[:200]}”, which is no folder.", "Lessons are files *.md in it."
            )
        return cls(
            host,
            whole(environ, "PORT", cls.port, 65535) if port is None else port,
            public,
            tuple(_host(each) for each in _listed(environ, "EXPLORER_HOSTS")),
            Bounds.read(environ, public),
            max(1, whole(environ, "EXPLORER_JOBS", 1 if (os.cpu_count() or 1) <= 4 else 2, 64)),
            whole(environ, "EXPLORER_NICE", cls.nice, 19),
            tuple(_network(each) for each in _listed(environ, "EXPLORER_PROXIES")),
            tuple(_ancestor(each) for each in _listed(environ, "EXPLORER_FRAME_ANCESTORS")) or cls.frame_ancestors,
            _yes(environ, "EXPLORER_METRICS", False),
            logs,
            Scale.read(environ),
            environ.get("EXPLORER_ANSWERS", "").strip(),
            folder,
        )

    @property
    def address(self) -> str:
        return f"http://{f'[{self.host}]' if ':' in self.host else self.host}:{self.port}"

    def answers_to(self, authority: str) -> bool:
        """Whether `authority` (what a Host header says) names this server.

        A stranger's page whose own name is made to resolve to this address is known by that name. A public server has
        nothing that such a page could not fetch itself, and takes any name unless some are given.
        """
        if not (place := _place(authority)):
            return False
        if place[0] in (*LOOPBACK, self.host.lower(), *self.hosts) or (self.public and not self.hosts):
            return True
        return not loopback(self.host) and _address(place[0]) is not None  # a bare address was resolved from no name

    def trusts(self, origin: str, authority: str) -> bool:
        """Whether a page at `origin` may send to this server, reached as `authority`: its own, or one of `hosts`."""
        scheme, _, rest = origin.partition("://")
        default = {"http": 80, "https": 443}.get(scheme)
        there, here = _place(rest, default), _place(authority, default)
        return bool(default and there and (there == here or there[0] in self.hosts))


_started: list[Settings] = []


def start(settings: Settings) -> None:
    """From now on these are the settings of this process."""
    _started[:] = [settings]


def in_force() -> Settings:
    """The settings of this process's server; before one has started, what the environment says."""
    return _started[0] if _started else Settings.read(os.environ)


def loopback(host: str) -> bool:
    """Whether only this machine reaches `host`. A name other than localhost may be anything."""
    address = _address(host)
    return host.lower() == "localhost" if address is None else address.is_loopback


def _address(name: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(name)
    except ValueError:
        return None


def _place(authority: str, port: int | None = None) -> tuple[str, int | None] | None:
    """(name in lower case, port or the one given) of `name:port`; None where that is no such thing."""
    if ":" in authority and _address(authority):  # as people write it, without brackets
        return authority.lower(), port
    if not (found := _AUTHORITY.fullmatch(authority)):
        return None
    return (found[1] or found[2]).lower().rstrip("."), int(found[3]) if found[3] else port


def _check_store(said: str) -> None:
    """The address itself is in no sentence: a password may stand in it."""
    if said and not said.startswith(("postgresql://", "postgres://")):
        raise BadRequestError(
            "EXPLORER_STORE is no address of a PostgreSQL.",
            "Set it to postgresql://USER@HOST/DATABASE, or leave it out.",
        )
    if said and not (find_spec("psycopg") and find_spec("pgvector")):
        raise BadRequestError(
            "EXPLORER_STORE needs the packages of the extra “store”.", "pip install psycopg[binary] pgvector"
        )


def _listed(environ: Mapping[str, str], name: str) -> list[str]:
    """What stands between the commas."""
    return [part.strip() for part in environ.get(name, "").split(",") if part.strip()]


def _yes(environ: Mapping[str, str], name: str, default: bool) -> bool:
    said = environ.get(name, "").strip()
    if said and said.lower() not in YES | NO:
        raise BadRequestError(f"{name} is “{said[:40]}”.", "Set it to 1 or 0 (or true, false), or leave it out.")
    return said.lower() in YES if said else default


def _host(said: str) -> str:
    if not (place := _place(said)):
        raise BadRequestError(
            f"EXPLORER_HOSTS holds “{said}”, which is no host name.", "Give bare names: demo.example, 10.0.0.5"
        )
    return place[0]


def _network(said: str) -> str:
    try:
        return str(ipaddress.ip_network(said))
    except ValueError as error:
        raise BadRequestError(
            f"EXPLORER_PROXIES holds “{said[:80]}”, which is neither an address nor a network.",
            "Give addresses or networks: 127.0.0.1, 10.0.0.0/8",
        ) from error


def _ancestor(said: str) -> str:
    said = f"'{said}'" if said in ("self", "none") else said
    if not ANCESTOR.fullmatch(said):
        raise BadRequestError(
            f"EXPLORER_FRAME_ANCESTORS holds “{said[:80]}”, which is no site.",
            "Give sites by commas: 'self', https://school.example, https://*.example",
        )
    return said
