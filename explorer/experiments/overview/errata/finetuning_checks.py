"""Chapter 7 of the reference: losses beside their formulas, LoRA's code run as it is printed, sums done again."""

from __future__ import annotations

import tomllib

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from explorer.experiments.overview.errata.claims import Figure, Found, Ground, apart, share
from explorer.experiments.overview.errata.drawn import error, normal
from explorer.experiments.pretraining.published_mixes import SIZES
from explorer.stack.finetuning.bottleneck import Bottleneck
from explorer.stack.finetuning.conversations import learnt
from explorer.stack.finetuning.counts import by_formula
from explorer.stack.finetuning.optimum import expected, kl, optimum
from explorer.stack.finetuning.preferences.direct import dpo, ipo
from explorer.stack.finetuning.preferences.pairs import Compared
from explorer.stack.finetuning.preferences.reward_model import bradley_terry
from explorer.stack.finetuning.preferences.unpaired import kto
from explorer.stack.finetuning.virtual_tokens import Prefix
from explorer.stack.inference.serving.known_models import REAL_MODELS
from explorer.stack.inference.serving.memory_calculator import FORMATS, weight_bytes
from explorer.stack.systems.quantization.normal_float import NF4
from explorer.stack.transformer.config import DecoderConfig
from explorer.stack.transformer.decoder import Decoder
from explorer.zoo.card import shelf_folder


def stages(_: Ground) -> Found:
    recipe = tomllib.loads((shelf_folder() / "sums" / "stages.toml").read_text(encoding="utf-8"))
    named = [each for each in recipe if each in ("base", "sft", "dpo", "grpo")]
    return Found("base, SFT, RLHF or DPO", ", ".join(named), named[:2] == ["base", "sft"] and len(named) > 2,
                 "The stages of a model that was trained here in this order.")  # fmt: skip


def trillions(_: Ground) -> Found:
    found = {each.model: each.tokens / 1000 for each in SIZES if each.tokens}
    below = [name for name, each in found.items() if each < 1]
    return Found("trillions", f"{min(found.values()):g} to {max(found.values()):g} T", not below,
                 f"Published counts of the models in chapter 6; {', '.join(below) or 'none'} read fewer.")  # fmt: skip


def response_only(_: Ground) -> Found:
    logits, ids = normal(6, 11), torch.tensor([1, 5, 2, 9, 9, 3])
    marks = torch.tensor(learnt([(i, i + 1) for i in range(6)], [(3, 6)]))
    labels = ids.masked_fill(~marks, -100)
    mine = F.cross_entropy(logits[:-1], labels[1:], ignore_index=-100)
    by_hand = -logits[:-1].log_softmax(-1)[torch.arange(2, 5), ids[3:]].mean()
    return apart("the response alone", float((mine - by_hand).abs()), "Three tokens of prompt are masked; the loss is "
                 "the next-token loss of the three response tokens.")  # fmt: skip


def pairwise(_: Ground) -> Found:
    chosen, rejected = normal(8), normal(8, seed=1)
    return apart("−log σ(difference)", error(bradley_terry(chosen, rejected).loss,
    -(chosen - rejected).sigmoid().log()),
                 "The formula beside the explorer’s loss, for eight pairs of rewards.")  # fmt: skip


def bradley(_: Ground) -> Found:
    a, b = 1.3, 0.4
    strengths = torch.tensor([a, b]).exp()
    return apart("Bradley-Terry", abs(float(strengths[0] / strengths.sum()) - float(torch.tensor(a - b).sigmoid())),
                 "e^a / (e^a + e^b) is σ(a − b): the loss is the log-likelihood of that model.")  # fmt: skip


def same_body(_: Ground) -> Found:
    from transformers import LlamaConfig, LlamaForCausalLM, LlamaForSequenceClassification

    config = LlamaConfig(hidden_size=16, intermediate_size=32, num_hidden_layers=1, num_attention_heads=2,
                         num_key_value_heads=2, vocab_size=20, num_labels=1)  # fmt: skip
    with torch.device("meta"):
        one, two = ({name for name, _ in kind(config).named_parameters()} for kind in (
            LlamaForCausalLM, LlamaForSequenceClassification))  # fmt: skip
    return Found("the same", f"{len(one & two)} of {len(two)} matrices", len(two - one) == 1,
                 f"LLaMA as a reward model in transformers has one of its own: {', '.join(two - one)}.")  # fmt: skip


