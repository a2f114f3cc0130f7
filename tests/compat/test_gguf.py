"""gguf's table of names, as `explorer.compat.gguf` keeps it."""

from __future__ import annotations

import gguf

from explorer.compat.gguf import names_kept


def test_a_table_is_made_once_while_it_is_kept_and_anew_before_and_after() -> None:
    llama = gguf.MODEL_ARCH.LLAMA
    own = gguf.get_tensor_name_map
    assert gguf.get_tensor_name_map(llama, 2) is not gguf.get_tensor_name_map(llama, 2), "gguf keeps it itself now"
    with names_kept():
        assert gguf.get_tensor_name_map(llama, 2) is gguf.get_tensor_name_map(llama, 2)
    assert gguf.get_tensor_name_map is own


def test_transformers_calls_it_by_its_name_in_that_module() -> None:
    """Where it imported the function at its start, replacing it would change nothing."""
    import transformers.modeling_gguf_pytorch_utils as loading

    assert not hasattr(loading, "get_tensor_name_map")
