"""What published models were trained on: shares of their sources and tokens in all, each with where it stands.

Rows were compared with reprints of the tables; Llama 3's, and GPT-3's and Chinchilla's sizes, with texts that quote
them. Gopher's shares also stand in Chinchilla's Table A1, in brackets.

>>> [round(float(sum(each.shares.values())), 1) for each in MIXES]
[101.0, 100.0, 100.0, 100.0, 100.0, 100.0]
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Mix:
    """Shares in per cent, as they are printed."""

    name: str
    source: str
    shares: Mapping[str, float | int]
    digits: int
    """Decimals of the printed shares."""
    sizes: Mapping[str, float | int] = field(default_factory=dict)
    """Tokens of a source, in billions, where they are printed."""
    epochs: Mapping[str, float | int] = field(default_factory=dict)
    """As they are printed."""
    tokens: float | int = 0
    """Of the training, in billions; 0: a data set."""


@dataclass(frozen=True)
class Size:
    """How much a model read."""

    model: str
    parameters: float | int
    """In billions."""
    tokens: float | int | None
    """In billions; None where nobody has published it."""
    reference: str
    """What the reference says."""
    source: str


#: The reference's shares of each kind, in per cent: from, to.
REFERENCE: Mapping[str, tuple[int, int]] = {
    "web text": (60, 80), "code": (5, 15), "books": (5, 10), "academic papers": (3, 5), "Wikipedia": (2, 5),
    "questions and answers": (1, 3), "mathematics": (1, 3),
}  # fmt: skip

MIXES = (
    Mix(
        "GPT-3", "Brown et al. 2020, arXiv 2005.14165, Table 2.2",
        {"Common Crawl, filtered": 60, "WebText2": 22, "Books1": 8, "Books2": 8, "Wikipedia": 3}, 0,
        {"Common Crawl, filtered": 410, "WebText2": 19, "Books1": 12, "Books2": 55, "Wikipedia": 3},
        {"Common Crawl, filtered": 0.44, "WebText2": 2.9, "Books1": 1.9, "Books2": 0.43, "Wikipedia": 3.4}, 300,
    ),
    Mix(
        "The Pile", "Gao et al. 2020, arXiv 2101.00027, Table 1",
        {
            "Pile-CC": 18.11, "PubMed Central": 14.40, "Books3": 12.07, "OpenWebText2": 10.01, "ArXiv": 8.96,
            "GitHub": 7.59, "FreeLaw": 6.12, "Stack Exchange": 5.13, "USPTO": 3.65, "PubMed abstracts": 3.07,
            "Gutenberg": 2.17, "OpenSubtitles": 1.55, "Wikipedia": 1.53, "DM Mathematics": 1.24, "Ubuntu IRC": 0.88,
            "BookCorpus2": 0.75, "EuroParl": 0.73, "Hacker News": 0.62, "YouTube subtitles": 0.60, "PhilPapers": 0.38,
            "NIH ExPorter": 0.30, "Enron emails": 0.14,
        }, 2,
    ),
    Mix(
        "Gopher", "Rae et al. 2021, arXiv 2112.11446, Table 2",
        {"MassiveWeb": 48, "Books": 27, "C4": 10, "News": 10, "GitHub": 3, "Wikipedia": 2}, 0, tokens=300,
    ),
    Mix(
        "PaLM", "Chowdhery et al. 2022, arXiv 2204.02311, Table 2",
        {
            "Social media conversations": 50, "Filtered webpages": 27, "Books": 13, "GitHub": 5, "Wikipedia": 4,
            "News": 1,
        }, 0, tokens=780,
    ),
    Mix(
        "LLaMA", "Touvron et al. 2023, arXiv 2302.13971, Table 1",
        {
            "CommonCrawl": 67.0, "C4": 15.0, "GitHub": 4.5, "Wikipedia": 4.5, "Books": 4.5, "ArXiv": 2.5,
            "Stack Exchange": 2.0,
        }, 1,
        epochs={
            "CommonCrawl": 1.10, "C4": 1.06, "GitHub": 0.64, "Wikipedia": 2.45, "Books": 2.23, "ArXiv": 1.06,
            "Stack Exchange": 1.03,
        }, tokens=1400,
    ),
    Mix(
        "Llama 3", "Dubey et al. 2024, arXiv 2407.21783, section 3.1.2",
        {"General knowledge": 50, "Mathematics and reasoning": 25, "Code": 17, "Multilingual": 8}, 0, tokens=15600,
    ),
)  # fmt: skip

SIZES = (
    Size("GPT-3", 175, 300, "300B", "Brown et al. 2020, arXiv 2005.14165, Table 2.1"),
    Size("Chinchilla", 70, 1400, "1.4T", "Hoffmann et al. 2022, arXiv 2203.15556, section 4"),
    Size("LLaMA 65B", 65.2, 1400, "1.4T", "Touvron et al. 2023, arXiv 2302.13971, Table 2"),
    Size("Llama 2 70B", 70, 2000, "2T", "Touvron et al. 2023, arXiv 2307.09288, Table 1"),
    Size("Llama 3.1 405B", 405, 15600, "15T+", "Dubey et al. 2024, arXiv 2407.21783, section 1"),
    Size("Mistral Large", 123, None, "~12T (est.)", "123 B are those of Mistral Large 2; no tokens are published"),
)


def epochs_of(mix: Mix, name: str) -> float | None:
    """How often a source was read, by its share and size; None where not all of it is printed.

    >>> round(epochs_of(MIXES[0], "WebText2"), 2)
    3.47
    """
    return mix.tokens * mix.shares[name] / 100 / mix.sizes[name] if name in mix.sizes and mix.tokens else None


def share_of(mix: Mix, name: str) -> float | None:
    """The share, in per cent, that the printed epochs ask for; None where the rounding of the printed share explains
    the difference, or nothing is to be compared.

    >>> {name: round(share, 1) for name in MIXES[0].shares if (share := share_of(MIXES[0], name))}
    {'WebText2': 18.4}
    """
    calculated = epochs_of(mix, name)
    if calculated is None or name not in mix.epochs:
        return None
    share = mix.shares[name] * mix.epochs[name] / calculated
    return share if abs(share - mix.shares[name]) > 0.5 * 10**-mix.digits else None


def beyond_rounding(mix: Mix) -> float:
    """How far the shares are from 100 %, beyond what rounding each of them can do; at most 0 where they are whole."""
    rounding = 0.5 * 10**-mix.digits * len(mix.shares)
    return abs(sum(mix.shares.values()) - 100) - rounding
