"""Chapter 6 of the reference: objectives, data, scaling; sums done again, and each stage of the pipeline tried."""

from __future__ import annotations

import hashlib

import torch
from torch import nn
from torch.nn.functional import cross_entropy

from explorer.experiments.overview.errata.claims import (
    Figure,
    Found,
    Ground,
    apart,
    power_of_ten,
    share,
)
from explorer.experiments.overview.errata.drawn import normal
from explorer.experiments.pretraining.published_mixes import MIXES, REFERENCE, SIZES
from explorer.stack.inference.serving.known_models import REAL_MODELS
from explorer.stack.inference.serving.memory_calculator import FORMATS, weight_bytes
from explorer.stack.pretraining.data import gopher, minhash, pii, toxicity
from explorer.stack.pretraining.data.kneser_ney import KneserNey
from explorer.stack.pretraining.data.stages import ORDERS
from explorer.stack.pretraining.data.suffix_array import later_copies
from explorer.stack.pretraining.data.verdict import removed_by
from explorer.stack.pretraining.data.words import words
from explorer.stack.pretraining.objectives.masked import masked
from explorer.stack.pretraining.scaling_law import HOFFMANN
from explorer.stack.pretraining.span_corruption import corrupted, restored


def dearest(_: Ground) -> Found:
    before, after = 6 * 70e9 * 2e12, 6 * 70e9 * 1e6 * 1000
    return Found(
        "by far",
        f"{before / after:,.0f} times fine-tuning",
        before > 100 * after,
        "6 N D for the reference’s own figures: 2 T tokens, and a million demonstrations of 1,000 tokens.",
    )


def likelihood(_: Ground) -> Found:
    logits, ids = normal(6, 11), torch.tensor([1, 5, 2, 9, 9, 3])
    chain = -sum(float(logits[t].log_softmax(-1)[ids[t + 1]]) for t in range(5))
    return apart("−Σ log P", abs(chain - float(cross_entropy(logits[:-1], ids[1:], reduction="sum"))),
                 "The sum, term by term, beside torch’s cross-entropy. Programs report the mean over tokens, and the "
                 "first token has no term unless a start token stands before it.")  # fmt: skip


def fifteen(_: Ground) -> Found:
    text = torch.arange(20_000) % 900 + 10
    made = masked(text, mask=5, d_vocab=1000, generator=torch.Generator().manual_seed(0))
    chosen = float((made.targets[0] >= 0).float().mean())
    hidden = float((made.inputs == 5).float().mean())
    return Found("15 % masked", f"{share(chosen)} predicted, {share(hidden)} masked", abs(hidden - 0.15) < 0.01,
                 "BERT predicts 15 % of the tokens, but replaces only 80 % of these by [MASK]: 10 % become a random "
                 "token and 10 % stay (Devlin et al. 2018, arXiv 1810.04805).")  # fmt: skip


def sees_both(_: Ground) -> Found:
    from transformers import BertConfig, BertModel

    torch.manual_seed(0)
    model = BertModel(BertConfig(vocab_size=40, hidden_size=16, num_hidden_layers=1, num_attention_heads=2,
                                 intermediate_size=32), add_pooling_layer=False).eval()  # fmt: skip
    ids = torch.tensor([[5, 6, 7, 8]])
    other = ids.clone()
    other[0, -1] = 30
    with torch.inference_mode():
        away = float((model(ids).last_hidden_state[0, 0] - model(other).last_hidden_state[0, 0]).abs().max())
    return Found("both directions", f"the first vector changes by {away:.1e}", away > 1e-5,
                 "BERT’s code with random weights, another last token.")  # fmt: skip


def spans(_: Ground) -> Found:
    text, noise = torch.arange(10, 21), torch.tensor([0, 0, 1, 1, 0, 0, 0, 0, 1, 0, 0]).bool()
    pair = corrupted(text, noise, (99, 98, 97))
    whole = torch.equal(restored(pair.source, pair.target, (99, 98, 97)), text)
    return Found(
        "spans and sentinels",
        f"{len(pair.source)} tokens in, {len(pair.target)} out",
        whole,
        "Two spans of 11 tokens replaced by sentinels; source and target together give the text back.",
    )


def order(_: Ground) -> Found:
    kept = ORDERS["fineweb"]
    first = [each for each in kept if each in ("language", "url", "extraction")]
    return Found("language, URL, extraction", ", ".join(first), first == ["language", "url", "extraction"],
                 "The order of FineWeb’s pipeline. A language is told from the text, and a page has its text only "
                 "after extraction; so the reference’s first step comes third.")  # fmt: skip


