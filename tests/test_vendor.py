"""The bundles that the page loads are those of the versions in package.json, and bring their licences."""

from __future__ import annotations

import json
import re

from tests.conftest import ROOT

VENDOR = ROOT / "assets" / "vendor"


def test_the_licences_name_what_is_bundled_in_its_version() -> None:
    licences = dict(re.findall(r"^(\S+) (\d+\.\d+\.\d+) \([^)]+\)$", (VENDOR / "LICENCES.txt").read_text(), re.M))
    wanted = json.loads((ROOT / "package.json").read_text())["devDependencies"]
    entries = "".join(path.read_text() for path in VENDOR.glob("*.entry.js"))
    bundled = set(re.findall(r'from "([^"/.][^"/]*)', entries))
    assert bundled >= {"d3-scale", "lit-html"}
    assert {name: licences.get(name) for name in bundled} == {name: wanted[name] for name in bundled}, "make vendor"


def test_the_bundles_bring_no_way_to_write_markup() -> None:
    assert "unsafeHTML" not in (VENDOR / "lit.entry.js").read_text()
    assert not re.search(r"\beval\(|new Function\(", "".join(p.read_text() for p in VENDOR.glob("*.js")))