def _space() -> tuple[Tensor, Tensor]:
    return normal(12).log_softmax(-1).double(), normal(12, seed=1).double()


def penalised(_: Ground) -> Found:
    reference, reward = _space()
    best = optimum(reference, reward, 0.5)

    def value(logp: Tensor) -> float:
        return float(expected(logp, reward) - 0.5 * kl(logp, reference))

    others = [value(normal(12, seed=at).double().log_softmax(-1)) for at in range(2, 300)]
    return Found("a greatest value", f"{value(best.logp):.3f}, of others {max(others):.3f}",
                 value(best.logp) > max(others), "E[r] − β KL on twelve answers: π_ref e^(r/β) / Z beside 298 random "
                 "policies. None of them is better.")  # fmt: skip


def stays_close(_: Ground) -> Found:
    reference, reward = _space()
    far = [optimum(reference, reward, beta).kl for beta in (0.1, 1.0, 10.0)]
    return Found("close", " > ".join(f"{float(each):.3f}" for each in far), bool(far[0] > far[1] > far[2]),
                 "KL of the best policy from π_SFT in nats, for β = .1, 1 and 10.")  # fmt: skip


def closed_form(_: Ground) -> Found:
    reference, reward = _space()
    best = optimum(reference, reward, 0.5)
    implied = 0.5 * (best.logp - reference) + 0.5 * best.log_z
    return apart("r = β log(π/π_ref) + β log Z", error(implied, reward), "The reward, computed back from the best "
                 "policy. Z is the same for both answers and leaves the difference.", allowed=1e-9)  # fmt: skip


def _pair() -> Compared:
    return Compared.of([-10.0, -8.0], [-12.0, -7.5], [-11.0, -8.5], [-11.0, -7.0])


def dpo_formula(_: Ground) -> Found:
    chosen, rejected = torch.tensor([-10.0, -8.0]), torch.tensor([-12.0, -7.5])
    ref_chosen, ref_rejected = torch.tensor([-11.0, -8.5]), torch.tensor([-11.0, -7.0])
    said = -(0.1 * ((chosen - ref_chosen) - (rejected - ref_rejected))).sigmoid().log()
    return apart("the loss", error(said.double(), dpo(_pair(), 0.1).loss.double()), "The formula beside the explorer’s "
                 "loss, which equals trl’s.")  # fmt: skip


def no_reward_model(_: Ground) -> Found:
    found = dpo(_pair(), 0.1)
    return Found("no reward model", f"four log-probabilities a pair, loss {float(found.loss.mean()):.3f}",
                 bool(found.loss.isfinite().all()), "DPO’s loss is computed from the log-probabilities of policy and "
                 "reference alone.")  # fmt: skip


def variants(_: Ground) -> Found:
    one = kto(torch.tensor([1.0, 0.5]), torch.tensor([True, True]), torch.tensor([-3.0, 1.0]), beta=0.1)
    two = ipo(_pair(), 0.1)
    return Found("KTO needs no pairs", f"a loss of {float(one.loss.mean()):.3f} for two good answers",
                 bool(one.loss.isfinite().all() and two.loss.isfinite().all()), "KTO’s loss of answers that are all "
                 "good: no rejected answer is needed. IPO’s needs one.")  # fmt: skip


class LoRALinear(nn.Module):
    """As the reference prints it."""

    def __init__(self, original_linear: nn.Linear, rank: int = 16, alpha: int = 32) -> None:
        super().__init__()
        self.original = original_linear  # frozen
        d_in, d_out = original_linear.weight.shape[1], original_linear.weight.shape[0]
        self.lora_A = nn.Parameter(torch.randn(rank, d_in) * 0.01)
        self.lora_B = nn.Parameter(torch.zeros(d_out, rank))
        self.scaling = alpha / rank

    def forward(self, x: Tensor) -> Tensor:
        return self.original(x) + (x @ self.lora_A.T) @ self.lora_B.T * self.scaling


def _lora() -> LoRALinear:
    torch.manual_seed(0)
    return LoRALinear(nn.Linear(24, 40, bias=False), rank=4, alpha=8)


def frozen(_: Ground) -> Found:
    learns = {name: each.requires_grad for name, each in _lora().named_parameters()}
    return Found("frozen", "it is trained" if learns["original.weight"] else "frozen", not learns["original.weight"],
                 "Only a comment says so. The original matrix is a parameter of the class that asks for gradients, and "
                 "an optimizer given its parameters trains it. requires_grad_(False) is missing.")  # fmt: skip


