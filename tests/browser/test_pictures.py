"""A saved picture beside the page that it was taken of: the same marks, fields and words, at the same places."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageChops
from playwright.sync_api import Locator, Page

from tests.browser.conftest import PATIENCE

Open = Callable[..., Page]
SMALL = "?model=six-kinds-dense&text=And%20it%20came%20to%20pass&new=3&seed=1"
MIXTURE = "?model=six-kinds-moe&text=And%20it%20came%20to%20pass&new=3&seed=1"
#: what is pressed is left out of a picture, and the page's own status lies above a view without being part of it
PRESSED = ".btn, .stepper, .modebar-container, .presets, #runstate { visibility: hidden !important }"
EDGE = 20
#: pixels a side of what is compared, and levels of 255 by which their means may differ: letters lie a fraction apart
BLOCK, LEVELS = 8, 40
#: a share of all blocks: arrows and ticks are the browser's own, and a line of small print may stand apart (0 to 0.28 %
#: were measured; the smear of a table makes 1.7 %; what is chosen in lists is held by a test of its own)
FEW = 0.001
SVG = "{http://www.w3.org/2000/svg}"


def saved(view: Locator, name: str) -> Path:
    view.get_by_role("button", name="Export").click()
    with view.page.expect_download() as download:
        view.get_by_role("menuitem", name=name).click()
    return download.value.path()


def seen(body: Locator) -> Image.Image:
    """The view on the page, without what is pressed."""
    page = body.page
    style = page.add_style_tag(content=PRESSED)
    page.mouse.move(0, 0)
    page.evaluate("scrollTo(0, 0)")
    taken = page.screenshot(full_page=True, clip=body.bounding_box())
    style.evaluate("each => each.remove()")
    return Image.open(BytesIO(taken)).convert("RGB")


def drawn(page: Page, drawing: str) -> tuple[Image.Image, tuple[float, float]]:
    """A saved drawing as the browser shows it, and where the view begins in it."""
    root = ET.fromstring(drawing)
    width, height = (int(root.attrib[name]) for name in ("width", "height"))
    other = page.context.new_page()
    other.set_viewport_size({"width": width, "height": height})
    other.set_content(f"<style>body {{ margin: 0 }} svg {{ display: block }}</style>{drawing}")
    other.evaluate("document.fonts.ready")
    taken = Image.open(BytesIO(other.screenshot())).convert("RGB")
    reach = other.evaluate(
        "Math.max(...[...document.querySelectorAll('text')].map(t => t.getBoundingClientRect().right))"
    )
    other.close()
    assert reach <= width, "a text is longer than the picture is wide"
    place = next(group for group in root.findall(f"{SVG}g")).attrib["transform"]
    left, top = place.removeprefix("translate(").removesuffix(")").split()
    return taken, (float(left), float(top))


def blocks(picture: Image.Image) -> np.ndarray:
    """The mean colour of each block."""
    pixels = np.asarray(picture, dtype=float)
    rows, columns = (size // BLOCK for size in pixels.shape[:2])
    return pixels[: rows * BLOCK, : columns * BLOCK].reshape(rows, BLOCK, columns, BLOCK, 3).mean((1, 3))


def apart(one: Image.Image, other: Image.Image) -> float:
    """The share of blocks that are not alike, wherever within a pixel the other's letters stand."""
    near = [ImageChops.offset(other, across, down) for across in (-1, 0, 1) for down in (-1, 0, 1)]
    differences = [np.abs(blocks(one) - blocks(each)).max(-1) for each in near]
    return float((np.min(differences, axis=0) > LEVELS).mean())


def drawn_on(page: Page, name: str) -> None:
    page.locator(f"#{name}[data-ready='1']").wait_for(timeout=PATIENCE)


def held(page: Page, name: str) -> None:
    view = page.locator(f"#{name}")
    on_page = seen(view.locator(".pbody"))
    picture, (left, top) = drawn(page, saved(view, "Picture, SVG").read_text(encoding="utf-8"))
    there = picture.crop((round(left), round(top), round(left) + on_page.width, round(top) + on_page.height))
    share = apart(on_page, there)
    assert share < FEW, f"{name}: {100 * share:.2f} % of the picture differ from the page"
    blank = Image.new("RGB", on_page.size, on_page.getpixel((0, on_page.height - 1)))
    assert apart(on_page, blank) > 2 * FEW, f"{name}: there is something on the page to compare"


@pytest.mark.thorough
@pytest.mark.parametrize("dark", [False, True])
def test_frames_hatches_ramps_and_fields_are_in_the_picture(open_page: Open, dark: bool) -> None:
    page = open_page(SMALL + "&panel=flash_tiles&flash_tiles.step=3", dark=dark)
    held(page, "flash_tiles-tiles")
    page = open_page("?panel=memory_calculator", dark=dark, wait=False)
    for view in ("fit", "budget", "table"):  # not the last, which is measured
        drawn_on(page, f"memory_calculator-{view}")
        held(page, f"memory_calculator-{view}")
    page = open_page(SMALL + "&panel=quantized_matrix", dark=dark)
    held(page, "quantized_matrix-cells")


@pytest.mark.parametrize(
    ("panel", "views"),
    [
        ("sampling", ["stages"]),
        pytest.param("routing", ["load"], marks=pytest.mark.thorough),
        pytest.param("attention", ["wall", "head"], marks=pytest.mark.thorough),
        pytest.param("walk", ["river"], marks=pytest.mark.thorough),
        pytest.param("residual_stream", ["lens", "waterfall"], marks=pytest.mark.thorough),
        pytest.param("positions", ["rotation", "maps", "scaling"], marks=pytest.mark.thorough),
        pytest.param("online_softmax", ["row"], marks=pytest.mark.thorough),
        pytest.param("bpe_encoding", ["steps"], marks=pytest.mark.thorough),
    ],
)
def test_other_views_are_in_their_pictures(open_page: Open, panel: str, views: list[str]) -> None:
    page = open_page(f"{MIXTURE}&panel={panel}")
    for view in views:
        held(page, f"{panel}-{view}")


@pytest.mark.thorough
def test_a_picture_on_a_phone_and_in_pixels(open_page: Open) -> None:
    page = open_page(MIXTURE + "&panel=routing", width=390)
    held(page, "routing-matrix")
    page = open_page(SMALL + "&panel=quantized_matrix", width=390)
    held(page, "quantized_matrix-cells")
    view = page.locator("#quantized_matrix-cells")
    drawing = saved(view, "Picture, SVG").read_text(encoding="utf-8")
    picture, _ = drawn(page, drawing)
    pixels = Image.open(BytesIO(saved(view, "Picture, PNG").read_bytes())).convert("RGB")
    assert pixels.size == (2 * picture.width, 2 * picture.height)
    assert apart(picture, pixels.resize(picture.size, Image.Resampling.BOX)) < FEW


def test_what_is_chosen_stands_in_the_picture(open_page: Open) -> None:
    page = open_page("?panel=memory_calculator", wait=False)
    drawn_on(page, "memory_calculator-fit")
    view = page.locator("#memory_calculator-fit")
    drawing = ET.fromstring(saved(view, "Picture, SVG").read_text(encoding="utf-8"))
    words = {"".join(text.itertext()) for text in drawing.iter(f"{SVG}text")}
    for chosen in view.locator("select").evaluate_all("all => all.map(each => each.selectedOptions[0].textContent)"):
        assert any(text.rstrip("…") and chosen.strip().startswith(text.rstrip("…")) for text in words), chosen
    assert "Try" not in words, "what one presses is left out, and so is its name"
