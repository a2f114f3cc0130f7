"""With an intervention on, every panel shows the unchanged run beside it, or a chosen one: marks and numbers.

The numbers are those of two runs made here, without the page and its server.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from statistics import fmean
from typing import Any, NamedTuple, cast
from urllib.parse import quote

import pytest
import torch
import torch.nn.functional as F
from playwright.sync_api import Page, expect

import explorer
from explorer import zoo
from explorer.experiments.overview.errata.top_p import by_transformers
from explorer.experiments.systems.fp8_attention import draws
from explorer.experiments.systems.window_reach import influence
from explorer.stack.inference.decoding.beam_search import BeamSettings, beam_search, sequence_logprobs
from explorer.stack.transformer.gradient_flow import Start, gradient_flow
from explorer.stack.transformer.grouped_query import pooled
from explorer.tracing import UseExperts, capture, parse_intervention
from explorer.tracing.capturing.capture import stop_ids
from explorer.tracing.trace import Trace
from explorer.zoo.companions import companion
from explorer.zoo.model import Model
from tests.browser.axe import audited
from tests.browser.conftest import PATIENCE, ready
from tests.browser.streams import load_anew
from tests.browser.test_tasks import PROMPT

#: Without its strongest head the model writes other tokens from position 17 on.
LINK = PROMPT + "&new=6&do=ablate:29.1"
AT, PARTED = 13, "The unchanged run has other tokens up to this position, so the two cannot be compared here."


class Runs(NamedTuple):
    base: Trace
    changed: Trace
    shared: int
    target: int


@pytest.fixture(scope="module")
def runs(model: Model) -> Runs:
    text, off = "When Mary and John went to the store, John gave a drink to", (parse_intervention("ablate:29.1"),)
    base = explorer.trace(model, text, 6, temperature=0.0)
    changed = explorer.trace(model, text, 6, temperature=0.0, interventions=off)
    shared = int((base.ids == changed.ids).int().cumprod(0).sum())
    assert shared == 17
    return Runs(base, changed, shared, int(changed.logits[AT].argmax()))


def numbers(page: Page, selector: str, name: str) -> list[float]:
    return page.eval_on_selector_all(selector, f"all => all.map((e) => +e.dataset.{name})")


@pytest.mark.thorough
def test_residual_stream(open_page: Callable[..., Page], runs: Runs, model: Model) -> None:
    page = open_page(LINK + "&panel=residual_stream")
    base, changed, label = runs.base, runs.changed, model.vocabulary.label
    before, now = (t.logit_lens(5).ids[:, : runs.shared, 0] for t in (base, changed))
    moved = before != now  # depth pos
    assert moved.any()
    lens = page.locator("#residual_stream-lens")
    expect(lens.locator("[data-changed]")).to_have_attribute("data-changed", str(int(moved.sum())))
    expect(lens).to_contain_text("From position 17 on the unchanged run wrote other tokens")
    expect(lens.locator(".mark.changed")).to_be_visible()

    at = int(moved[-1].nonzero()[0])  # a cell of the last depth, reached with the keyboard
    grid = lens.locator("canvas")
    grid.focus()
    for key in ["ArrowDown"] + ["ArrowLeft"] * (AT - at):
        grid.press(key)
    said = page.locator("#tip")
    expect(said).to_contain_text(f"was {label(int(before[-1, at]))}")
    expect(said).to_contain_text(f"now {label(int(now[-1, at]))}")
    was = float(base.logits[at].double().softmax(-1).max())
    shown = re.search(r"was [^\n]*?([\d.]+) %", said.inner_text().replace("\n", " "))
    assert shown
    assert float(shown.group(1)) == pytest.approx(100 * was, abs=0.1)

    line = page.locator("#residual_stream-rank .baseline")
    expect(line).to_have_attribute("data-rank", str(int(base.rank(AT, runs.target)[-1])))
    p = float(base.logits[AT].double().softmax(-1)[runs.target])
    assert numbers(page, "#residual_stream-rank .baseline", "p") == [pytest.approx(p, abs=1e-4)]
    expect(page.locator("#residual_stream-rank .baselabel")).to_contain_text("unchanged")
    expect(page.locator("#residual_stream-waterfall")).to_contain_text("in the unchanged run its lead is")
    length = float(base.resid_post[-1, AT].norm())
    drawn = numbers(page, "#residual_stream-norms .baseline[data-stream]", "stream")
    assert drawn == [pytest.approx(length, rel=1e-3)]
    assert page.locator("#residual_stream-norms .baseline").count() == 3


@pytest.mark.thorough
def test_sampling(open_page: Callable[..., Page], runs: Runs) -> None:
    page = open_page(LINK + "&panel=sampling")
    before, now = (t.logits[AT].double().log_softmax(-1) for t in (runs.base, runs.changed))
    kl = float((before.exp() * (before - now)).sum())
    assert numbers(page, "#sampling-stages [data-kl]", "kl") == [pytest.approx(kl, abs=1e-4)]
    rows = page.locator("#sampling-stages .token-row")
    marks = numbers(page, "#sampling-stages .token-row .basemark", "p")
    assert len(marks) == rows.count() > 20
    ids = numbers(page, "#sampling-stages .token-row", "id")
    expected = before.exp()[torch.tensor(ids).long()].tolist()
    assert marks == pytest.approx(expected, abs=1e-4)
    rows.first.click()
    expect(page.locator("#sampling-stages .chosen")).to_contain_text(f"unchanged {100 * expected[0]:.1f} %")


@pytest.mark.thorough
def test_heads_and_causes(open_page: Callable[..., Page], runs: Runs, model: Model) -> None:
    page = open_page(LINK + "&panel=heads_and_causes")
    expect(page.locator("#heads_and_causes-scatter tbody tr").first).to_be_visible(timeout=PATIENCE)
    shares = runs.base.attribution(AT, runs.target).heads
    tail = numbers(page, "[data-tail='L29.H1']", "before")
    assert tail == [pytest.approx(float(shares[29, 1]), abs=1e-3)]
    names = [name.strip() for name in page.locator("#heads_and_causes-scatter tbody td:first-child").all_inner_texts()]
    places = [map(int, re.findall(r"\d+", name)) for name in names]
    listed = [float(shares[layer, head]) for layer, head in places]
    assert numbers(page, "#heads_and_causes-scatter tbody [data-before]", "before") == pytest.approx(listed, abs=1e-3)
    expect(page.get_by_role("button", name="Direct, unchanged")).to_be_visible()


def test_tokens(open_page: Callable[..., Page], runs: Runs) -> None:
    page = open_page(LINK + "&panel=tokens")
    wrote = numbers(page, "#tokens-table .chip-token.was", "id")
    assert wrote == runs.base.ids[runs.base.n_prompt :].tolist()
    assert numbers(page, "#tokens-table .chip-token.first", "id") == [
        int(runs.changed.ids[runs.shared]),
        int(runs.base.ids[runs.shared]),
    ]


@pytest.mark.thorough
def test_where_the_texts_part_it_is_said(open_page: Callable[..., Page]) -> None:
    page = open_page(LINK + "&panel=residual_stream&pos=18")
    for view in ("rank", "waterfall", "norms"):
        expect(page.locator(f"#residual_stream-{view}")).to_contain_text(PARTED)
    assert page.locator(".baseline").count() == 0
    for panel, view in (("Sampling", "sampling-stages"), ("Walk", "walk-river"), ("Attention", "attention-head")):
        page.get_by_role("tab", name=panel, exact=True).click()
        expect(page.locator(f"#{view}")).to_contain_text(PARTED, timeout=PATIENCE)
    assert page.locator(".basemark").count() == 0


def test_without_interventions_nothing_is_compared(open_page: Callable[..., Page]) -> None:
    page = open_page(PROMPT + "&new=2&panel=residual_stream")
    assert page.locator(".baseline").count() == 0
    assert page.locator(".mark:is(.other-run, .changed, .dashed):visible, .basenote:visible").count() == 0


def test_a_run_of_this_browser_stands_beside_the_page_in_every_panel(open_page: Callable[..., Page]) -> None:
    """Chosen from the history, seen in attention and in the walk, kept by the link, and taken away."""
    begin, end, model = "In the beginning God made", "In the beginning man made", zoo.load("six-kinds-dense")
    open_page("explorer/glossary.html", wait=False)  # a test's first page has what others have run; these have not
    page = open_page(f"?model=six-kinds-dense&text={quote(end)}&new=0&panel=attention&pos=4&layer=1&head=1")
    page.wait_for_function("() => localStorage['explorer.runs']", timeout=PATIENCE)
    page.locator("#prompt textarea").fill(begin)
    page.locator("#prompt textarea").press("Control+Enter")
    page.wait_for_function(f"() => explorer.store.run.text === '{begin}'", timeout=PATIENCE)
    ready(page)
    wall = page.locator("#attention-wall")
    wall.get_by_role("button", name=re.compile("^Compare ")).click()
    page.get_by_role("button", name=f"Compare {end} with the run on the page").click()
    expect(wall.locator(".pcompared")).to_contain_text("“man” in place of “God”", timeout=PATIENCE)
    one, other = (explorer.trace(model, text, 0) for text in (begin, end))
    apart = (one.pattern - other.pattern).clamp_min(0).sum(-1).mean()
    assert numbers(page, "#attention-wall [data-apart]", "apart") == [pytest.approx(float(apart), abs=1e-5)]
    expect(wall.locator(".proof", has_text="The painted differences add up")).to_have_attribute("data-ok", "true")
    row = (one.pattern - other.pattern)[1, 1, 4].clamp_min(0).sum()
    assert numbers(page, "#attention-head [data-apart]", "apart") == [pytest.approx(float(row), abs=1e-5)]
    audited(page, "#attention-wall")
    assert page.url.count("with=") == 1
    reads = page.locator("#attention-reads")
    expect(reads.locator(".proof", has_text="The largest painted difference")).to_have_attribute("data-ok", "true")
    expect(reads.locator(".basenote")).to_contain_text(re.compile(r"The runs differ most in block \d"))
    audited(page, "#attention-reads")

    page.get_by_role("tab", name="Tokens", exact=True).click()
    expect(page.locator("#tokens-table .pcompared")).to_be_visible(timeout=PATIENCE)
    p, q = (each.logits.double().softmax(-1) for each in (one, other))
    shares = (p - q).clamp_min(0).sum(-1).tolist()
    assert numbers(page, "#tokens-table [data-apart]", "apart") == pytest.approx(shares, abs=1e-4)
    most = max(range(len(shares)), key=shares.__getitem__)
    expect(page.locator("#tokens-table .basenote")).to_contain_text(f"at position {most}: {100 * shares[most]:.1f} %")

    added = page.locator("#tokens-chat .basenote")
    expect(added).to_contain_text(
        f"has no template; its prompt has {len(other)} tokens. In this run, there is no template"
    )

    page.evaluate("name => explorer.ctx.go(name)", "flash_tiles")
    expect(page.locator("#flash_tiles-questions .pcompared")).to_have_text(
        "This view shows one run only.", timeout=PATIENCE
    )
    page.evaluate("name => explorer.ctx.go(name)", "tokens")  # and back to this chapter's tabs

    page.get_by_role("tab", name="Walk", exact=True).click()
    river = page.locator("#walk-river")
    expect(river.locator(".pcompared")).to_be_visible(timeout=PATIENCE)
    target = int(one.logits[4].argmax())
    there = other.attribution(4, target).lead
    moved = one.attribution(4, target).lead - there
    summed = river.locator(".proof", has_text="add up to the difference of both runs' leads")
    expect(summed).to_contain_text(f"{moved:+.4f}".replace("-", "−"))
    expect(summed).to_have_attribute("data-ok", "true")
    expect(river).to_contain_text(f"other run {there:.3f}")
    load_anew(page)
    ready(page)
    expect(river.locator(".pcompared")).to_contain_text("“man” in place of “God”")
    river.get_by_role("button", name="Remove").click()
    ready(page)
    expect(page.locator(".pcompared")).to_have_count(0)
    expect(river).not_to_contain_text("other run")
    assert "with=" not in page.url


def felt(model: Model, there: Trace) -> float:
    """How far the token at position 1 is felt after the last of blocks that look two tokens back."""
    made = influence(model.decoder.with_windows((2,) * model.dims.n_layers), there.ids, 1)
    return float((made.change[-1] >= 0.01).nonzero().max())


def pooled_loss(model: Model, there: Trace) -> float:
    """Of the text, with the keys and values of all heads averaged into one."""
    logits = pooled(model.decoder, 1)(there.ids[None])[0]
    return float(F.cross_entropy(logits[:-1], there.ids[1:]))


def last_gradient(_: Model, there: Trace) -> float:
    """Of W_out in the last of 24 blocks, norm before, over four draws."""
    ids = there.ids.unique(return_inverse=True)[1]
    draws = (torch.Generator().manual_seed(draw) for draw in range(4))
    start = Start(24, int(ids.max()) + 1)
    return fmean(float(gradient_flow(start, "pre", ids, each, check=False).w_out[-1]) for each in draws)


def loss_of_one_expert(model: Model, there: Trace) -> float:
    """With one expert a token, put on the intervention stack."""
    again = capture(model, replace(there.key, interventions=(UseExperts(None, 1),)))
    return float(F.cross_entropy(again.logits[:-1], there.ids[1:]))


def experts_met(_: Model, there: Trace) -> float:
    assert there.expert_weights is not None
    return float((there.expert_weights[1] > 0).any(0).sum())


def ahead(_: Model, there: Trace) -> float:
    """Share of the encoder's attention on later tokens."""
    pattern = cast(Any, companion("minilm-l6")).read([there.key.text]).pattern()
    return float(pattern.triu(1).sum() / pattern.sum())