def added(_: Ground) -> Found:
    made, x = _lora(), normal(3, 24)
    with torch.no_grad():
        made.lora_B.copy_(normal(40, 4))
    change = made(x) - made.original(x)
    said = x @ (8 * made.lora_B @ made.lora_A).T
    factor = float((said / change).detach().median())
    return Found("α B A", "α / r · B A", abs(factor - 1) < 1e-3, f"The printed code adds a change {factor:g} times as "
                 "small as the formula (r = 4): it divides α by the rank, as the paper does.")  # fmt: skip


def starts(_: Ground) -> Found:
    made, x = _lora(), normal(3, 24)
    return apart("unchanged at first", error(made(x), made.original(x)), "B is 0, so that the printed class starts "
                 "with the outputs of the original layer.")  # fmt: skip


def low_rank(_: Ground) -> Found:
    rank = int(torch.linalg.matrix_rank(normal(64, 4) @ normal(4, 64, seed=1)))
    return Found("rank r", f"rank {rank}", rank == 4, "Rank of B A for r = 4 and d = 64.")


def trained_share(_: Ground) -> Found:
    each = REAL_MODELS["LLaMA-7B"]
    d, n = each.d_model, weight_bytes(each, FORMATS["bf16"]) / 2
    some = {f"r = {r}, W_Q and W_V": each.n_layers * 2 * r * 2 * d / n for r in (8, 64)}
    all_seven = 4 * 2 * d + 3 * (d + each.d_mlp)
    some |= {f"r = {r}, all matrices": each.n_layers * r * all_seven / n for r in (8, 64)}
    low, high = min(some.values()), max(some.values())
    return Found("0.1 to 1 %", f"{share(low, 2)} to {share(high, 2)}", low > 0.0009 and high < 0.0105,
                 "LLaMA 7B with the ranks that the reference names, on two matrices or on all seven of a block.",
                 tuple(Figure(name, share(value, 2)) for name, value in some.items()))  # fmt: skip


def nf4(_: Ground) -> Found:
    levels = torch.tensor(NF4)
    near_zero, far = float(levels[8] - levels[7]), float(levels[15] - levels[14])
    return Found(
        "4 bits, for normal weights",
        f"{len(levels)} levels, {near_zero:.2f} apart at 0 and {far:.2f} at 1",
        len(levels) == 16 and near_zero < far,
        "NF4’s levels are denser where normal weights are.",
    )


def fits(_: Ground) -> Found:
    found = by_formula(65e9, trained=2.4e8, bits=4 + 8 / 64 + 32 / (64 * 256)).total / 1e9
    full = by_formula(65e9, trained=65e9, bits=0).total / 1e9
    return Found("48 GB", f"{found:.1f} GB", found < 48, f"Weights in NF4, adapters, their gradients and Adam’s state. "
                 f"Activations come on top. Full fine-tuning takes {full:,.0f} GB.")  # fmt: skip


def prefix(_: Ground) -> Found:
    decoder = Decoder(DecoderConfig(2, 32, 2, 1, 16, 64, 50, 16)).initialise(torch.Generator().manual_seed(0))
    made = Prefix.fresh(decoder.requires_grad_(False), 3)
    return Found("keys and values in each layer", f"{made.weight.numel()} numbers",
    made.weight.numel() == 2 * 2 * 3 * 16,
                 "Three virtual tokens in two layers, a key and a value of 16 numbers each.")  # fmt: skip


def adapters(_: Ground) -> Found:
    made = Bottleneck.fresh(64, 8, generator=torch.Generator().manual_seed(0))
    many = sum(each.numel() for each in made.parameters())
    return Found("small", f"{many:,} numbers, the layer {64 * 256 * 2:,}", many < 64 * 256 * 2 / 10,
                 "A bottleneck of 8 behind a layer 64 wide.")  # fmt: skip


def ia3(_: Ground) -> Found:
    each = REAL_MODELS["LLaMA-7B"]
    vectors = each.n_layers * (2 * each.n_kv_heads * each.d_head + each.d_mlp)
    lora = each.n_layers * 2 * 8 * 2 * each.d_model
    return Found("fewer than LoRA", f"{vectors:,} against {lora:,}", vectors < lora, "Trained numbers in LLaMA 7B: one "
                 "vector each for keys, values and the MLP, against rank 8 on W_Q and W_V.")  # fmt: skip
