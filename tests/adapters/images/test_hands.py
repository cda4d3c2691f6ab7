from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

from bridgeae_images.foreground import foreground
from bridgeae_images.hands import OTHER_SIGN, drawing, synthetic_hand
from bridgeae_images.hands.gestures import SIGNS, Gesture, joint_angles, other_gesture
from bridgeae_images.hands.skeleton import hand_limbs


def hand(sign: int, seed: int, size: int = 64) -> np.ndarray:
    return synthetic_hand(sign, size, np.random.default_rng(seed))


@pytest.mark.parametrize("size", [32, 64])
def test_a_hand_is_a_colour_picture_that_depends_on_the_generator_alone(size: int) -> None:
    first, again, other = (hand(3, seed, size) for seed in (1, 1, 2))
    assert first.shape == (size, size, 3) and first.dtype == np.uint8
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)


@pytest.mark.parametrize("sign", [*range(6), OTHER_SIGN])
def test_most_hands_stand_out_from_their_wall(sign: int) -> None:
    masks = [foreground(hand(sign, seed).astype(np.float32) / 255) for seed in range(12)]
    found = [mask for mask in masks if mask is not None]
    assert len(found) >= 11 and all(0.02 < (mask > 0.5).mean() < 0.8 for mask in found)


@given(st.integers(0, 2**32 - 1))
def test_another_sign_is_none_of_0_to_5_nor_a_fist(seed: int) -> None:
    gesture = other_gesture(np.random.default_rng(seed))
    assert (gesture.raised, gesture.thumb) not in [(sign.raised, sign.thumb) for sign in SIGNS[1:]]
    assert gesture.raised or gesture.thumb == "out"
    assert not set(gesture.raised) & set(gesture.touched)


@given(st.sampled_from(SIGNS), st.integers(0, 2**32 - 1))
def test_raised_fingers_are_straighter_than_folded_ones(gesture: Gesture, seed: int) -> None:
    bends, _ = joint_angles(gesture, np.random.default_rng(seed))
    raised = np.isin(range(4), gesture.raised)
    if gesture.raised:
        assert bends[raised].sum(1).max() < np.deg2rad(140) <= bends[~raised].sum(1).min(initial=9)


def fingertips(sign: int, seed: int) -> int:
    """Count the thin parts of a hand: what an opening by a disc a little wider than a finger removes."""
    mask = foreground(hand(sign, seed, 128).astype(np.float32) / 255)
    assert mask is not None
    y, x = np.mgrid[-10:11, -10:11]
    thin = (mask > 0.5) & ~ndimage.binary_opening(mask > 0.5, x**2 + y**2 <= 100)
    parts, count = ndimage.label(thin)
    return int((np.bincount(parts.ravel())[1:] > 60).sum()) if count else 0


def test_signs_with_more_fingers_have_more_thin_parts() -> None:
    one, four = (np.mean([fingertips(sign, seed) for seed in range(16)]) for sign in (1, 4))
    assert one + 0.5 < four


@given(st.sampled_from(SIGNS[1:]), st.integers(0, 2**32 - 1))
@settings(max_examples=20)
def test_a_hand_whose_fingertips_are_hidden_is_not_shown(gesture: Gesture, seed: int) -> None:
    limbs = hand_limbs(gesture, np.random.default_rng(seed))
    surface = drawing._surface(drawing._placed(limbs, 64, np.random.default_rng(seed)), 64)
    tip = 3 * gesture.raised[-1] + 2
    hidden = surface._replace(depth=np.where(surface.limb == tip, -np.inf, surface.depth))
    assert not drawing._shows(hidden, gesture)
