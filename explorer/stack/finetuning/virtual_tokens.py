"""Prefix tuning and prompt tuning: nothing in the model changes; it reads n tokens first that no vocabulary has.

    prompt tuning    n rows of the embedding                             n d_model numbers
    prefix tuning    n keys and values of each layer                     n n_layers 2 n_kv_heads d_head numbers

A prompt's rows go through every block as words do. A prefix stands in each layer's cache instead, keys rotated already.
Real tokens stand behind both, at positions n, n + 1, ... With grouped queries a prefix has as many heads as the model
has of keys and values; of queries there are three times as many in SmolLM2.

Lester et al. 2021, prompt tuning (arXiv 2104.08691); Li & Liang 2021, prefix tuning (arXiv 2101.00190), whose second
network that makes the prefix is left out here, as in peft by default.

>>> import torch
>>> from explorer.stack.transformer.config import DecoderConfig
>>> config = DecoderConfig(n_layers=2, d_model=32, n_heads=2, n_kv_heads=1, d_head=16, d_mlp=64, d_vocab=50, n_ctx=8)
>>> decoder = Decoder(config).initialise(torch.Generator().manual_seed(0)).requires_grad_(False)
>>> prefix, prompt = Prefix.fresh(decoder, 3), Prompt.fresh(decoder, 3)
>>> prefix.weight.numel(), prompt.weight.numel(), prefix.stream(decoder, torch.arange(4)[None]).shape
(192, 96, torch.Size([1, 4, 32]))
>>> same = Prompt(decoder.embed.weight[[7, 8]])   # a prompt that is two words of the vocabulary
>>> seen = decoder.stream(torch.tensor([[7, 8, 1, 2]]))[:, 2:]
>>> bool((same.stream(decoder, torch.tensor([[1, 2]])) - seen).abs().max() < 1e-5)
True
"""

from __future__ import annotations

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from explorer.compat.torch import with_parts
from explorer.stack.transformer.attention import Kernel, KernelName
from explorer.stack.transformer.decoder import Decoder
from explorer.stack.transformer.kv_cache import Held


class VirtualTokens(nn.Module):
    """Rows that are read before the text."""

    def __init__(self, weight: Float[Tensor, "n d"]) -> None:
        super().__init__()
        self.weight = nn.Parameter(weight)

    @property
    def n(self) -> int:
        return self.weight.shape[0]

    @property
    def columns(self) -> int:
        """Columns of the batch that stand before the text: 0 where the rows lie in caches."""
        raise NotImplementedError

    def stream(
        self,
        decoder: Decoder,
        ids: Int[Tensor, "batch pos"],
        positions: Int[Tensor, "batch pos"] | None = None,
        kernel: KernelName | Kernel = "sdpa",
    ) -> Float[Tensor, "batch pos d_model"]:
        """The residual stream after the last block, of the real tokens alone.

        positions: in the text, from 0 where it begins; None: as they come.
        """
        raise NotImplementedError

    def _own(self, like: Int[Tensor, "batch pos"]) -> Int[Tensor, "batch n"]:
        """The virtual tokens' positions."""
        return torch.arange(self.n, device=like.device).expand(len(like), -1)

    def misfit(self, decoder: Decoder) -> str | None:
        """Why it is not of this model; None if it is."""
        if not bool(torch.isfinite(self.weight).all()):
            return "it holds numbers that are none (NaN or infinite)"
        return None if self.weight.shape[1] == (wanted := self.width(decoder)) else f"its rows are not {wanted:,} wide"

    @staticmethod
    def width(decoder: Decoder) -> int:
        """Numbers of one virtual token."""
        raise NotImplementedError


