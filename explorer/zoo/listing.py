"""The shelf as a table for the terminal: what `python -m explorer models` prints."""

from __future__ import annotations

from rich.table import Table

from explorer.zoo.card import companion_cards, shelf
from explorer.zoo.loading import is_cached


def table() -> Table:
    """One row a card: size, licence, cached or not, and what the model is good for; companions last."""
    made = Table(box=None, pad_edge=False, header_style="bold")
    for column in ("name", "parameters", "download", "licence", "cached"):
        made.add_column(column, no_wrap=True, justify="right" if column in ("parameters", "download") else "left")
    made.add_column("good for", ratio=1)
    for card in (shelf() | companion_cards()).values():
        size = f"{card.download_bytes / 1e6:,.0f} MB" if card.download_bytes else "-"
        cached = "yes" if is_cached(card) else "no (opt-in)" if card.opt_in else "no"
        good_for = f"{card.summary}\n[dim]{card.weights_note}[/dim]"
        made.add_row(card.name, f"{card.parameters / 1e6:,.1f}M", size, card.licence, cached, good_for)
    return made
