"""The page has the tables of the server, and nothing in them ends the element that they lie in."""

from __future__ import annotations

import json
import re
from pathlib import Path

from explorer.shell import page, tables
from explorer.stack.inference.sampler_settings import SETTINGS, STAGE_NAMES

ASSETS = Path(page.__file__).parents[2] / "assets"


def test_the_head_holds_them() -> None:
    (held,) = re.findall(r'<script type="application/json" id="explorer-tables">(.*)</script>', page.head("/explorer"))
    assert "<" not in held
    read = json.loads(held)
    assert read["settings"] == tables.settings_for_the_page()
    assert [each["name"] for each in read["settings"]] == [each.name for each in SETTINGS]
    assert read["selection"] == tables.selection_for_the_page()
    assert read["stages"] == list(STAGE_NAMES)


def test_no_script_of_the_page_has_a_list_of_its_own() -> None:
    """A setting is read (s.presence_penalty), and nowhere a key or a text."""
    names = "|".join(each.name for each in SETTINGS if each.name.endswith("_penalty"))
    listed = re.compile(rf"""["'](?:{names})["']|\b(?:{names})\s*:""")
    for script in ASSETS.rglob("*.js"):
        assert not listed.findall(script.read_text(encoding="utf-8")), script
