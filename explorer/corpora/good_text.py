"""Texts that quality judges are asked about: two held-out passages, a poem, an index, and two pages that are planted.

    text_of("poem")  ->  "Tyger Tyger, burning bright,..."

The passages are the last excerpts of their kinds, which `HELD_OUT` names: what is trained on the passages here leaves
them out.
"""

from __future__ import annotations

from functools import cache
from pydoc_data import topics

from explorer.corpora import crawl, passages

#: The excerpt of each kind that is held out.
HELD_OUT = -1
NAMES = ("prose", "poem", "index", "code", "spam", "keywords", "French")
#: The crawl that what is planted is taken from.
_PAGES, _SEED = 200, 1
#: William Blake, The Tyger (1794), in the public domain.
_POEM = """\
Tyger Tyger, burning bright,
In the forests of the night;
What immortal hand or eye,
Could frame thy fearful symmetry?

In what distant deeps or skies,
Burnt the fire of thine eyes?
On what wings dare he aspire?
What the hand, dare seize the fire?

And what shoulder, & what art,
Could twist the sinews of thy heart?
And when thy heart began to beat,
What dread hand? & what dread feet?

What the hammer? what the chain,
In what furnace was thy brain?
What the anvil? what dread grasp,
Dare its deadly terrors clasp!

When the stars threw down their spears
And water'd heaven with their tears:
Did he smile his work to see?
Did he who made the Lamb make thee?

Tyger Tyger burning bright,
In the forests of the night:
What immortal hand or eye,
Dare frame thy fearful symmetry?
"""


@cache
def text_of(name: str) -> str:
    """The example of that name."""
    if name == "poem":
        return _POEM
    if name == "index":
        return "\n".join(f"- {each}" for each in sorted(topics.topics))
    if name in ("spam", "keywords"):
        return next(page.text for page in crawl.pages(_PAGES, _SEED) if page.kind == name)
    kind = {"prose": "encyclopaedia", "code": "Python"}.get(name, name)
    return next(each for each in passages.read() if each.kind == kind).excerpts[HELD_OUT].text
