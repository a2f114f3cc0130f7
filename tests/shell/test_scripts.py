"""The page's head names what the first picture needs: every script that is imported at the start, and no other."""

from __future__ import annotations

from explorer import places
from explorer.shell import page, scripts


def test_what_the_page_imports_is_asked_for_at_once() -> None:
    found = scripts.imported()
    assert found[0] == scripts.ENTRY
    assert len(set(found)) == len(found)
    assert {"shell/store.js", "kit/tooltip.js", "vendor/lit.js"} <= set(found)
    assert all((places.assets() / path).is_file() for path in found)
    head = page.head("/explorer/v1")
    assert all(f'href="/explorer/v1/{path}"' in head for path in found)


def test_the_stylesheets_come_in_one_with_the_layers_order_first() -> None:
    head = page.head("/explorer/v1")
    assert head.count('rel="stylesheet"') == 1
    assert f'href="/explorer/v1/{scripts.SHEET}"' in head
    sheet = scripts.sheet()
    positions = [sheet.index((places.assets() / path).read_text(encoding="utf-8")) for path in scripts.styles()]
    assert positions == sorted(positions)
    assert sheet.index("@layer gradio, base, kit, page;") < sheet.index("@layer base {")


def test_what_is_opened_seldom_is_loaded_when_it_is() -> None:
    assert not {f"shell/{name}.js" for name in ("picture", "source", "find", "patch")} & set(scripts.imported())
