"""The table of the sampler's settings is the sampler's own."""

from __future__ import annotations

from dataclasses import MISSING, fields

import pytest
import torch

from explorer.errors import BadRequestError
from explorer.stack.inference.decoding.sampler_settings import SETTING, SETTINGS, STAGE_NAMES
from explorer.stack.inference.decoding.sampling import Sampler


def test_each_field_of_the_sampler_has_a_row_with_its_default() -> None:
    own = {each.name: each.default for each in fields(Sampler) if each.name != "order"}
    assert MISSING not in own.values()
    assert own == {each.name: each.neutral for each in SETTINGS}
    assert Sampler().numbers == Sampler.of({}).numbers == own


def test_each_step_has_one_setting_and_each_link_one_name() -> None:
    assert sorted(each.stage for each in SETTINGS) == sorted(STAGE_NAMES)
    assert len({each.link for each in SETTINGS}) == len(SETTINGS)


@pytest.mark.parametrize("name", list(SETTING))
def test_a_slider_stays_within_what_the_sampler_takes(name: str) -> None:
    setting = SETTING[name]
    for value in (setting.least, setting.most, setting.first, setting.neutral):
        assert setting.least <= value <= setting.most
        assert Sampler.of({name: value}).numbers[name] == value


@pytest.mark.parametrize("name", list(SETTING))
def test_the_neutral_value_is_off_and_another_acts(name: str) -> None:
    setting = SETTING[name]
    logits, previous = torch.arange(40.0) / 10, [39, 39, 38]

    def active(value: float | int) -> bool:
        return Sampler.of({name: value}).stages(logits, previous, 0)[setting.stage].active

    assert not active(setting.neutral)
    assert active(setting.least if setting.least != setting.neutral else setting.least + setting.step)


@pytest.mark.parametrize("name", list(SETTING))
def test_what_is_outside_is_refused_by_its_name(name: str) -> None:
    setting = SETTING[name]
    for value in (setting.low - 0.5, setting.high + 0.5, float("nan")):
        with pytest.raises(BadRequestError, match=setting.term):
            setting.checked(value)
    if setting.open_below:
        with pytest.raises(BadRequestError, match="keeps no token"):
            setting.checked(setting.low)


def test_what_counts_is_a_whole_number() -> None:
    assert SETTING["top_k"].checked(3.0) == 3
    with pytest.raises(BadRequestError, match=r"Top-k counts tokens: 2\.5 is not a whole number"):
        SETTING["top_k"].checked(2.5)
