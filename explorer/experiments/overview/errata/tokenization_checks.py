"""Chapter 2 of the reference: the tokenizers' own files, and trainings of each kind on a few words."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

import numpy as np

from explorer.errors import SourceMissingError
from explorer.experiments.overview.errata.claims import Figure, Found, Ground
from explorer.experiments.overview.errata.token_claims import _held as held
from explorer.experiments.tokenization.bpe_encoding import LISTED, MISSING
from explorer.experiments.tokenization.vocabulary_kinds import BY_TIKTOKEN, MARK
from explorer.stack.tokenization import unigram_training, wordpiece_training
from explorer.stack.tokenization.bpe_training import textbook
from explorer.stack.tokenization.tokenizer import Tokenizer
from explorer.stack.tokenization.unigram import Unigram
from explorer.stack.tokenization.unigram_lattice import lattice
from explorer.zoo import tokenizers

WORDS = ("low",) * 5 + ("lower",) * 2 + ("newest",) * 6 + ("widest",) * 3
TEXT = "The quality of a tokenizer: naïve café, 東京タワー, Ελληνικά, עברית, 🙂👩‍🚀, \u0000\ufffd."
SMALL = ("gpt2", "llama2")


def _loaded(name: str) -> Tokenizer:
    if not tokenizers.is_cached(name):
        raise SourceMissingError(f"The vocabulary file of {name} is not on this machine.", "A panel fetches it.")
    return tokenizers.load(name)


def to_ids(ground: Ground) -> Found:
    vocabulary, ids = ground.model.vocabulary, ground.trace.ids[: ground.trace.n_prompt].tolist()
    again = vocabulary.encode(b"".join(vocabulary.bytes(each) for each in ids).decode())
    return Found(
        "a sequence of integers", f"{len(ids)} ids", list(again)[-len(ids):] == ids[-len(again):],
        "The prompt’s bytes, read back from its ids and tokenized once more, give the same ids.",
    )  # fmt: skip


def efficiency(_: Ground) -> Found:
    text = "Byte-pair encoding merges frequent pairs. " * 3 + "Die Straßenbahn fährt über die Brücke. 東京は大きい。"
    counts = {name: len(_loaded(name).encode(text).ids) for name in SMALL}
    best, worst = min(counts, key=counts.__getitem__), max(counts, key=counts.__getitem__)
    return Found(
        "differs", f"{counts[best]} to {counts[worst]} tokens", counts[worst] > 1.1 * counts[best],
        f"One text of English, German and Japanese takes {counts[best]} tokens with {best} and {counts[worst]} with "
        f"{worst}: so many more steps of the model for the same text.",
        tuple(Figure(name, str(count)) for name, count in counts.items()),
    )  # fmt: skip


def most_used(_: Ground) -> Found:
    kinds = Counter(type(_loaded(name).model).__name__ for name in tokenizers.NAMES if tokenizers.is_cached(name))
    merged = kinds["BytePairs"] + kinds["SentencePieceBPE"]
    return Found(
        "BPE", f"BPE in {merged} of {sum(kinds.values())}", 2 * merged > sum(kinds.values()),
        "The kind of each tokenizer that the explorer knows, read from its file; the others are WordPiece and Unigram.",
    )  # fmt: skip


def first_merge(_: Ground) -> Found:
    counts = Counter(pair for word in WORDS for pair in pairwise(word))
    (a, b), many = counts.most_common(1)[0]
    left, right = textbook([word.encode() for word in WORDS], 1)[0]
    return Found(
        "the most frequent pair", f"{chr(left)} + {chr(right)}", (chr(left), chr(right)) == (a, b),
        f"Counted separately, {a} + {b} is the most frequent pair of the training’s words: {many} times.",
    )  # fmt: skip


def bottom_up(_: Ground) -> Found:
    from tokenizers import Tokenizer as Library
    from tokenizers import models, trainers

    library = Library(models.BPE())
    library.train_from_iterator(
        list(WORDS), trainers.BpeTrainer(vocab_size=10 + 6, show_progress=False, initial_alphabet=[])
    )
    theirs = {token for token in library.get_vocab() if len(token) > 1}
    spelled = {i: bytes([i]) for i in range(256)}
    for at, (left, right) in enumerate(textbook([word.encode() for word in WORDS], len(theirs))):
        spelled[256 + at] = spelled[left] + spelled[right]
    mine = {token.decode() for i, token in spelled.items() if i >= 256}
    return Found(
        "joins pairs", f"{len(mine & theirs)} of {len(theirs)} tokens alike", len(mine & theirs) >= len(theirs) - 1,
        f"Counting anew after every merge gives {', '.join(sorted(mine))}. Hugging Face’s trainer gives the same "
        "tokens, but for pairs that are equally frequent.",
    )  # fmt: skip


def all_bytes(_: Ground) -> Found:
    found = held("gpt2").bytes_alone
    return Found("256", str(found), found == 256, "Of the 256 bytes, so many are a token in GPT-2’s file.")


def target(_: Ground) -> Found:
    found, size = held("gpt2"), len(_loaded("gpt2"))
    return Found(
        "50,257", f"{size:,}", size == 50_257,
        f"{found.bytes_alone} bytes, {found.longer:,} merged tokens and one special token, <|endoftext|>.",
    )  # fmt: skip


def progression(_: Ground) -> Found:
    ids, wanted = [*b"lower"], [["lo", "w", "e", "r"], ["low", "e", "r"], ["low", "er"], ["lower"]]
    spelled, states = {i: bytes([i]) for i in range(256)}, []
    merges = [(108, 111), (256, 119), (101, 114), (257, 258)]
    for at, pair in enumerate(merges):
        spelled[256 + at] = spelled[pair[0]] + spelled[pair[1]]
        place = next(i for i in range(len(ids)) if (ids[i], ids[i + 1]) == pair)
        ids[place : place + 2] = [256 + at]
        states.append([spelled[each].decode() for each in ids])
    return Found(
        "four merges", f"{len(states)} merges", states == wanted,
        "The merges l + o, lo + w, e + r and low + er, applied one by one, give these states.",
    )  # fmt: skip


def those_ids(_: Ground) -> Found:
    said, same = [48291, 7274], []
    names = [name for name in tokenizers.NAMES if tokenizers.is_cached(name)]
    for name in names:
        same += [name] if _loaded(name).encode("unhappiness").ids.tolist() == said else []
    gpt2 = _loaded("gpt2").encode("unhappiness").ids.tolist()
    return Found(
        "48291, 7274", f"{', '.join(map(str, gpt2))} with gpt2", bool(same),
        f"None of {len(names)} real tokenizers gives these ids, or cuts the word into “unhapp” and “iness”: they are "
        "made up.",
    )  # fmt: skip


def by_priority(_: Ground) -> Found:
    from tokenizers import Tokenizer as Library
    from tokenizers import models

    merges, word = (MISSING, *LISTED), "unhappiness"
    letters = sorted({*word} | {a + b for a, b in merges})
    library = Library(models.BPE({token: i for i, token in enumerate(letters)}, list(merges)))
    theirs, symbols = tuple(library.encode(word).tokens), [*word]
    while ranked := [(merges.index(pair), at) for at, pair in enumerate(pairwise(symbols)) if pair in merges]:
        at = min(ranked)[1]
        symbols[at : at + 2] = [symbols[at] + symbols[at + 1]]
    return Found(
        "in order of rank", ", ".join(symbols), tuple(symbols) == theirs,
        "Always joining the pair that was learned first gives what Hugging Face’s tokenizers library gives.",
    )  # fmt: skip


def any_text(_: Ground) -> Found:
    tokenizer = _loaded("gpt2")
    ids = tokenizer.encode(TEXT).ids
    back = b"".join(tokenizer.bytes_of(int(each)) for each in ids)
    return Found(
        "raw UTF-8 bytes", f"{len(TEXT.encode())} bytes in {len(ids)} tokens", back == TEXT.encode(),
        "GPT-2’s tokens of a text in seven scripts, put together, are its bytes. None of them means “unknown”.",
    )  # fmt: skip


def unknown(_: Ground) -> Found:
    minilm, gpt2 = _loaded("minilm"), _loaded("gpt2")
    lost = minilm.encode("🙂 𓀀 ꙮ").ids.tolist().count(minilm.specials[b"[UNK]"])
    whole = b"".join(gpt2.bytes_of(int(each)) for each in gpt2.encode("🙂 𓀀 ꙮ").ids) == "🙂 𓀀 ꙮ".encode()
    return Found(
        "no unknown token", f"none; WordPiece has {lost}", whole,
        f"Of three rare characters, BERT’s WordPiece writes {lost} as [UNK]; GPT-2’s bytes keep them all.",
    )  # fmt: skip


def sentencepiece_users(_: Ground) -> Found:
    kinds = {name: held(name).kind for name in ("llama2", "llama3", "gemma3")}
    return Found(
        "LLaMA and Gemma", ", ".join(f"{name}: {kind.split(',')[0]}" for name, kind in kinds.items()),
        all(kind.startswith("SentencePiece") for kind in kinds.values()),
        "Told by the tokens of each file. LLaMA 1 and 2 and Gemma use it; LLaMA 3 does not. T5’s file is not here.",
    )  # fmt: skip


def whitespace(_: Ground) -> Found:
    from explorer.zoo.tokenizers.shelf import contents

    found = {}
    for name in ("llama2", "xlmr"):
        _loaded(name)
        tokens = contents(tokenizers.find(name)).tokens
        found[name] = (sum(MARK in token.lstrip(MARK) for token in tokens), len(tokens))
    across = sum(many for many, _ in found.values())
    return Found(
        "no whitespace pre-splitting", f"{across:,} tokens that cross a space", across > 0,
        f"Of LLaMA 2’s {found['llama2'][1]:,} tokens {found['llama2'][0]} hold a space behind a letter, of XLM-R’s "
        f"{found['xlmr'][1]:,} {found['xlmr'][0]}. SentencePiece’s trainer splits at whitespace unless it is told not "
        "to (split_by_whitespace).",
    )  # fmt: skip


def byte_stream(_: Ground) -> Found:
    found = held("llama2")
    pieces = _loaded("llama2").encode("é").ids
    spelled = [_loaded("llama2").bytes_of(int(each)) for each in pieces]
    return Found(
        "bytes", f"é is {len(spelled[-1])} bytes in one token", all(len(each) == 1 for each in spelled),
        "SentencePiece reads Unicode characters. A token of LLaMA 2 that is no whole character is one of "
        f"{found.named_bytes} that spell a byte, and they are used for characters that the vocabulary lacks.",
    )  # fmt: skip


def two_algorithms(_: Ground) -> Found:
    from google.protobuf import descriptor_pool

    try:  # a process knows the file's format once, whichever library brought it
        described = descriptor_pool.Default().FindFileByName("sentencepiece_model.proto")
    except KeyError:
        from transformers.utils import sentencepiece_model_pb2_new as message

        described = message.DESCRIPTOR
    enum = described.message_types_by_name["TrainerSpec"].enum_types_by_name["ModelType"]
    kinds = [name.lower() for name in enum.values_by_name]
    return Found(
        "two", f"{len(kinds)}: {', '.join(kinds)}", len(kinds) == 2,
        "The kinds of model that SentencePiece’s own file format names. Words and characters are hardly used.",
    )  # fmt: skip


def shrinks(_: Ground) -> Found:
    counts = {f" {word}".encode(): many for word, many in Counter(WORDS).items()}
    events = list(unigram_training.train(counts, size=14))
    left = [len(each.model.tokens) for each in events if isinstance(each, unigram_training.Trained)]
    removed = sum(isinstance(each, unigram_training.Pruned) for each in events)
    return Found(
        "large, then smaller", f"{removed} rounds of removal to {left[-1]} tokens", removed > 0,
        "The training begins with the substrings that occur again and removes those whose absence costs the least "
        "likelihood, until 14 tokens are left.",
    )  # fmt: skip


def viterbi(_: Ground) -> Found:
    model = Unigram(
        (b"<unk>", b"a", b"b", b"c", b"ab", b"bc", b"abc"), np.array([0, -1.0, -2, -1, -3.5, -2.5, -3.9]), unknown=0
    )
    found = lattice(model, b"abc")
    best = max(found.n_best(found.cuts), key=lambda each: each.log_probability)
    viterbi = [model.tokens[i].decode() for i in model.encode(b"abc", np.array([0, 3])).ids]
    return Found(
        "the most probable", " | ".join(viterbi), tuple(viterbi) == found.texts(best),
        f"All {found.cuts} ways to cut “abc” were listed; the search finds the likeliest, at "
        f"{best.log_probability:.1f} nats.",
    )  # fmt: skip


def size(name: str, said: int, why: str, _: Ground) -> Found:
    found = len(_loaded(name))
    return Found(f"{said:,}", f"{found:,}", found == said, why)


def kind(name: str, said: str, _: Ground) -> Found:
    found = held(name).kind
    return Found(said, found, found.lower().startswith(said.lower()), "Told by the tokens of its file, not its name.")


def by_model(model: str, said: str, _: Ground) -> Found:
    found = BY_TIKTOKEN[model]
    return Found(said, found, found.startswith(said), "OpenAI’s own library, tiktoken, names this vocabulary.")


def t5(_: Ground) -> Found:
    from transformers import T5Config

    rows = T5Config().vocab_size
    return Found(
        "32,100", f"{rows:,} rows", rows == 32_100,
        f"T5’s tokenizer has 32,000 pieces and 100 sentinels, 32,100 together; its embedding, in transformers’ config, "
        f"has {rows:,} rows: it is padded to a multiple of 128.",
    )  # fmt: skip


def bert(_: Ground) -> Found:
    from transformers import BertConfig

    rows, file = BertConfig().vocab_size, len(_loaded("minilm"))
    return Found("30,522", f"{rows:,}", rows == file == 30_522, "BERT’s config and the file of its vocabulary agree.")


def variant(_: Ground) -> Found:
    counts = {"hug": 10, "pug": 5, "pun": 12, "bun": 4, "hugs": 5}
    trained = wordpiece_training.train(counts)
    first = next(trained.tokens[event.token].decode() for event in trained.events(1))
    left, right = textbook([word.encode() for word, many in counts.items() for _ in range(many)], 1)[0]
    return Found(
        "BPE", f"joins “{first}” first, BPE “{chr(left)}{chr(right)}”", first.replace("##",
        "") == chr(left) + chr(right),
        "WordPiece joins the pair that raises the likelihood most: its count, divided by those of its parts. It "
        "encodes "
        "by the longest match and keeps no merges. The growing vocabulary is what it shares with BPE.",
    )  # fmt: skip


def has_special(_: Ground) -> Found:
    many = {name: len(_loaded(name).specials) for name in tokenizers.NAMES if tokenizers.is_cached(name)}
    if not many:
        raise SourceMissingError("No vocabulary is on this machine.", "The panel “Compare tokenizers” fetches some.")
    return Found(
        "every tokenizer", f"{min(many.values())} to {max(many.values())} each", min(many.values()) > 0,
        f"Special tokens of {len(many)} real tokenizers, counted in their files.",
    )  # fmt: skip


def spelled(said: tuple[str, ...], why: str, _: Ground) -> Found:
    names = [name for name in tokenizers.NAMES if tokenizers.is_cached(name)]
    found = {each: [name for name in names if each.encode() in _loaded(name).specials] for each in said}
    told = "; ".join(f"{each}: {', '.join(whose) or 'none'}" for each, whose in found.items())
    return Found(" and ".join(said), told, all(found.values()), why)
