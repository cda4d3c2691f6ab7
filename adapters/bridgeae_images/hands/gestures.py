"""Which fingers a sign raises, where its thumb is, and how far each joint of the fingers is bent."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

OTHER_SIGN = -1
"""Stands for any sign but 0 to 5: other fingers are up, or the thumb touches a finger."""
INDEX_MIDDLE, ALL_FINGERS = (0, 1), (0, 1, 2, 3)
LEANS = np.deg2rad([-7.0, -1.0, 5.0, 13.0])  # of the relaxed fingers to the side, from index to little finger
CLAW_SHARE = 0.12  # of the hands, whose raised fingers are bent like claws
LOOSE_SHARE = 0.3  # of the hands, whose folded fingers do not reach the palm


class Gesture(NamedTuple):
    """The fingers that are up (0 is the index finger), and the thumb: "out", "across" the palm, or "ring".

    In a ring, the thumb meets the fingers `touched`.
    """

    raised: tuple[int, ...]
    thumb: str
    touched: tuple[int, ...] = ()


SIGNS = (
    Gesture((), "ring", ALL_FINGERS),
    Gesture((0,), "across"),
    Gesture(INDEX_MIDDLE, "across"),
    Gesture(INDEX_MIDDLE, "out"),
    Gesture(ALL_FINGERS, "across"),
    Gesture(ALL_FINGERS, "out"),
)


def other_gesture(rng: np.random.Generator) -> Gesture:
    """Draw a gesture that is none of 0 to 5, nor a fist, which looks like a closed 0."""
    while True:
        raised = tuple(int(k) for k in np.flatnonzero(rng.random(4) < 0.6))
        thumb = str(rng.choice(["across", "out", "ring"], p=[0.3, 0.2, 0.5]))
        down = [k for k in ALL_FINGERS if k not in raised]
        if thumb == "ring":
            if raised and len(down) in (1, 2) and raised != INDEX_MIDDLE:
                return Gesture(raised, thumb, (int(rng.choice(down)),))
        elif Gesture(raised, thumb) not in SIGNS and (raised or thumb == "out"):
            return Gesture(raised, thumb)


def joint_angles(gesture: Gesture, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Return how far the joints of the fingers are bent (4, 3), and how the fingers lean to the side (4,), radians."""
    raised = np.isin(ALL_FINGERS, gesture.raised)
    if gesture == SIGNS[0]:
        return _opposed(rng), LEANS * rng.uniform(0, 1)
    alike, own = _straight(rng), np.stack([_straight(rng) for _ in ALL_FINGERS])
    loose = rng.random() < LOOSE_SHARE
    bends = np.where(raised[:, None], 0.7 * alike + 0.3 * own, np.stack([_folded(rng, loose) for _ in ALL_FINGERS]))
    for finger in gesture.touched:
        bends[finger] = _degrees(rng, (45, 50, 20), (75, 85, 45))
    spread = rng.uniform(-0.3, 1.5) if rng.random() < 0.35 else rng.uniform(0.7, 2.1)
    leans = np.where(raised, LEANS * spread + rng.normal(0, 0.05, 4), LEANS * 0.3)
    if gesture.raised == INDEX_MIDDLE:  # a V of any width
        width = np.deg2rad(rng.uniform(0, 38))
        leans[:2] = rng.normal(0, 0.09) + width * np.array([-0.5, 0.5])
    return bends, leans


def _degrees(rng: np.random.Generator, low: tuple[float, ...], high: tuple[float, ...]) -> np.ndarray:
    return np.deg2rad(rng.uniform(low, high))


def _straight(rng: np.random.Generator) -> np.ndarray:
    if rng.random() < CLAW_SHARE:
        return _degrees(rng, (-10, 20, 5), (25, 75, 45))
    first = _degrees(rng, (-14,), (18,))
    return np.concatenate([first, np.abs(rng.normal(0, np.deg2rad([12, 8])))])


def _folded(rng: np.random.Generator, loose: bool) -> np.ndarray:
    return _degrees(rng, (30, 85, 25), (65, 112, 60)) if loose else _degrees(rng, (62, 85, 25), (95, 112, 70))


def _opposed(rng: np.random.Generator) -> np.ndarray:
    """Bend all fingers towards the thumb, one a little more than the other."""
    bends = _degrees(rng, (25, 45, 15), (70, 80, 50)) + np.zeros((4, 1))
    bends[:, 0] += rng.normal(0.07, 0.09) * np.arange(4)
    bends[:, :2] += rng.normal(0, 0.05, (4, 2))
    return bends