class Prompt(VirtualTokens):
    """Rows of the embedding."""

    @classmethod
    def fresh(cls, decoder: Decoder, n: int = 20, generator: torch.Generator | None = None) -> Prompt:
        """It begins with tokens drawn from the vocabulary."""
        ids = torch.randint(decoder.config.d_vocab, (n,), generator=generator)
        return cls(decoder.embed(ids[None])[0].detach().clone())

    @property
    def columns(self) -> int:
        return self.n

    @staticmethod
    def width(decoder: Decoder) -> int:
        return decoder.config.d_model

    def stream(
        self,
        decoder: Decoder,
        ids: Int[Tensor, "batch pos"],
        positions: Int[Tensor, "batch pos"] | None = None,
        kernel: KernelName | Kernel = "sdpa",
    ) -> Float[Tensor, "batch pos d_model"]:
        longer = with_parts(decoder, embed=_Before(decoder.embed, self.weight))
        room = ids.new_zeros(ids.shape[0], self.n)
        places = None if positions is None else torch.cat([self._own(positions), positions + self.n], 1)
        return longer.stream(torch.cat([room, ids], 1), places, kernel=kernel)[:, self.n :]


class _Before(nn.Module):
    """An embedding whose first columns are given."""

    def __init__(self, embed: nn.Module, rows: Tensor) -> None:
        super().__init__()
        self.embed, self.rows = embed, rows

    def forward(self, ids: Int[Tensor, "batch pos"]) -> Float[Tensor, "batch pos d_model"]:
        x = self.embed(ids[:, len(self.rows) :])
        return torch.cat([self.rows.to(x.dtype).expand(len(ids), -1, -1), x], 1)


class Prefix(VirtualTokens):
    """Keys and values of every layer; a row holds those of layer 0, keys first, then those of layer 1, as in peft."""

    @classmethod
    def fresh(cls, decoder: Decoder, n: int = 20, generator: torch.Generator | None = None) -> Prefix:
        """Drawn from N(0, 1), as peft's: what the model says changes at once."""
        return cls(torch.randn(n, cls.width(decoder), generator=generator))

    @property
    def columns(self) -> int:
        return 0

    @staticmethod
    def width(decoder: Decoder) -> int:
        config = decoder.config
        return config.n_layers * 2 * config.n_kv_heads * config.d_head

    def stream(
        self,
        decoder: Decoder,
        ids: Int[Tensor, "batch pos"],
        positions: Int[Tensor, "batch pos"] | None = None,
        kernel: KernelName | Kernel = "sdpa",
    ) -> Float[Tensor, "batch pos d_model"]:
        places = None if positions is None else positions + self.n
        return decoder.stream(ids, places, self.cache(decoder), kernel)

    def cache(self, decoder: Decoder) -> PrefixCache:
        """For one pass."""
        config = decoder.config
        parts = self.weight.view(self.n, config.n_layers, 2, config.n_kv_heads, config.d_head)
        return PrefixCache(parts.permute(1, 2, 3, 0, 4))


class PrefixCache:
    """What each layer's queries read before the pass's own keys. Gradients flow to the prefix."""

    wants_pattern = False

    def __init__(self, rows: Float[Tensor, "layer 2 kv_head n d_head"]) -> None:
        self.rows = rows
        self._positions: Tensor | None = None

    @property
    def seen(self) -> int:
        return self.rows.shape[3]

    @property
    def nbytes(self) -> int:
        return self.rows.nbytes

    def update(
        self,
        layer: int,
        k: Float[Tensor, "batch kv_head pos d_head"],
        v: Float[Tensor, "batch kv_head pos d_head"],
        positions: Int[Tensor, "batch pos"],
    ) -> Held:
        """The prefix, and the pass's own; nothing is stored: one pass is all that it is for."""
        keys, values = (each.to(k.dtype).expand(len(k), -1, -1, -1) for each in self.rows[layer])
        if self._positions is None:  # one tensor for all layers, so that one mask is made for all
            own = torch.arange(self.seen, device=positions.device).expand(len(k), -1)
            self._positions = torch.cat([own, positions], 1)
        return Held(torch.cat([keys, k], 2), torch.cat([values, v], 2), self._positions)

    def observe(self, layer: int, pattern: Float[Tensor, "batch head query key"]) -> None:
        """Chooses nothing."""

    def truncate(self, length: int) -> None:
        raise NotImplementedError

    def reorder(self, rows: Int[Tensor, " rows"]) -> None:
        raise NotImplementedError
