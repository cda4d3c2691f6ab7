"""Plain decimal numbers out of the bytes of a file, many at a time, to the last bit as `float` reads them.

Eight characters are one 64-bit word, and arithmetic works on all eight at once. The point is taken out by shifting what
stands before it over it; then three multiplications make a number of the digits (Langdale & Lemire 2019, VLDB Journal
28:941).
"""

from __future__ import annotations

import numpy as np

LONGEST = 16
"""Longest field that is read here, in characters: with a point, 15 digits, which a float64 holds exactly."""
WORD = 8
"""Characters of a word; a field has two words, the first one of zeros where it is short."""
_POWERS = 10.0 ** np.arange(LONGEST + 1)
_MINUS = 45
_U = np.uint64
_ONES = _U(0x0101010101010101)
_ZEROS, _POINTS, _SIXES, _HIGH_BITS = (_ONES * _U(k) for k in (ord("0"), ord("."), 6, 0x80))
_HIGH_HALVES = _ONES * _U(0xF0)
_LAST = np.array([(2**64 - 2 ** (64 - 8 * k)) % 2**64 for k in range(WORD + 1)], np.uint64)
"""Masks of the last k characters of a word."""
_AFTER = np.array([*range(WORD - 1, -1, -1), 0], np.uint8)
"""Characters of a word after its k-th; none after a point that is not there."""


def parse_decimals(data: np.ndarray, start: np.ndarray, end: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return fields such as 12, -0.5 and .25 as numbers; others, such as NA and 1e5, are left to the caller.

    The digits without the point are one whole number, which is divided by a power of ten. Both are exact, so that the
    division rounds once, as reading the text does.

    Args:
        data: (bytes,) uint8, the text, contiguous.
        start, end: (n,) int, the first byte of each field, and the byte after its last.

    Returns:
        The values, (n,) float64, and a mask of the fields that are plain decimals, (n,) bool.
    """
    if not len(start):
        return np.zeros(0), np.zeros(0, bool)
    negative = data[np.minimum(start, len(data) - 1)] == _MINUS
    width = end - start
    plain = width <= LONGEST
    width = width - negative
    low = _word(data, end - WORD, width)
    point = _first_point(low)
    places = _characters_after(point)
    longest = int(width.max())
    high = _word(data, end - 2 * WORD, width - WORD) if longest > WORD else np.broadcast_to(_ZEROS, low.shape)
    here = point > 0
    low = np.where(here, _without(low, point, high >> _U(56)), low)
    digits, good = _number(low)
    count = width - here
    if longest > WORD:
        earlier = _first_point(high) * ~here
        before = np.where(here, high << _U(8) | _ZEROS & _U(255), high)
        before = np.where(earlier > 0, _without(high, earlier, _ZEROS & _U(255)), before)
        more, better = _number(before)
        digits, good = digits + more * _U(10**WORD), good & better
        places = np.where(earlier > 0, _characters_after(earlier) + WORD, places)
        count = count - (earlier > 0)
    plain &= good & (count > 0) & (count < LONGEST)
    value = digits / _POWERS[places]
    return np.negative(value, out=value, where=negative), plain


def _word(data: np.ndarray, begin: np.ndarray, width: np.ndarray) -> np.ndarray:
    """Return the eight characters from each place on, (n,) uint64; all but the last `width` of them are zeros."""
    if len(data) < WORD:
        data = np.append(data, np.zeros(WORD, np.uint8))
    words = np.ndarray((len(data) - WORD + 1,), "<u8", data, strides=(1,))
    word = words[np.maximum(begin, 0)]
    if begin[0] < 0 or begin.min() < 0:
        word <<= np.clip(-8 * begin, 0, 56).astype(np.uint64)
    kept = _LAST[np.clip(width, 0, WORD)]
    return word & kept | _ZEROS & ~kept


def _first_point(word: np.ndarray) -> np.ndarray:
    """Return the high bit of the first character that is a point, (n,) uint64; 0 where there is none."""
    other = word ^ _POINTS
    found = (other - _ONES) & ~other & _HIGH_BITS
    return found & (~found + _U(1))


def _characters_after(point: np.ndarray) -> np.ndarray:
    """Return how many characters of the word follow a point, (n,) uint8; 0 where there is none."""
    return _AFTER[np.bitwise_count((point >> _U(7)) - _U(1)) >> 3]


def _without(word: np.ndarray, point: np.ndarray, first: np.ndarray | np.uint64) -> np.ndarray:
    """Return words with the characters before the point moved by one, over it; `first` moves in."""
    after, before = ~((point << _U(1)) - _U(1)), (point >> _U(7)) - _U(1)
    return word & after | (word & before) << _U(8) | first


def _number(word: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return words of eight digits as whole numbers, (n,) uint64, and whether there is nothing but digits."""
    good = (word & _HIGH_HALVES | ((word + _SIXES) & _HIGH_HALVES) >> _U(4)) == _ONES * _U(0x33)
    pairs = (word & _ONES * _U(0x0F)) * _U(2561) >> _U(8)
    fours = (pairs & _U(0x00FF00FF00FF00FF)) * _U(6553601) >> _U(16)
    return (fours & _U(0x0000FFFF0000FFFF)) * _U(42949672960001) >> _U(32), good
