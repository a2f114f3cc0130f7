"""WordPiece trained: Hugging Face's vocabulary, once its numbering of single characters is known."""

from __future__ import annotations

from collections import Counter

from explorer.corpora import passages
from explorer.stack.tokenization import wordpiece_training


def library(text: str, size: int) -> list[str]:
    from tokenizers import Tokenizer, models, pre_tokenizers, trainers

    coder = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    coder.pre_tokenizer = pre_tokenizers.Whitespace()
    coder.train_from_iterator([text], trainers.WordPieceTrainer(vocab_size=size, show_progress=False))
    return sorted(coder.get_vocab(), key=coder.get_vocab().__getitem__)


def test_the_library_s_vocabulary():
    from tokenizers import pre_tokenizers

    text = "\n".join(each.text for kept in passages.read() for each in kept.excerpts)
    words = Counter(word for word, _ in pre_tokenizers.Whitespace().pre_tokenize_str(text))
    theirs = library(text, 1500)
    single = [token for token in theirs if len(token.removeprefix("##")) == 1 or token == "#"]
    training = wordpiece_training.train(words, single)
    list(training.events(1500 - len(single)))
    assert [token.decode() for token in training.tokens] == theirs


def test_a_character_within_a_word_is_another_token():
    training = wordpiece_training.train({"aa": 3, "aaa": 1})
    assert [token.decode() for token in training.tokens] == ["a", "##a"]
    events = list(training.events(9))
    assert [training.tokens[event.token].decode() for event in events] == ["aa", "aaa"]
    assert [(event.before, event.after) for event in events] == [(9, 5), (5, 4)]


def test_signs_that_look_like_the_mark():
    training = wordpiece_training.train({"###": 2, "#a": 1})
    tokens = [training.tokens[event.token].decode() for event in training.events(9)]
    assert tokens == ["####", "###", "#a"] or tokens[-1] == "#a"