def best_total(model: Model, there: Trace) -> float:
    """Log-probability of the best of four beams after three steps, read again in one pass."""
    stops = stop_ids(model)
    best = beam_search(model.decoder, there.ids.tolist(), BeamSettings(4, 3), stops).hypotheses[0]
    return float(sequence_logprobs(model.decoder, there.ids.tolist(), best.ids).sum())


def scores_turned(_: Model, there: Trace) -> float:
    """What eight bits do to the scores of L1.H0, turned: by torch's own rounding, a scale for the whole short text."""
    q, k = (x[1, :, 0] for x in (there.rot_q, there.rot_k))
    q, k = (draws(q.shape[-1])[0](x) for x in (q, k))
    scales = [x.abs().max() / 448 for x in (q, k)]
    rounded = [(x / s).to(torch.float8_e4m3fn).float() * s for x, s in zip((q, k), scales, strict=True)]
    scores = q.double() @ k.double().T
    return float((rounded[0].double() @ rounded[1].double().T - scores).norm() / scores.norm())


def misplaced(_: Model, there: Trace) -> float:
    """Share of the probability at position 1 that the reference's code puts on other tokens."""
    kept = by_transformers(there.logits[1].float(), 0.7, 50, 0.9)
    order = kept.argsort(descending=True, stable=True)
    wrong = torch.zeros_like(kept)
    wrong[order.argsort()] = kept[order]
    return float((kept - wrong).abs().sum() / 2)


