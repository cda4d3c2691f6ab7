"""A hand in three dimensions, as a camera sees it: tapered limbs with round ends.

The unit is the breadth of the palm. The thumb is at negative x, the fingertips at positive y, and the palm looks along
positive z, towards the camera.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from bridgeae_images.hands.gestures import Gesture, joint_angles

KNUCKLES = np.array([(-0.34, 0.46, 0.0), (-0.11, 0.52, 0.03), (0.12, 0.48, 0.02), (0.33, 0.38, -0.02)])
FINGER_LENGTHS = np.array([0.84, 0.94, 0.87, 0.68])
BONES = np.array([0.48, 0.29, 0.23])  # shares of a finger
FINGER_TAPER, THUMB_TAPER = np.array([1.12, 1.02, 0.95, 0.82]), np.array([1.72, 1.29, 1.15, 0.98])
WRIST, THUMB_ROOT, THUMB_BONE = np.array([0.0, -0.5, 0.0]), np.array([-0.2, -0.34, 0.1]), 0.42
ARM_LENGTH = 3.2
DIGIT_LIMBS = 15
"""The first limbs are the bones of the fingers and the thumb, three each; the last one is the forearm."""


class Limbs(NamedTuple):
    """Limbs from `start` to `end`, both (m, 3), whose radius changes linearly between the two of (m, 2)."""

    start: np.ndarray
    end: np.ndarray
    radius: np.ndarray


def hand_limbs(gesture: Gesture, rng: np.random.Generator) -> Limbs:
    """Draw a hand that makes a gesture, its size and bends, the direction from which it is seen, and left or right."""
    limbs = _posed(gesture, rng)
    turn, roll = _direction(gesture, rng)
    start, end = limbs.start @ turn.T, limbs.end @ turn.T
    arm, thickness = _forearm(turn, roll, rng)
    start, end = np.concatenate([start, arm[:1]]), np.concatenate([end, arm[1:]])
    radius = np.concatenate([limbs.radius, thickness[None]])
    distance = rng.uniform(3.5, 9)  # of the camera; what is nearer looks larger
    near = [1 / (1 - np.clip(points[:, 2], -3, 1.5) / distance) for points in (start, end)]
    start, end, radius = start * near[0][:, None], end * near[1][:, None], radius * np.stack(near, 1)
    flip = np.array([rng.choice([-1, 1]), 1, 1])
    return Limbs(start * flip, end * flip, radius)


def _posed(gesture: Gesture, rng: np.random.Generator) -> Limbs:
    """Return fingers, thumb and palm, the palm towards the camera."""
    bends, leans = joint_angles(gesture, rng)
    length, thickness, palm = rng.normal(1, 0.06), rng.uniform(0.095, 0.135), rng.uniform(0.14, 0.18)
    chains = [_finger(k, bends[k], leans[k], length) for k in range(4)]
    tapers = [thickness * FINGER_TAPER * (0.88 if k == 3 else 1) for k in range(4)]
    chains.append(_thumb(gesture, np.stack([chain[-1] for chain in chains]), rng))
    tapers.append(thickness * THUMB_TAPER)
    for k in range(4):
        chains.append(np.array([((k - 1.5) * 0.13, -0.42, 0), KNUCKLES[k]]))
        tapers.append(palm * np.array([1.02, 0.86]))
    chains.append(np.array([(0.3, -0.25, 0.06), (0.33, 0.15, 0.05)]))  # the heel of the hand
    tapers.append(palm * np.array([1.05, 0.95]))
    return Limbs(
        np.concatenate([chain[:-1] for chain in chains]),
        np.concatenate([chain[1:] for chain in chains]),
        np.concatenate([np.stack([taper[:-1], taper[1:]], 1) for taper in tapers]),
    )


def _finger(k: int, bends: np.ndarray, lean: float, length: float) -> np.ndarray:
    """Return the joints (4, 3) of a finger."""
    angle = np.cumsum(bends)[:, None]
    up, front = np.array([np.sin(lean), np.cos(lean), 0]), np.array([0, 0, 1])
    bones = (BONES * FINGER_LENGTHS[k] * length)[:, None] * (np.cos(angle) * up + np.sin(angle) * front)
    return np.concatenate([KNUCKLES[k : k + 1], KNUCKLES[k] + np.cumsum(bones, 0)])


def _thumb(gesture: Gesture, fingertips: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return the joints (4, 3) of the thumb: where its first bone ends, how its knuckle stands out, where it ends."""
    if gesture.thumb == "out":
        away, bulge = np.array([-0.75, 0.55, rng.normal(0.25, 0.2)]), rng.normal((-0.04, -0.02, 0), 0.03)
    elif gesture.thumb == "across":
        away, bulge = np.array([-0.5, 0.7, rng.normal(0.45, 0.15)]), rng.normal((-0.10, 0.02, 0.08), 0.05)
    else:
        away, bulge = np.array([-0.35, 0.45, 0.75]), rng.normal((-0.07, -0.08, 0.09), 0.03)
    first = THUMB_ROOT + THUMB_BONE * away / np.linalg.norm(away)
    if gesture.thumb == "out":
        angle = np.deg2rad(rng.uniform(5, 78))
        tip = first + rng.uniform(0.52, 0.68) * np.array([-np.sin(angle), np.cos(angle), rng.normal(0, 0.25)])
    elif gesture.thumb == "across":
        low, high = _resting_place(gesture, rng)
        tip = rng.uniform(low, high)
    else:
        tip = fingertips[list(gesture.touched[:2])].mean(0) + rng.normal((0, -0.07, 0.05), 0.05)
        if len(gesture.touched) > 1:  # a 0 may be open
            tip += rng.random() ** 3 * np.array([-0.1, -0.3, 0.1])
    return np.stack([THUMB_ROOT, first, first + 0.55 * (tip - first) + bulge, tip])


