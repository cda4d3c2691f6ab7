"""Plain decimal numbers out of the bytes of a file, many at a time, to the last bit as `float` reads them."""

from __future__ import annotations

import numpy as np

LONGEST = 16
"""Longest field that is read here, in characters: with a point, 15 digits, which a float64 holds exactly."""
_POWERS = 10.0 ** np.arange(LONGEST + 1)
_ZERO, _POINT, _MINUS = 48, 46, 45


def parse_decimals(data: np.ndarray, start: np.ndarray, end: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return fields such as 12, -0.5 and .25 as numbers; others, such as NA and 1e5, are left to the caller.

    The digits without the point are one whole number, which is divided by a power of ten. Both are exact, so that the
    division rounds once, as reading the text does.

    Args:
        data: (bytes,) uint8, the text.
        start, end: (n,) int, the first byte of each field, and the byte after its last.

    Returns:
        The values, (n,) float64, and a mask of the fields that are plain decimals, (n,) bool.
    """
    width = end - start
    longest = min(int(width.max(initial=0)), LONGEST)
    digits = np.zeros(len(start), np.int64)
    count, places = np.zeros(len(start), np.int8), np.zeros(len(start), np.int8)
    after_point = np.zeros(len(start), bool)
    plain = (width > 0) & (width <= LONGEST)
    negative = data[np.minimum(start, len(data) - 1)] == _MINUS
    for k in range(longest):
        inside = width > k
        byte = data[np.minimum(start + k, len(data) - 1)]
        figure = byte - np.uint8(_ZERO)
        is_figure = (figure < 10) & inside
        is_point = (byte == _POINT) & inside & ~after_point
        other = inside & ~is_figure & ~is_point
        plain &= ~(other & ~negative) if k == 0 else ~other
        np.multiply(digits, 10, out=digits, where=is_figure)
        np.add(digits, figure, out=digits, where=is_figure)
        after_point |= is_point
        count += is_figure
        places += is_figure & after_point
    plain &= (count > 0) & (count < LONGEST)
    value = digits / _POWERS[places]
    return np.negative(value, out=value, where=negative), plain
