"""Links and the page's messages, fuzzed: each is read, or refused with a sentence; nothing else is raised.

EXPLORER_FUZZ=100000 tries so many of each.
"""

from __future__ import annotations

import json
import os
from contextlib import suppress
from typing import Any
from urllib.parse import urlencode

from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.errors import ExplorerError
from explorer.shell.envelope.request import Wish
from explorer.shell.page.sidebar import restore
from explorer.shell.service import completed
from explorer.tracing import TraceKey

EXAMPLES = int(os.environ.get("EXPLORER_FUZZ", "150"))
NAMES = ["model", "text", "chat", "new", "T", "k", "p", "minp", "rep", "typ", "order", "seed", "force", "do", "pos"]
TEXTS = st.text(max_size=40) | st.sampled_from(
    ["1", "-1", "nan", "1e999", "0:1", "ablate:0.0", "${x}", "<b>", "\ud800"]
)
PAIRS = st.lists(st.tuples(st.sampled_from(NAMES), TEXTS), max_size=8)
LINKS = st.text(max_size=200) | PAIRS.map(lambda pairs: urlencode(pairs, errors="surrogatepass"))
JSON: Any = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)
FIELDS = st.dictionaries(st.sampled_from([*Wish.model_fields, "other"]), JSON, max_size=6)


@settings(max_examples=EXAMPLES)
@given(link=LINKS)
def test_a_link_is_read_or_refused_with_a_sentence(link: str) -> None:
    assert len(restore(link)) > 5  # a bad one leaves the defaults
    with suppress(ExplorerError):
        key = TraceKey.parse(completed(link))
        assert TraceKey.parse(key.query()) == key


@settings(max_examples=EXAMPLES)
@given(message=FIELDS | JSON)
def test_a_message_of_the_page_is_read_or_refused_with_a_sentence(message: Any) -> None:
    with suppress(ExplorerError):
        json.dumps(Wish.read(json.dumps(message)).model_dump(), allow_nan=False).encode()
