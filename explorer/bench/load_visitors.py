"""Visitors of `bench load`: each reads a while, then runs a text, moves a slider, lets the model write or measures."""

from __future__ import annotations

import asyncio
import json
import random
import time
from dataclasses import dataclass, field
from typing import Any, Literal

import httpx

Action = Literal["run", "slider", "generation", "experiment"]
#: how often a visitor does what
SHARES: dict[Action, float] = {"run": 0.25, "slider": 0.6, "generation": 0.1, "experiment": 0.05}
#: positions that one pull of a slider passes
PULL = 4
WORDS = (
    *("the", "of", "and", "to", "in", "cat", "dog", "house", "seven", "river", "light", "stone", "city", "queen"),
    *("bread", "night", "paper", "glass", "seed"),
)
MODEL = "smollm2-135m"
#: attempts before a visitor who is told to come again gives up, and the longest that one waits
PATIENCE, LONGEST_S = 4, 20.0
#: seconds after which an answer is an error
LATE_S = 300.0
#: characters of a message that are looked at, from its beginning and from its end
LONG = 2000


class Refusal(Exception):
    """The server asked to come again, in so many seconds."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"come again in {seconds:g} s")
        self.seconds = seconds


@dataclass
class Page:
    """What a visitor's page knows of the server: the numbers of its events and of its stage."""

    dispatch: int
    look: int
    stage: int
    settings: list[float | int]
    """Of the sampler, as the sidebar has them."""

    @classmethod
    def of(cls, config: dict[str, Any], settings: list[float | int]) -> Page:
        events = {each["api_name"]: each["id"] for each in config["dependencies"]}
        stage = next(each["id"] for each in config["components"] if each["props"].get("elem_id") == "stageview")
        return cls(events["dispatch"], events["look"], stage, settings)


@dataclass
class Visitor:
    """One person with a browser and an address of their own."""

    number: int
    client: httpx.AsyncClient
    page: Page
    think: float
    """Seconds between an answer and the next action, on average."""
    taken: dict[Action, list[float]] = field(default_factory=dict)
    """Seconds of each action that was answered."""
    refused: int = 0
    errors: list[str] = field(default_factory=list)
    _query: str = ""
    _calls: int = 0

    def __post_init__(self) -> None:
        self.draw = random.Random(self.number)  # noqa: S311 - the same visits every time
        self.headers = {"x-forwarded-for": f"198.18.{self.number // 250}.{self.number % 250 + 1}"}

    @property
    def served(self) -> int:
        return sum(len(each) for each in self.taken.values())

    async def visit(self, until: float) -> None:
        """Act until the time is over; an action that has begun then is finished."""
        await asyncio.sleep(self.draw.uniform(0, self.think))
        while time.monotonic() < until:
            chosen = self.draw.choices(list(SHARES), list(SHARES.values()))[0]
            action: Action = chosen if self._query else "run"
            try:
                await self._act(action)
            except (httpx.HTTPError, TimeoutError, ValueError) as error:
                self.errors.append(f"{action}: {type(error).__name__}: {str(error)[:200]}")
            await asyncio.sleep(min(self.draw.expovariate(1 / self.think), 4 * self.think))

    async def _act(self, action: Action) -> None:
        began = time.monotonic()
        for _ in range(PATIENCE):
            try:
                async with asyncio.timeout(LATE_S):
                    await getattr(self, f"_{action}")()
                self.taken.setdefault(action, []).append(time.monotonic() - began)
                return
            except Refusal as refusal:
                self.refused += 1
                await asyncio.sleep(min(refusal.seconds, LONGEST_S) * self.draw.uniform(0.5, 1.5))

    def _text(self) -> str:
        words = " ".join(self.draw.choice(WORDS) for _ in range(self.draw.randint(4, 40)))
        return f"Visitor {self.number} writes {words}"

    async def _run(self) -> None:
        await self.run(0)

    async def run(self, new: int) -> None:
        """Another text, read on by so many tokens."""
        query = str(httpx.QueryParams({"model": MODEL, "text": self._text(), "new": new}))
        await self._queued(self.page.dispatch, {"query": query, "panel": "walk"}, sidebar=True)
        self._query = query

    async def _generation(self) -> None:
        await self.run(24)

    async def _slider(self) -> None:
        panel, view = self.draw.choice([("walk", "river"), ("residual_stream", "lens"), ("attention", "head")])
        for position in self.draw.sample(range(6), PULL):
            answer = await self._rendered(panel, view, position)
            if answer["kind"] == "gone":  # its run has left the server's memory: the page has it made again
                wish = {"action": "views", "query": self._query, "panel": panel, "views": [view]}
                await self._queued(self.page.dispatch, wish, sidebar=True)

    async def _experiment(self) -> None:
        wish = {"action": "look", "query": self._query, "panel": "norms", "views": ["gradients"], "watch": 1}
        said = await self._queued(self.page.look, wish)
        if '"done"]' not in said and '"state":"done"' not in said:
            raise ValueError(f"a measurement ended otherwise: {said[-300:]}")
        await self._rendered("norms", "gradients", 0)

    async def _rendered(self, panel: str, view: str, position: int) -> dict[str, Any]:
        wish = {"query": self._query, "panel": panel, "views": [view], "focus": {"position": position}}
        call = {"data": json.dumps(wish), "component_id": self.page.stage, "fn_name": "render", "session_hash": "x"}
        answer = await self.client.post("/gradio_api/component_server/", json=call, headers=self.headers)
        answer.raise_for_status()
        found = answer.json()
        if found["kind"] == "error":
            if found["name"] == "BusyError":
                raise Refusal(float(answer.headers.get("retry-after", 1)))
            raise ValueError(found["message"])
        return found

    async def _queued(self, event: int, wish: dict[str, Any], sidebar: bool = False) -> str:
        """Join the line, listen until the end; what was said, without blanks: Gradio sends what has changed."""
        self._calls += 1
        session = f"v{self.number}c{self._calls}"
        values = [MODEL, "", False, 0, 7, *self.page.settings] if sidebar else []
        call = {"data": [json.dumps(wish), *values], "fn_index": event, "session_hash": session}
        joined = await self.client.post("/gradio_api/queue/join", json=call, headers=self.headers)
        if joined.status_code == 429:
            raise Refusal(float(joined.headers["retry-after"]))
        joined.raise_for_status()
        heard: list[str] = []
        stream = self.client.stream("GET", f"/gradio_api/queue/data?session_hash={session}", headers=self.headers)
        async with stream as lines:
            async for line in lines.aiter_lines():
                if "process_generating" in line or "process_completed" in line:
                    heard.append(line if len(line) < LONG else line[:LONG] + line[-LONG:])
                if "process_completed" in line:
                    break
        said = "".join(heard).replace('": ', '":').replace(', "', ',"')
        if '"kind":"error"' in said or '["kind"],"error"' in said or not said:
            if '"BusyError"' in said:
                raise Refusal(1.0)
            raise ValueError(f"the answer was: {said[-400:]}")
        return said
