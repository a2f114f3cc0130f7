"""The types of transformers that this project's own annotations name; what else it has is of any type here.

A type checker that reads transformers/__init__.py itself binds its two thousand files: a third of the time that all of
this project's take.
"""

from typing import Any, Self

from torch import nn
from transformers.cache_utils import Cache as Cache
from transformers.configuration_utils import PreTrainedConfig as PreTrainedConfig
from transformers.tokenization_utils_base import PreTrainedTokenizerBase as PreTrainedTokenizerBase
from transformers.tokenization_utils_tokenizers import PreTrainedTokenizerFast as PreTrainedTokenizerFast

# The file that defines it imports from transformers/__init__.py.
class PreTrainedModel(nn.Module):
    config: PreTrainedConfig
    @classmethod
    def _from_config(cls, config: PreTrainedConfig, **named: Any) -> Self: ...
    def __call__(self, *args: Any, **named: Any) -> Any: ...
    def __getattr__(self, name: str) -> Any: ...

def __getattr__(name: str) -> Any: ...
