"""Context and continuation as tokens: where one ends and the other begins, by lm-eval's rule.

A tokenizer does not cut where a prompt ends: "Answer:" + " yes" may join in a token, and a space at the end of a prompt
is a token of its own that the model never saw before a word. lm-eval (Gao et al. 2021) therefore

1. moves trailing white space of the context to the continuation,
2. encodes the whole, and takes what follows the first ``len(encode(context))`` tokens as the continuation,
3. puts a prefix token, BOS or else EOS, before a continuation without a context; if the continuation begins with that
   very token, it serves as the context itself.

Worked example, with a tokenizer that knows "a ", " b" and single characters:

>>> from types import SimpleNamespace
>>> import re
>>> found = {"a ": 1, " b": 2, "a": 3, "b": 4, " ": 5}
>>> encode = lambda text, special: [found[each] for each in re.findall("a | b|a|b| ", text)]
>>> pair(encode, "a", " b", prefix=0)  # together "a ", "b": the continuation begins within a token
([3], [4])
>>> pair(encode, "a ", "b", prefix=0)  # the space has moved: the same
([3], [4])
>>> pair(encode, "", " b", prefix=0), pair(encode, "", " bb", prefix=2)
(([0], [2]), ([2], [4]))
"""

from __future__ import annotations

from collections.abc import Callable

from explorer.errors import BadRequestError

#: (text, whether the tokenizer puts its own first and last tokens) -> ids
Encode = Callable[[str, bool], list[int]]


def pair(
    encode: Encode, context: str, continuation: str, prefix: int, *, special: bool = True, apart: bool = False
) -> tuple[list[int], list[int]]:
    """The ids of both. `special`: the tokenizer puts its own first tokens. `apart`: each is encoded by itself, which is
    not lm-eval's rule: a space at the prompt's end stays a token there.

    Raises BadRequestError for a continuation that has no token of its own.
    """
    if apart and context:
        before, after = encode(context, special), encode(continuation, False)
    elif context == "":
        before, after = [prefix], encode(continuation, False)
        if after[:1] == [prefix]:
            before, after = after[:1], after[1:]
    else:
        kept = context.rstrip()
        continuation, context = context[len(kept) :] + continuation, kept
        if context == "":  # white space alone: lm-eval fails here
            return pair(encode, "", continuation, prefix)
        before, after = encode(context, special), encode(context + continuation, special)
        after = after[len(before) :]
    if not after:
        raise BadRequestError(
            f"“{continuation[:40]}” has no token of its own after “…{context[-40:]}”.",
            "The tokenizer joins it with what stands before: begin it with a space, or end the prompt otherwise.",
        )
    return before, after
