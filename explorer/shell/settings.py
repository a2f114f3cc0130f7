"""What the person who starts the server decides: where it listens, under which names, and whether it is public.

Read from the environment once, when the server starts; a value that makes no sense is refused with a sentence.
"""

from __future__ import annotations

import ipaddress
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from explorer.errors import BadRequestError

YES, NO = {"1", "true", "yes", "on"}, {"0", "false", "no", "off"}
LOOPBACK = ("localhost", "127.0.0.1", "::1")
#: bytes of traces kept in memory
TRACE_BYTES = 1 << 30

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
    trace_bytes: int = TRACE_BYTES
    jobs: int = 1
    """Processes that measure heavy views beside the page."""
    nice: int = 10
    """Added to their niceness, so that the page goes before."""
    lessons: str = ""
    """A folder of further lessons."""

    @classmethod
    def read(cls, environ: Mapping[str, str], host: str | None = None, port: int | None = None) -> Settings:
        """HOST, PORT, EXPLORER_PUBLIC, EXPLORER_HOSTS, EXPLORER_TRACE_BYTES, EXPLORER_JOBS, EXPLORER_NICE,
        EXPLORER_LESSONS.

        `host` and `port` go before HOST and PORT.

        Raises BadRequestError for a value that makes no sense.
        """
        host = (host or environ.get("HOST", "")).strip().strip("[]") or cls.host
        port = _whole(environ, "PORT", cls.port, 65535) if port is None else port
        _whole(environ, "EXPLORER_MAX_LOADED", 0, 1 << 20)  # the zoo reads it with each model that it loads
        said = environ.get("EXPLORER_PUBLIC", "").strip()
        if said and said.lower() not in YES | NO:
            raise BadRequestError(
                f"EXPLORER_PUBLIC is “{said}”.", "Set it to 1 or 0 (or true, false), or leave it out."
            )
        public = said.lower() in YES if said else not loopback(host)
        hosts = []
        for each in filter(None, (part.strip() for part in environ.get("EXPLORER_HOSTS", "").split(","))):
            if not (place := _place(each)):
                raise BadRequestError(
                    f"EXPLORER_HOSTS holds “{each}”, which is no host name.", "Give bare names: demo.example, 10.0.0.5"
                )
            hosts.append(place[0])
        trace_bytes = _whole(environ, "EXPLORER_TRACE_BYTES", cls.trace_bytes, 1 << 50)
        jobs = max(1, _whole(environ, "EXPLORER_JOBS", 1 if (os.cpu_count() or 1) <= 4 else 2, 64))
        nice = _whole(environ, "EXPLORER_NICE", cls.nice, 19)
        folder = environ.get("EXPLORER_LESSONS", "").strip()
        if folder and not Path(folder).is_dir():
            raise BadRequestError(
                f"EXPLORER_LESSONS is “{folder[:200]}”, which is no folder.", "Lessons are files *.md in it."
            )
        return cls(host, port, public, tuple(hosts), trace_bytes, jobs, nice, folder)

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


def _whole(environ: Mapping[str, str], name: str, default: int, most: int) -> int:
    said = environ.get(name, "").strip()
    if not said:
        return default
    if not (said.isascii() and said.isdigit() and len(said) < 20 and int(said) <= most):
        raise BadRequestError(
            f"{name} is “{said[:40]}”.", f"Set it to a whole number from 0 to {most}, or leave it out."
        )
    return int(said)