def row_ends(_: Model, there: Trace) -> float:
    """L of the row of L1.H0 at position 1, from the run's own queries and keys."""
    q, k = there.rot_q[1, 1, 0].double(), there.rot_k[1, :2, 0].double()
    return float(torch.logsumexp(k @ q * there.readout.scaling[1], 0))


def kept_bytes(_: Model, there: Trace) -> float:
    """Of standard attention: Q, K, V and the square P, in float32."""
    n, d = len(there.tokens), there.dims.d_head
    return 4.0 * (3 * n * d + n * n)


def sent_bytes(_: Model, there: Trace) -> float:
    """By formula, of as many ranks as the page shows: 2 b (N − n) forward, 2 b (N − n) + 2 b N backward, each."""
    n, row, ranks = len(there.tokens), 4 * there.dims.d_head, 4
    return 2.0 * row * (2 * (ranks * n - n) + ranks * n)


#: A view that is measured, the number that it shows of the second run, and that number computed here.
QUICK = {
    "window_reach-cone": ("felt", felt),
    "online_softmax-row": ("lse", row_ends),
    "flash_backward-kept": ("standard", kept_bytes),
    "positions-scaling": ("length", lambda _, there: len(there.tokens)),
    "grouped_query-pooled": ("loss", pooled_loss),
    "counterfactuals-counts": ("was", loss_of_one_expert),
    "beam_search-tree": ("total", best_total),
}
SECONDS = {
    "norms-gradients": ("last", last_gradient),
    "three_shapes-shapes": ("ahead", ahead),
    "moe_cost-reading": ("read", experts_met),
    "fp8_attention-turned": ("scores", scores_turned),
    "ring_attention-steps": ("bytes", sent_bytes),
    "errata-top_p": ("distance", misplaced),
}