def exact(_: Ground) -> Found:
    hashes = [hashlib.sha256(each.encode()).hexdigest() for each in ("one text", "one text", "One text")]
    return Found("copies have one hash", "the copy has, a changed letter not", hashes[0] == hashes[1] != hashes[2],
                 "SHA-256 of a text, its copy, and one with another first letter.")  # fmt: skip


def near(_: Ground) -> Found:
    a = " ".join(f"w{chr(97 + i // 26)}{chr(97 + i % 26)}" for i in range(200))
    b = a.replace("wca ", "other ").replace("wfk ", "else ")
    one, two = (minhash.shingles(each) for each in (a, b))
    permutations = minhash.Permutations.datatrove()
    found = float((minhash.signature(one, permutations) == minhash.signature(two, permutations)).mean())
    exactly = minhash.jaccard(one, two)
    return Found(
        "estimates Jaccard",
        f"{found:.2f}, exactly {exactly:.2f}",
        abs(found - exactly) < 0.1,
        "Share of equal numbers in two MinHash signatures, beside the Jaccard similarity of the texts.",
    )


def substring(_: Ground) -> Found:
    copies = later_copies(b"so it goes. Then so it goes. End", at_least=8)
    return Found("repeated passages", f"{len(copies)} found", len(copies) == 1,
                 "A suffix array finds the second “so it goes.” of a line.")  # fmt: skip


def kenlm(_: Ground) -> Found:
    lines = [line.split() for line in ("the sea is salt", "the sea is wide", "salt is in the sea", "the river is wide")]
    model = KneserNey.of(lines, order=3)
    good, bad = (model.perplexity(each.split()) for each in ("the sea is wide", "wide the is sea"))
    return Found("tells good text", f"{good:.1f} against {bad:.1f}", good < bad, "Perplexity of a sentence and of its "
                 "words in disorder, under a Kneser-Ney model of four lines: KenLM’s method.")  # fmt: skip


def heuristics(_: Ground) -> Found:
    text = "# # # buy ... now ... # # " * 20
    by = removed_by(gopher.quality(text, words(text)))
    return Found(
        "removes bad pages",
        f"removed by {by.rule}" if by else "kept",
        by is not None,
        "Gopher’s rules on a page of signs.",
    )


def personal(_: Ground) -> Found:
    text = "Write to jo@mail.test or call +1 555 010 9999; SSN 078-05-1120."
    after, found = pii.replaced(text)
    left = [word for word in ("9999", "078-05-1120") if word in after]
    return Found(
        "mail, phone, SSN",
        f"{len(found)} of 3 removed",
        not left,
        "The rules that FineWeb publishes replace addresses of mail and of the internet; the explorer adds "
        "card numbers. Telephone numbers and SSNs stay: digits alone do not tell them from others.",
    )


def toxic(_: Ground) -> Found:
    kept = [toxicity.read(text).verdict.kept for text in ("You mudface! Go home, you snivelpot.", "A calm sentence.")]
    return Found(
        "filters",
        "insults removed, a calm sentence kept",
        kept == [False, True],
        "The explorer’s rule, with made-up insults. A list knows words and no meaning: see the panel.",
    )


def shares(_: Ground) -> Found:
    low, high = (sum(each[at] for each in REFERENCE.values()) for at in (0, 1))
    return Found("about 100 %", f"{low} to {high} %", low <= 100 <= high, "The lower and the upper ends of the seven "
                 "ranges, added up: a mix within all of them is possible.")  # fmt: skip


_KINDS: dict[str, dict[str, tuple[str, ...]]] = {
    "web text": {"GPT-3": ("Common Crawl, filtered", "WebText2"), "Gopher": ("MassiveWeb", "C4"),
                 "PaLM": ("Filtered webpages",), "LLaMA": ("CommonCrawl", "C4")},
    "code": {"The Pile": ("GitHub",), "Gopher": ("GitHub",), "PaLM": ("GitHub",), "LLaMA": ("GitHub",),
             "Llama 3": ("Code",)},
    "books": {"GPT-3": ("Books1", "Books2"), "Gopher": ("Books",), "PaLM": ("Books",), "LLaMA": ("Books",)},
    "academic papers": {"The Pile": ("PubMed Central", "ArXiv", "PubMed abstracts"), "LLaMA": ("ArXiv",)},
    "Wikipedia": {"GPT-3": ("Wikipedia",), "The Pile": ("Wikipedia",), "Gopher": ("Wikipedia",),
                  "PaLM": ("Wikipedia",), "LLaMA": ("Wikipedia",)},
    "questions and answers": {"The Pile": ("Stack Exchange",), "LLaMA": ("Stack Exchange",)},
    "mathematics": {"The Pile": ("DM Mathematics",), "Llama 3": ("Mathematics and reasoning",)},
}  # fmt: skip