def _resting_place(
    gesture: Gesture, rng: np.random.Generator
) -> tuple[tuple[float, float, float], tuple[float, float, float]]:
    """Return the corners of the box in which a thumb across the palm ends."""
    if len(gesture.raised) == 4:
        return (-0.2, -0.25, 0.2), (0.3, 0.25, 0.32)
    on_folded_fingers, beside_them = (-0.15, -0.1, 0.5), (-0.34, 0.2, 0.3)
    style = rng.random()
    if style < 0.65:
        return on_folded_fingers, (0.3, 0.3, 0.75)
    return (beside_them, (-0.2, 0.4, 0.5)) if style < 0.85 else ((-0.1, -0.2, 0.25), (0.2, 0.0, 0.4))


def _direction(gesture: Gesture, rng: np.random.Generator) -> tuple[np.ndarray, float]:
    """Return the rotation (3, 3) of the hand, and its roll in radians. Some hands are turned or rolled far."""
    yaw, pitch = rng.normal(0, np.deg2rad([38, 28] if rng.random() < 0.3 else [16, 14]))
    roll = rng.normal(0, np.deg2rad(38 if rng.random() < 0.5 else 12))
    if gesture.thumb == "ring" and not gesture.raised:
        yaw = np.deg2rad(rng.uniform(15, 100))  # a 0 is seen from the side of the thumb
    elif rng.random() < 0.08:
        yaw += np.pi  # the back of the hand
    (cy, cp, cr), (sy, sp, sr) = np.cos([yaw, pitch, roll]), np.sin([yaw, pitch, roll])
    about_y = np.array([[cy, 0, sy], [0, 1, 0], [-sy, 0, cy]])
    about_x = np.array([[1, 0, 0], [0, cp, -sp], [0, sp, cp]])
    about_z = np.array([[cr, -sr, 0], [sr, cr, 0], [0, 0, 1]])
    return about_z @ about_x @ about_y, float(roll)


def _forearm(turn: np.ndarray, roll: float, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Return the ends (2, 3) of the forearm, which follows the hand's roll only in part, and its radii (2,)."""
    angle = 0.6 * roll + rng.normal(0, np.deg2rad(22))
    wrist = turn @ WRIST
    elbow = wrist + ARM_LENGTH * np.array([np.sin(angle), -np.cos(angle), rng.normal(0, 0.25)])
    seen = np.hypot(turn[0, 0], 0.75 * turn[2, 0])  # a wrist is three quarters as thick as it is broad
    thickness = rng.uniform(0.23, 0.29) * np.array([seen, rng.uniform(1.05, 1.5)])
    return np.stack([wrist + turn @ np.array([0, 0.12, 0]), elbow]), thickness
