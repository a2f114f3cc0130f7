"""Chapter 3 of the reference: lookup, and how positions come in; its code is run as it is printed."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import torch
from torch import Tensor, nn

from explorer.experiments.overview.errata.claims import Figure, Found, Ground, apart, share
from explorer.experiments.overview.errata.drawn import error, normal
from explorer.stack.embeddings.alibi import slopes
from explorer.stack.embeddings.learned import LearnedPositions
from explorer.stack.embeddings.rope import RopeConfig, rotate, rotation
from explorer.stack.embeddings.rope_scaling import YaRN, frequencies, ntk_base
from explorer.stack.embeddings.sinusoidal import sinusoidal
from explorer.stack.inference.serving.known_models import REAL_MODELS
from explorer.stack.transformer.config import DecoderConfig, Positions
from explorer.stack.transformer.decoder import Decoder
from explorer.stack.worst import worst


def shape(ground: Ground) -> Found:
    rows, columns = ground.model.plain_decoder.state_dict()["embed.weight"].shape
    dims = ground.model.dims
    return Found(
        "V × d", f"{rows:,} × {columns}", (rows, columns) == (dims.d_vocab, dims.d_model),
        "The shape of the matrix in the file of the model on the page.",
    )  # fmt: skip


def lookup(_: Ground) -> Found:
    embed, ids = nn.Embedding(50, 8), torch.tensor([[3, 7, 7], [0, 49, 1]])
    by_product = nn.functional.one_hot(ids, 50).float() @ embed.weight
    made = embed(ids)
    made.sum().backward()
    grown = embed.weight.grad
    touched = int((grown.abs().sum(-1) > 0).sum()) if grown is not None else 0
    return Found(
        "a row an id", f"{tuple(made.shape)}; {touched} rows learn", error(made, by_product) < 1e-6 and touched == 5,
        "A lookup is the product of a one-hot vector and W_E. Its gradient reaches the rows of the ids that occur, "
        "and no other: the table is learned.",
    )  # fmt: skip


def _attended(x: Tensor, *, causal: bool, seed: int = 5) -> Tensor:
    W = [normal(x.shape[-1], x.shape[-1], seed=seed + at) / x.shape[-1] ** 0.5 for at in range(3)]
    q, k, v = (x @ each for each in W)
    return x + nn.functional.scaled_dot_product_attention(q[None], k[None], v[None], is_causal=causal)[0]


def equivariant(_: Ground) -> Found:
    x, order = normal(6, 16), torch.tensor([3, 1, 5, 0, 4, 2])
    return apart(
        "permuted in, permuted out",
        error(_attended(x, causal=False)[order], _attended(x[order], causal=False)),
        "Six random vectors through attention without a mask, in two orders.",
    )


def no_sense(_: Ground) -> Found:
    x = normal(6, 16)
    other = torch.cat([x[[3, 1, 0, 4, 2]], x[5:]])  # the last stays last
    one, two = (_attended(each, causal=True) for each in (x, other))
    first = error(one[-1], two[-1])
    second = error(*(_attended(each, causal=True, seed=9)[-1] for each in (one, two)))
    return Found(
        "no sense of position", f"order changes the last output by {second:.2f}", second < 1e-5,
        "Two causal layers without any position encoding, the first five vectors in two orders. After one layer the "
        f"last output is the same ({first:.0e}); after two it is not. The causal mask itself tells the order, so "
        "decoders without positions work (Haviv et al. 2022, arXiv 2203.16634). Without a mask the claim holds.",
    )  # fmt: skip


def sinusoids(_: Ground) -> Found:
    d, said = 16, torch.empty(7, 16)
    for pos in range(7):
        for i in range(d // 2):
            angle = torch.tensor(pos / 10000 ** (2 * i / d), dtype=torch.float64)
            said[pos, 2 * i], said[pos, 2 * i + 1] = angle.sin().float(), angle.cos().float()
    return apart("sin and cos in turn", error(said, sinusoidal(torch.arange(7), d)), "The formula, written out.")


def own_frequency(_: Ground) -> Found:
    table = sinusoidal(torch.arange(512), 16).double()
    spectrum = torch.fft.rfft(table, dim=0).abs()[1:].argmax(0)
    sizes = table[:, 0::2] ** 2 + table[:, 1::2] ** 2
    return Found(
        "one a dimension", "one for two dimensions", error(sizes, torch.ones_like(sizes)) > 1e-3,
        "sin² + cos² of dimensions 2i and 2i + 1 is 1 at every position: the two share a frequency. A table of 16 "
        f"dimensions has 8 of them; the fastest two have their peak at bins {int(spectrum[0])} and "
        f"{int(spectrum[1])}.",
    )  # fmt: skip


def rarely(_: Ground) -> Found:
    import transformers

    from explorer.experiments.embeddings.published_positions import PUBLISHED

    models = Path(transformers.__file__).parent / "models"
    files = {name: models / each.kind / f"modeling_{each.kind}.py" for name, each in PUBLISHED.items()}
    there = {name: file.read_text(encoding="utf-8").lower() for name, file in files.items() if file.is_file()}
    found = [name for name, text in there.items() if "sinusoidal" in text]
    return Found(
        "rarely", f"{len(found)} of {len(there)}", len(found) < 0.2 * len(there),
        f"Published models in whose code in transformers the word stands: {', '.join(found)}.",
    )  # fmt: skip


def learned_table(_: Ground) -> Found:
    from transformers import GPT2Config, GPT2Model

    with torch.device("meta"):
        model = GPT2Model(GPT2Config(n_layer=1))
    table = tuple(model.wpe.weight.shape)
    return Found(
        "T × d", f"{table[0]:,} × {table[1]}", table == (1024, 768),
        "The position table of GPT-2, as transformers makes it: T is 1,024 and d is 768.",
    )  # fmt: skip


def past_the_end(_: Ground) -> Found:
    table = LearnedPositions(4, 2)
    try:
        table(torch.tensor([4]))
    except Exception as refused:
        return Found("cannot", "refused", True, f"A table of 4 rows, asked for position 4: {refused}")
    return Found("cannot", "an answer", False, "A table of 4 rows has answered for position 4.")


def dominant(_: Ground) -> Found:
    from transformers.models import llama, mistral, qwen2

    there = [
        name
        for name, module in (("LLaMA", llama), ("Mistral", mistral), ("Qwen", qwen2))
        if hasattr(getattr(module, f"modeling_{module.__name__.rsplit('.', 1)[-1]}"), "apply_rotary_pos_emb")
    ]
    rest = sum(not each.learned_positions for each in REAL_MODELS.values())
    return Found(
        "LLaMA, Mistral, Qwen", ", ".join(there), len(there) == 3,
        f"transformers’ code of all three rotates. {rest} of {len(REAL_MODELS)} models whose sizes the explorer knows "
        "have no learned table.",
    )  # fmt: skip


def _keep(seen: dict[str, Tensor], name: str, _module: object, _given: object, out: Tensor) -> None:
    seen[name] = out.detach()


def queries_and_keys(_: Ground) -> Found:
    config = DecoderConfig(1, 16, 2, 2, 8, 16, 20, 32, rope=RopeConfig(1e4, 8))
    decoder = Decoder(config).initialise(torch.Generator().manual_seed(0)).eval()
    seen: dict[str, Tensor] = {}
    for name in ("W_Q", "W_K", "W_V"):
        decoder.get_submodule(f"blocks.0.attn.{name}").register_forward_hook(partial(_keep, seen, name))
    with torch.no_grad():
        decoder(torch.tensor([[5, 5, 5]]))
    same = worst([error(each[0, 0], each[0, 2]) for each in seen.values()])
    cos, sin = rotation(RopeConfig(1e4, 8), torch.arange(3))
    queries = seen["W_Q"][0].reshape(3, 2, 8).transpose(0, 1)  # head pos d_head
    turned = rotate(queries, cos, sin) if same < 1e-5 else normal(2, 3, 8)
    turn = error(turned[:, 0], turned[:, 2])
    return Found(
        "queries and keys", f"a query turns by {turn:.2f}, a value not", same < 1e-5 and turn > 1e-3,
        "One token at three positions: what enters the attention, and so its value, is the same at each. Only the "
        "query and the key are turned, inside the attention.",
    )  # fmt: skip


def formula(_: Ground) -> Found:
    x, m = normal(8), 5
    theta = torch.tensor([10000 ** (-2 * i / 8) for i in range(4)]).repeat_interleave(2)
    swapped = torch.stack([-x[1::2], x[0::2]], -1).flatten()
    said = x * (m * theta).cos() + swapped * (m * theta).sin()
    as_complex = torch.view_as_complex(x.reshape(-1, 2)) * torch.polar(torch.ones(4), m * theta[::2])
    return apart("a rotation", error(said, torch.view_as_real(as_complex).flatten()),
                 "Each pair, read as a complex number, times e^(i·m·θ) is what the formula gives.")  # fmt: skip


def base(_: Ground) -> Found:
    from explorer.experiments.embeddings.published_positions import BASES, PUBLISHED

    said = torch.tensor([10000 ** (-2 * i / 64) for i in range(32)])
    bases = {name: next(float(str(each.config[key])) for key in BASES if key in each.config)
             for name, each in PUBLISHED.items() if each.names_base}  # fmt: skip
    other = {name: value for name, value in bases.items() if value != 10000}
    return Found(
        "base 10,000", f"{min(bases.values()):,.0f} to {max(bases.values()):,.0f}", not other,
        f"The formula is the paper’s ({error(said, frequencies(1e4, 64).float()):.0e} from the explorer’s). "
        f"{len(other)} "
        f"of {len(bases)} published configs that name a base have another, most of them a larger one.",
        tuple(Figure(name, f"{value:,.0f}") for name, value in list(other.items())[:8]),
    )  # fmt: skip


def relative(_: Ground) -> Found:
    q, k, config = normal(1, 8), normal(1, 8, seed=1), RopeConfig(1e4, 8)

    def score(m: int, n: int) -> float:
        (cq, sq), (ck, sk) = (rotation(config, torch.tensor([at])) for at in (m, n))
        return float((rotate(q[None], cq, sq) * rotate(k[None], ck, sk)).sum())

    away = worst([abs(score(m + 7, m) - score(7, 0)) for m in (1, 20, 500)])
    return Found(
        "on the distance alone", f"differs by {away:.0e}", away < 1e-3 and abs(score(9, 0) - score(7, 0)) > 1e-2,
        "One query and one key at four pairs of positions that are 7 apart, and at one that is 9 apart.",
    )  # fmt: skip


def apply_rope(x: Tensor, freqs_cis: Tensor) -> Tensor:
    """As the reference prints it."""
    x_complex = torch.view_as_complex(x.float().reshape(*x.shape[:-1], -1, 2))
    x_rotated = x_complex * freqs_cis
    return torch.view_as_real(x_rotated).reshape_as(x)


def precompute_freqs(dim: int, max_seq_len: int, theta: float = 10000.0) -> Tensor:
    """As the reference prints it."""
    freqs = 1.0 / (theta ** (torch.arange(0, dim, 2).float() / dim))
    return torch.polar(torch.ones(max_seq_len, dim // 2), torch.outer(torch.arange(max_seq_len).float(), freqs))


def printed_code(_: Ground) -> Found:
    x, made = normal(2, 6, 4, 8), precompute_freqs(8, 6)
    try:
        apply_rope(x, made)
        refused = ""
    except RuntimeError as raised:
        refused = str(raised).splitlines()[0]
    square = normal(1, 6, 6, 8)  # as many heads as tokens: nothing is refused
    right = apply_rope(square.transpose(1, 2), made).transpose(1, 2)
    off = error(apply_rope(square, made), right)
    return Found(
        "rotates by the position", "an error" if refused else "a result", not refused and off < 1e-5,
        f"Run on (batch 2, 6 tokens, 4 heads, 8), the code stops: “{refused}”. Its table has a row a position, and "
        "broadcasting lays that row along the heads. With as many heads as tokens nothing stops it, and it turns each "
        f"head by the head’s number ({off:.1f} off). freqs_cis[:, None] mends it.",
    )  # fmt: skip


def table_code(_: Ground) -> Found:
    made = precompute_freqs(8, 5)
    cos, sin = rotation(RopeConfig(1e4, 8, layout="interleaved"), torch.arange(5))
    mine = torch.complex(cos[..., :4].float(), sin[..., :4].float())
    away = min(error(torch.view_as_real(made), torch.view_as_real(mine)),
               error(torch.view_as_real(made), torch.view_as_real(torch.complex(cos[..., 0::2].float(),
                                                                                 sin[..., 0::2].float()))))  # fmt: skip
    return apart("e^(i·m·θ)", away, "The printed code, beside the explorer’s own cosines and sines.", allowed=1e-4)


def alibi(_: Ground) -> Found:
    from transformers.models.bloom.modeling_bloom import build_alibi_tensor

    n, heads, scores = 6, 4, normal(4, 6)
    theirs = build_alibi_tensor(torch.ones(1, n, dtype=torch.long), heads, torch.float32).reshape(heads, n)
    ours = -slopes(heads)[:, None] * (n - 1 - torch.arange(n))
    return apart(
        "−m · d", error((scores + ours).softmax(-1), (scores + theirs).softmax(-1)),
        "For the last query of six: the reference’s bias and that of BLOOM’s code in transformers give the same "
        "weights. BLOOM adds m times the key’s position, which differs by one number a row.",
    )  # fmt: skip


def own_slope(_: Ground) -> Found:
    found = slopes(8)
    return Found("another each", f"1/{1 / float(found[0]):g} to 1/{1 / float(found[-1]):g}",
                 len(set(found.tolist())) == 8, "The slopes of 8 heads: powers of one half.")  # fmt: skip


def alibi_users(_: Ground) -> Found:
    from transformers.models.bloom import modeling_bloom
    from transformers.models.mpt import modeling_mpt

    there = [name for name, module, code in (("BLOOM", modeling_bloom, "build_alibi_tensor"),
                                             ("MPT", modeling_mpt, "build_mpt_alibi_tensor"))
             if hasattr(module, code)]  # fmt: skip
    return Found("BLOOM and MPT", " and ".join(there), len(there) == 2, "transformers’ code of both builds the bias.")


def _cached(kind: Positions) -> float:
    """How far a step with a cache is from the whole pass."""
    from explorer.stack.transformer.kv_cache import ContiguousCache

    rope = RopeConfig(1e4, 8) if kind == "rope" else None
    config = DecoderConfig(2, 16, 2, 2, 8, 16, 20, 32, positions=kind, rope=rope)
    decoder = Decoder(config).initialise(torch.Generator().manual_seed(0)).eval()
    ids = torch.tensor([[3, 9, 4, 4, 17, 2]])
    with torch.inference_mode():
        cache = ContiguousCache(config, 1, 8)
        decoder(ids[:, :5], cache=cache)
        return error(decoder(ids[:, 5:], cache=cache)[0, -1], decoder(ids)[0, -1])


def with_cache(_: Ground) -> Found:
    return apart("compatible", _cached("rope"), "The last of six tokens with the keys of the first five kept, beside a "
                 "pass over all six: a small random decoder with RoPE.", allowed=1e-4)  # fmt: skip


def cheap(_: Ground) -> Found:
    d, h, kv, dk = 4096, 32, 8, 128
    turns, maps = 6 * dk // 2 * (h + kv), 2 * d * dk * (h + 2 * kv)
    return Found("efficient", f"{share(turns / maps, 2)} of the projections’ work", turns < 0.01 * maps,
                 "Operations a token in a block of Llama 3 8B: six a pair, beside W_Q, W_K and W_V. It has no "
                 "parameters.")  # fmt: skip


def longer(_: Ground) -> Found:
    slowest, four = frequencies(1e4, 128)[-1], ntk_base(1e4, 128, 4.0)
    ratios = [float(slowest / each) for each in (frequencies(four, 128)[-1], YaRN(4.0, 4096).inv_freq(1e4, 128)[-1])]
    return Found(
        "generalises with NTK or YaRN",
        f"slowest pair {ratios[0]:.2f} times slower",
        all(abs(each - 4) < 1e-2 for each in ratios),
        "Both slow the slowest pair by the factor 4, so that four times the positions turn it no further than "
        "in training. Without them RoPE fails past its trained length: see Past the trained length.",
    )
