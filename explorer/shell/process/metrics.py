"""Numbers of the running server, as Prometheus reads them. Labels are names of our own: no prompt, no address."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from prometheus_client import CollectorRegistry, Counter, Histogram, ProcessCollector
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

REGISTRY = CollectorRegistry()
#: seconds; a light view takes some 50 ms, a run a second, a line a minute
EDGES = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120)

REQUESTS = Counter("explorer_requests", "Requests answered.", ("route", "status"), registry=REGISTRY)
SECONDS = Histogram("explorer_request_seconds", "Until the answer began.", ("route",), buckets=EDGES, registry=REGISTRY)
REFUSED = Counter("explorer_refused", "Requests that went no further.", ("status",), registry=REGISTRY)
RUNS = Counter("explorer_runs", "Runs and views made in line, by how they ended.", ("ended",), registry=REGISTRY)
RUN_SECONDS = Histogram("explorer_run_seconds", "Of a run, its turn included.", buckets=EDGES, registry=REGISTRY)
JOBS = Counter("explorer_jobs", "Measurements, by how they ended.", ("ended",), registry=REGISTRY)

#: folders and single addresses that are told apart; all else is one label
FOLDERS = {
    "/explorer/": "files",
    "/assets/": "files",
    "/static/": "files",
    "/gradio_api/call/": "call",
    "/api/v1/": "api",
}
ROUTES = {
    "/": "page", "/config": "page", "/healthz": "healthz", "/readyz": "readyz", "/metrics": "metrics",
    "/gradio_api/queue/join": "join", "/gradio_api/queue/data": "stream", "/gradio_api/call/trace": "call",
    "/mcp": "mcp",
    "/gradio_api/component_server": "look", "/gradio_api/run/predict": "look", "/gradio_api/cancel": "cancel",
}  # fmt: skip


def route_of(path: str) -> str:
    """A label for an address: one of a dozen.

    >>> route_of("/gradio_api/queue/join/"), route_of("/explorer/shell/page.js"), route_of("/wp-admin")
    ('join', 'files', 'other')
    """
    if found := ROUTES.get(path.rstrip("/") or "/"):
        return found
    return next((name for folder, name in FOLDERS.items() if path.startswith(folder)), "other")


class State(Collector):
    """What is read at the moment of the question: names and numbers of `gauges`, by a label where there is one."""

    def __init__(self, gauges: Callable[[], dict[tuple[str, str], dict[str, float]]]) -> None:
        self._gauges = gauges

    def collect(self) -> Iterator[GaugeMetricFamily]:
        for (name, about), values in self._gauges().items():
            labels = ("state",) if set(values) != {""} else ()
            family = GaugeMetricFamily(f"explorer_{name}", about, labels=labels)
            for label, value in values.items():
                family.add_metric([label] if labels else [], value)
            yield family


ProcessCollector(registry=REGISTRY)  # resident memory, processor seconds, open files