@pytest.mark.thorough
@pytest.mark.parametrize("views", [QUICK, SECONDS], ids=["quick", "more"])
def test_measured_views_show_the_second_run(
    open_page: Callable[..., Page], views: dict[str, tuple[str, Callable[[Model, Trace], float]]]
) -> None:
    name, begin, end = "six-kinds-moe", "In the beginning God made the earth", "In the beginning man made the sea"
    model = zoo.load(name)
    there = explorer.trace(model, end, 0)
    second = quote(f"model={name}&text={quote(end)}&new=0", safe="")
    few = "window_reach.window=2&beam_search.steps=3&online_softmax.head=selected"
    link = f"?model={name}&text={quote(begin)}&new=0&pos=1&layer=1&head=0&{few}&with={second}"
    page = open_page(link + f"&panel={next(iter(views)).partition('-')[0]}", wait=False)
    page.wait_for_function("() => window.explorer?.store.run", timeout=PATIENCE)
    for place, (attribute, expected) in views.items():
        panel, view = place.split("-")
        page.evaluate("name => explorer.ctx.go(name)", panel)
        shown = page.locator(f"#{panel}-{view}")
        number = f".basenote [data-{attribute}], .loss-lane [data-{attribute}]"
        expect(shown.locator(".proof").first).to_be_attached(timeout=PATIENCE)  # what is whole has its checks
        expect(shown.locator(".pcompared")).to_contain_text("“man sea” in place of “God earth”")
        found = float(shown.locator(number).first.get_attribute(f"data-{attribute}") or "nan")
        assert found == pytest.approx(expected(model, there), rel=1e-3), place
        audited(page, f"#{place}")
