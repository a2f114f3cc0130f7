"""How the sites of a large crawl dress a page: styles, scripts, menus, lists of other pages, a banner, a foot.

Much of a real page is no text. A site's pages are alike but for their list of other pages; the dress is a function of
the page's address.
"""

from __future__ import annotations

import random
from html import escape

SECTIONS = (
    "News", "Travel", "Gardens", "History", "Sport", "Music", "Science", "Letters", "Weather", "Recipes", "Markets",
    "Maps", "Archive", "About us", "Contact", "Imprint",
)  # fmt: skip
_WORDS = (
    "harbour", "winter", "bridge", "orchard", "summer", "market", "village", "theatre", "railway", "garden", "museum",
    "valley", "captain", "library", "festival", "lighthouse", "mountain", "kitchen", "teacher", "river",
)  # fmt: skip
FOOT = "All rights reserved. By reading this page you agree to our terms of use."
_COLOURS = ("#204060", "#602040", "#206040", "#604020")
_RULES = (
    "nav",
    "nav ul",
    "nav li",
    "aside",
    "aside h4",
    "article",
    "article p",
    "footer",
    ".banner",
    ".card",
    ".share a",
)
_SCRIPT = (
    "(function(w,d){{w.site=w.site||{{}};w.site.name='{site}';w.site.queue=w.site.queue||[];"
    "d.addEventListener('DOMContentLoaded',function(){{var b=d.querySelector('.banner');"
    "if(b&&!w.localStorage.getItem('seen')){{b.hidden=false;}}}});}})(window,document);"
)


def dressed(site: str, url: str, title: str, body: str) -> str:
    """The page as its site serves it; `body` is HTML already."""
    own, page = random.Random(site), random.Random(url)  # noqa: S311 - looks, not secrets
    others = "".join(_card(page) for _ in range(8))
    return (
        f'<!DOCTYPE html>\n<html lang="en"><head>{_head(own, site, url, title)}</head>\n<body class="page">\n'
        f'<header><a class="logo" href="/"><img src="/logo.svg" alt="{site}" width="120" height="40"></a>'
        f"{_menu(own)}</header>\n"
        f'<main><article class="post" itemscope><h1>{escape(title)}</h1>\n{body}\n{_share()}</article>\n'
        f"<aside><h4>More from {site}</h4>{others}</aside></main>\n"
        f'<div class="banner" hidden><p>We use cookies to count visits.</p><button type="button">Agree</button></div>\n'
        f"<footer>{_menu(own)}<p>{site}: {FOOT}</p></footer>\n"
        "</body></html>\n"
    )


def _head(own: random.Random, site: str, url: str, title: str) -> str:
    said = escape(title, quote=True)
    rules = "".join(
        f"{rule}{{color:{own.choice(_COLOURS)};margin:{own.randint(0, 24)}px;padding:{own.randint(0, 12)}px;"
        f"font-size:{own.randint(12, 20)}px;line-height:1.{own.randint(2, 6)}}}"
        for rule in _RULES
    )
    return (
        f'<meta charset="utf-8"><title>{said}</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<link rel="canonical" href="{url}"><meta property="og:title" content="{said}">'
        f'<meta property="og:site_name" content="{site}"><meta property="og:url" content="{url}">'
        f"<style>{rules}</style><script>{_SCRIPT.format(site=site)}</script>"
    )


def _menu(own: random.Random) -> str:
    chosen = own.sample(SECTIONS, 9)
    entries = "".join(
        f'<li class="menu-item"><a href="/{name.lower().replace(" ", "-")}/">{name}</a></li>' for name in chosen
    )
    return f"<nav><ul>{entries}</ul></nav>"


def _card(page: random.Random) -> str:
    words = page.sample(_WORDS, 3)
    path = "-".join(words)
    return (
        f'<div class="card"><a href="/{path}">'
        f'<img src="/thumbs/{path}.jpg" alt="" loading="lazy" width="160" height="90">'
        f"<span>The {words[0]} of the {words[1]} {words[2]}</span></a></div>"
    )


def _share() -> str:
    return (
        '<div class="share"><a rel="nofollow" href="/share?by=mail">Share</a> '
        '<a rel="nofollow" href="/print">Print</a> '
        '<a rel="nofollow" href="/save">Save</a></div>'
    )
