"""What an address alone says: blocked domains and addresses, and words in them.

RefinedWeb's rules (Penedo et al. 2023, arXiv 2306.01116, appendix G.1) in datatrove's order. The lists are arguments:
whoever has a list of domains brings it. A registered domain is here the last two labels of the host; a library with the
public suffix list knows "co.uk" as well.

>>> rules = UrlRules(domains=frozenset({"spam.test"}), hard=frozenset({"casino"}), soft=frozenset({"free", "win"}))
>>> [rules.read(url).reason for url in ("https://a.spam.test/", "https://x.test/casino-1", "https://x.test/win-free")]
['domain', 'hard_blacklisted', 'soft_blacklisted']
>>> rules.read("https://x.test/wins/free").reason, rules.read("https://x.test/wins/free").soft
('', ('free',))
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

_BETWEEN = re.compile(r"[^a-zA-Z0-9]+")


@dataclass(frozen=True)
class UrlReading:
    """What the rules say of one address."""

    reason: str
    """Of its removal; empty where it is kept."""
    words: tuple[str, ...]
    """Its pieces of letters and digits."""
    soft: tuple[str, ...]
    """Those of them that count only together."""


@dataclass(frozen=True)
class UrlRules:
    """The lists, and how many soft words remove an address."""

    domains: frozenset[str] = frozenset()
    urls: frozenset[str] = frozenset()
    hard: frozenset[str] = frozenset()
    soft: frozenset[str] = frozenset()
    subwords: frozenset[str] = frozenset()
    soft_words: int = 2

    def read(self, url: str) -> UrlReading:
        """By the first rule that removes it. An address that cannot be parsed is removed as such."""
        words = tuple(word for word in _BETWEEN.split(url) if word)
        soft = tuple(sorted(self.soft.intersection(words)))
        try:
            host = urlsplit(url).hostname or ""
        except ValueError:
            return UrlReading("unreadable", words, soft)
        plain = _BETWEEN.sub("", url).lower()
        tests = (
            ("domain", ".".join(host.split(".")[-2:]) in self.domains),
            ("subdomain", host in self.domains),
            ("url", url in self.urls),
            ("hard_blacklisted", bool(self.hard.intersection(words))),
            ("soft_blacklisted", len(soft) >= self.soft_words),
            ("blacklisted_subword", any(part in plain for part in self.subwords)),
        )
        return UrlReading(next((name for name, removes in tests if removes), ""), words, soft)