def mix(kind: str, _: Ground) -> Found:
    by_name = {each.name: each for each in MIXES}
    found = {name: sum(by_name[name].shares[source] for source in sources) for name, sources in _KINDS[kind].items()}
    low, high = REFERENCE[kind]
    outside = {name: each for name, each in found.items() if not low <= each <= high}
    told = ", ".join(f"{name} {each:g} %" for name, each in found.items())
    return Found(f"{low} to {high} %", f"{min(found.values()):g} to {max(found.values()):g} %", not outside,
                 f"Shares that papers print: {told}. {len(outside)} of {len(found)} lie outside.")  # fmt: skip


def billions(model: str, said: float | int, _: Ground) -> Found:
    found = weight_bytes(REAL_MODELS[model], FORMATS["bf16"]) / 2e9
    return Found(f"{said} B", f"{found:.1f} B", abs(found / said - 1) < 0.03, "Counted from its published sizes.")


def tokens(model: str, _: Ground) -> Found:
    row = next(each for each in SIZES if each.model == model)
    said = row.reference.rstrip("+").replace("(est.)", "").strip("~ ")
    value = float(said[:-1]) * (1000 if said.endswith("T") else 1)
    off = (row.tokens or 0) / value - 1
    return Found(row.reference, f"{row.tokens:,} B tokens", abs(off) < 0.05, f"Published in {row.source}.")


def formula(_: Ground) -> Found:
    mine = 1.69 + 406.4 / 70e9**0.34 + 410.7 / 1.4e12**0.28
    return apart("L(70 B, 1.4 T)", abs(mine - HOFFMANN.loss(70e9, 1.4e12)), f"E + A/N^α + B/D^β with the constants of "
                 f"Hoffmann et al. is {mine:.3f} nats, as the explorer’s law has it.", allowed=1e-9)  # fmt: skip


def product(_: Ground) -> Found:
    return Found("1.4 T", f"{20 * 70e9 / 1e12:g} T", 20 * 70e9 == 1.4e12, "20 tokens times 70 B parameters.")


def over_trained(_: Ground) -> Found:
    ratios = {each.model: each.tokens / each.parameters for each in SIZES if each.tokens}
    above = [name for name, ratio in ratios.items() if ratio > 22]
    return Found("many", f"{len(above)} of {len(ratios)}", len(above) > 1, "Published tokens a parameter of the "
                 "models in the reference’s table.", tuple(Figure(name, f"{each:.0f}") for name, each in
                                                           ratios.items()))  # fmt: skip


def _counted() -> tuple[int, int, int, int]:
    """Operations forward and backward, parameters of the layers, tokens."""
    from torch.utils.flop_counter import FlopCounterMode

    layers = nn.Sequential(nn.Linear(32, 64, bias=False), nn.Linear(64, 32, bias=False), nn.Linear(32, 32, bias=False))
    x = normal(50, 32).requires_grad_()
    with FlopCounterMode(display=False) as forward:
        y = layers(x).sum()
    with FlopCounterMode(display=False) as backward:
        y.backward()
    return (forward.get_total_flops(), backward.get_total_flops(), sum(each.numel() for each in layers.parameters()),
            50)  # fmt: skip


def six(_: Ground) -> Found:
    forward, backward, n, d = _counted()
    return Found("6 N D", f"{(forward + backward) / (n * d):g} N D", forward + backward == 6 * n * d,
                 "torch’s count of three linear layers, forward and backward. Attention’s own products and a tied "
                 "embedding are not in it.")  # fmt: skip


def multiplies(_: Ground) -> Found:
    forward, backward, n, d = _counted()
    return Found("2 and 4 multiplies", f"{forward / (n * d) / 2:g} and {backward / (n * d) / 2:g}",
                 forward / 2 == 2 * n * d, f"torch counts {forward / (n * d):g} and {backward / (n * d):g} "
                 f"operations a "
                 "parameter and token. Half of them are multiplies, the other half adds.")  # fmt: skip


def zetta(_: Ground) -> Found:
    return Found(
        "840", power_of_ten(8.4e23 / 1e21, 2), round(8.4e23 / 1e21, 6) == 840, "A zettaFLOP is 1e21 operations."
    )


def artefact(_: Ground) -> Found:
    sizes = torch.linspace(0, 1, 11)
    per_token = 0.3 + 0.69 * sizes
    whole = per_token**10
    jump = float((whole[1:] - whole[:-1]).max() / (whole[-1] - whole[0]))
    return Found("partly of the metric", f"{share(jump, 0)} of the rise in the last tenth", jump > 0.25,
                 "An accuracy a token that rises evenly, and the share of answers of ten tokens that are right as a "
                 "whole, p¹⁰: the second seems to jump (Schaeffer et al. 2023, arXiv 2304.15004).")  # fmt: skip
