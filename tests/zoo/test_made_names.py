"""Names of models that are made here: read, written back, and refused where they say nothing."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.errors import BadRequestError
from explorer.panels import panels
from explorer.tracing.key import TraceKey
from explorer.zoo.made_names import LONGEST, Adapted, Quantized, Trained, is_made, parse

words = st.from_regex(r"[A-Za-z0-9_][A-Za-z0-9_-]{0,20}", fullmatch=True)
settings = st.dictionaries(st.from_regex(r"[a-z_]{1,8}", fullmatch=True), words, max_size=4)
hashes = st.one_of(st.just(""), st.from_regex(r"[0-9a-f]{12}", fullmatch=True))


@given(words, settings, st.integers(0, 10**7 - 1), hashes)
def test_a_name_read_and_written_is_itself_in_a_link_too(
    recipe: str, said: dict[str, str], step: int, weights: str
) -> None:
    name = Trained(recipe, tuple(sorted(said.items())), step, weights)
    if len(name.text) > LONGEST:
        return
    assert parse(name.text) == name
    assert TraceKey.parse(TraceKey(name.text, "a").query()).model == name.text


def test_a_plus_typed_in_an_address_arrives_as_a_space() -> None:
    assert TraceKey.parse("model=adapter:smollm2-135m+pirate").model == "adapter:smollm2-135m pirate"
    assert parse("adapter:smollm2-135m pirate") == Adapted("smollm2-135m", "pirate")
    assert parse("quantized:smollm2-135m+nf4") == Quantized("smollm2-135m", "nf4")


@pytest.mark.parametrize("name", ["smollm2-135m", "/home/me/model", "owner/name@main", "", "C:model.gguf"])
def test_any_other_model_is_passed_over(name: str) -> None:
    assert not is_made(name)
    assert parse(name) is None


@pytest.mark.parametrize(
    "name",
    [
        "trained:six-kinds-dense", "trained:@3", "trained:six-kinds-dense@-3", "trained:six-kinds-dense@1e3",
        "trained:../../etc/passwd@3", "trained:a/b@3", "trained:a..b@3", "trained:.a@3", "trained:a@3~XYZ",
        "trained:a@3~0123", "trained:a,blocks@3", "trained:a,blocks:1,blocks:2@3", "trained:a,Blocks:1@3",
        "trained:a@12345678", "trained:a@٣", f"trained:{'a' * LONGEST}@3", "trained:a\x00@3",
        "adapter:smollm2-135m", "adapter:smollm2-135m+../x", "adapter:smollm2-135m+a/b", "adapter:+x", "adapter:a+b+c",
        "adapter:smollm2-135m+.hidden", "quantized:smollm2-135m+", "quantized:/x+nf4",
    ],
)  # fmt: skip
def test_a_name_that_is_not_well_written_is_refused_with_its_form(name: str) -> None:
    with pytest.raises(BadRequestError) as caught:
        parse(name)
    assert name.partition(":")[0] in f"{caught.value}" or "twice" in caught.value.message
    assert caught.value.hint


@pytest.mark.parametrize(
    ("panel", "view"), [(panel.name, view.name) for panel in panels().values() for view in panel.views if view.trains]
)
def test_a_name_with_the_longest_settings_is_read(panel: str, view: str) -> None:
    """Of each view whose trainings can be opened: a request takes the name, with the hash of its weights."""
    made, wanted = panels()[panel], panels()[panel].view(view)
    said = {
        name: max((str(each) for each in control.values), key=len)
        for name, control in made.settings.items()
        if name in wanted.controls and control.choices
    }
    for arm in wanted.trains:
        name = replace(made.recipe(wanted, said).name(arm, 400), weights="0" * 12)
        assert parse(name.text) == name
