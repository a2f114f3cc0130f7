"""How a head is called, wherever a person reads of one: its block and its number in it, both counted from 0.

The page's twin is `headName` in `assets/kit/numbers/format.js`; nothing else puts the name together.
"""

from __future__ import annotations


def head_name(layer: int, head: int) -> str:
    """
    >>> head_name(23, 0)
    'L23.H0'
    """
    return f"L{layer}.H{head}"
