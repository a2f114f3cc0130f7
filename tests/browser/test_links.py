"""A link holds everything: a fresh browser shows the same numbers, and they are an independent forward pass's."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from playwright.sync_api import Browser, Page, expect

from explorer.zoo.model import Model
from tests.browser.conftest import CONTEXT, PATIENCE, ready
from tests.shell.started import Started

QUERY = (
    "?model=smollm2-135m&text=The%20capital%20of%20France%20is&new=4&T=0.8&p=0.9&seed=11"
    "&do=ablate:20.1&panel=walk&pos=3&layer=20&head=1"
)


def test_the_same_link_gives_the_same_numbers(open_page: Callable[..., Page]) -> None:
    first = open_page(QUERY)
    first.get_by_role("button", name="Share this view").click()
    expect(first.locator("#toast")).to_contain_text("Link copied")
    link = first.evaluate("window.explorerLink")
    second = open_page(link[link.index("?") :])
    read = """() => ({ids: explorer.store.run.ids, p: [...explorer.store.run.nextP.a], focus: explorer.store.focus,
              panel: explorer.store.panel, do: explorer.store.interventions.filter(i => i.on).map(i => i.text),
              effect: document.querySelector('#effect').textContent,
              shown: document.querySelector('#stage').innerText})"""
    a, b = first.evaluate(read), second.evaluate(read)
    assert a == b
    assert (a["focus"]["position"], a["focus"]["layer"]) == (3, 20)
    assert a["do"] == ["ablate:20.1"]


@pytest.mark.thorough
def test_a_link_restores_everything_on_another_server(
    open_page: Callable[..., Page], chromium: Browser, tmp_path: Path
) -> None:
    """The short form, in a fresh browser, after a restart: forced tokens, a sampler that is tried, a control."""
    page = open_page(
        "?model=six-kinds-moe&text=And%20it%20came%20to%20pass&new=4&T=0.8&p=0.9&seed=11&force=1:300&do=mlp:1,ablate:0.2"
        "&try.T=1.5&panel=sampling&pos=5&layer=1&head=2&target=300&expert=3&norms.scheme=rms"
    )
    page.get_by_role("button", name="Share this view").click()
    expect(page.locator("#toast")).to_contain_text("Link copied")
    link = page.evaluate("window.explorerLink")
    assert "/?s=1" in link
    assert len(link) < 0.8 * len(page.url)
    read = """() => ({url: location.search, ids: explorer.store.run.ids, p: [...explorer.store.run.nextP.a],
              focus: explorer.store.focus, sampler: explorer.store.sampler, controls: explorer.store.controls,
              do: explorer.store.interventions.map((each) => each.text), forced: explorer.store.run.forced,
              prompt: document.querySelector('#prompt textarea').value, unrun: document.querySelector('#run').title,
              shown: document.querySelector('#stage').innerText})"""
    page.wait_for_timeout(400)  # the sidebar says what differs from the run
    before = page.evaluate(read)
    other = Started(tmp_path / "server.log")  # it has loaded no model
    context = chromium.new_context(**CONTEXT)
    try:
        again = context.new_page()
        again.set_viewport_size({"width": 1440, "height": 900})
        again.goto(other.address + link[link.index("/?") :])
        ready(again)
        again.wait_for_timeout(400)
        assert again.evaluate(read) == before
        assert "Traceback" not in other.log.read_text()
    finally:
        context.close()
        other.end()
    assert before["forced"] == [[1, 300]]
    assert before["sampler"]["temperature"] == 1.5


@pytest.mark.thorough
def test_a_link_without_a_text_opens_the_first_text_on_its_model(open_page: Callable[..., Page]) -> None:
    page = open_page("?model=six-kinds-dense&new=0&panel=walk")
    assert page.evaluate("[explorer.store.run.model.name, explorer.store.run.newTokens]") == ["six-kinds-dense", 0]
    assert page.evaluate("explorer.store.run.text").startswith("When Mary and John")
    expect(page.locator("#model input")).to_have_value("Six Kinds dense")


def test_numbers_on_the_page_are_an_independent_forward_pass(open_page: Callable[..., Page], model: Model) -> None:
    page = open_page("?model=smollm2-135m&text=The%20capital%20of%20France%20is&panel=residual_stream")
    ids = torch.tensor([page.evaluate("explorer.store.run.ids")])
    with torch.inference_mode():
        probs = model.hf(ids).logits[0].double().softmax(-1)
    shown = torch.tensor(page.evaluate("[...explorer.store.run.nextP.a]")).view(ids.shape[1], -1)[:, 0]
    assert torch.allclose(shown.double(), probs.max(-1).values, atol=2e-5)
    ghost = page.locator(".nextbox .num").inner_text()
    assert ghost == f"{100 * float(probs[-1].max()):.1f} %"
    assert page.locator(".nextbox .ghosttok").inner_text() == "·Paris"


def test_an_ablation_on_the_page_is_an_ablated_forward_pass(open_page: Callable[..., Page], model: Model) -> None:
    page = open_page("?model=smollm2-135m&text=The%20capital%20of%20France%20is&panel=walk&do=ablate:20.1")
    ids = torch.tensor([page.evaluate("explorer.store.run.ids")])
    d = model.dims.d_head

    def cut(_module, args):
        z = args[0].clone()
        z[..., d : 2 * d] = 0
        return (z,)

    with torch.inference_mode():
        before = model.hf(ids).logits[0, -1].double().log_softmax(-1)
        hook = model.hf.model.layers[20].self_attn.o_proj.register_forward_pre_hook(cut)
        now = model.hf(ids).logits[0, -1].double().log_softmax(-1)
        hook.remove()
    kl = float((before.exp() * (before - now)).sum())
    shown = page.evaluate("explorer.store.run.effect.kl.a[explorer.store.run.ids.length - 1]")
    assert shown == pytest.approx(kl, abs=2e-5)
    assert f"KL {kl:.3f} nats" in page.locator("#effect").inner_text()


@pytest.mark.thorough
def test_a_phone_opens_the_settings(open_page: Callable[..., Page]) -> None:
    page = open_page("?panel=walk", width=390, height=844)
    assert not page.get_by_role("textbox", name="Prompt").is_visible()
    page.get_by_role("button", name="Prompt & settings").click()
    expect(page.get_by_role("textbox", name="Prompt")).to_be_visible()


@pytest.mark.thorough
def test_twenty_visitors_are_answered_in_order(server: str, chromium: Browser) -> None:
    """Twenty equal and unequal runs at once: all answered, the shared ones computed once, and memory bounded."""
    import json
    import threading
    import time
    import urllib.request

    page = chromium.new_page()
    page.goto(server)
    ready(page)
    config = page.evaluate("() => window.gradio_config")
    fn = next(
        i
        for i, d in enumerate(config["dependencies"])
        if d["targets"] and len(d["inputs"]) > 5 and d["queue"] is not False
    )
    page.close()
    done: dict[int, tuple[float, str, int]] = {}

    def visit(n: int) -> None:
        request = json.dumps(
            {"action": "run", "query": f"model=smollm2-135m&text=visitor+{n % 5}+says", "panel": "walk"}
        )
        body = {
            "data": [request, "smollm2-135m", "x", False, 0, 1, 0, 1, 0, 1, 0, 1, 0, 0],
            "fn_index": fn,
            "session_hash": f"visitor{n}",
            "trigger_id": None,
        }
        post = urllib.request.Request(
            f"{server}/gradio_api/queue/join", json.dumps(body).encode(), {"Content-Type": "application/json"}
        )
        urllib.request.urlopen(post, timeout=30).read()
        place = -1
        with urllib.request.urlopen(f"{server}/gradio_api/queue/data?session_hash=visitor{n}", timeout=120) as stream:
            for line in stream:
                if not line.startswith(b"data:"):
                    continue
                event = json.loads(line[5:])
                if event["msg"] == "estimation":
                    place = max(place, event["rank"])
                if event["msg"] == "process_completed":
                    done[n] = (time.monotonic(), "ok" if event["success"] else str(event)[:200], place)
                    return

    threads = [threading.Thread(target=visit, args=(n,)) for n in range(20)]
    for n, t in enumerate(threads):
        t.start()
        time.sleep(0.03)
        del n
    for t in threads:
        t.join(PATIENCE / 1000)
    assert len(done) == 20
    assert {v[1] for v in done.values()} == {"ok"}
    assert max(v[2] for v in done.values()) >= 5, "no visitor was told a place in the queue"
    order = sorted(done, key=lambda n: done[n][0])
    assert sum(abs(n - place) for place, n in enumerate(order)) <= 20, order
