from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridgeae.saving import State

names = st.text("abcxyz_", min_size=1)
states = st.builds(
    State,
    st.dictionaries(names, st.integers()),
    st.dictionaries(names, st.sampled_from(["encoder", "decoder"])),  # any object may stand for a network
    st.dictionaries(names, st.integers(0, 3).map(np.arange)),
)


def same(a: State, b: State) -> bool:
    arrays = {name: array.tolist() for name, array in a.arrays.items()}
    return (a.values, a.networks, arrays) == (b.values, b.networks, {n: v.tolist() for n, v in b.arrays.items()})


@given(st.dictionaries(names, states, min_size=1, max_size=4))
def test_every_part_comes_back_from_the_whole(parts: dict[str, State]) -> None:
    whole = State()
    for name, state in parts.items():
        whole |= state.under(name)
    assert set(whole.values) == set(parts)
    for name, state in parts.items():
        assert same(whole.part(name), state)


@given(states, names, names)
def test_parts_nest(state: State, outer: str, inner: str) -> None:
    assert same(state.under(inner).under(outer).part(outer).part(inner), state)


@given(states)
def test_a_part_that_is_not_there_is_a_key_error(state: State) -> None:
    with pytest.raises(KeyError, match="none"):
        state.under("some").part("none")
