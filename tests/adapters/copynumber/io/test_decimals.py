from __future__ import annotations

import numpy as np
from hypothesis import example, given
from hypothesis import strategies as st

from bridgeae_copynumber.io.decimals import LONGEST, parse_decimals

plain = st.from_regex(rb"\A-?(\d{1,7}(\.\d{0,7})?|\.\d{1,8})\Z")
other = st.from_regex(rb"\A[-+0-9.eEnaN_ ]{0,20}\Z")


def parse(fields: list[bytes]) -> tuple[np.ndarray, np.ndarray]:
    text = b"\t".join([*fields, b""])
    length = np.array([len(f) for f in fields])
    start = np.concatenate([[0], np.cumsum(length + 1)[:-1]])
    return parse_decimals(np.frombuffer(text, np.uint8), start, start + length)


@given(st.lists(plain, min_size=1, max_size=30))
@example([b"0", b"-0", b"1.", b"-.5", b"123456789.12345"])
def test_decimals_are_read_to_the_last_bit_as_float_reads_them(fields: list[bytes]) -> None:
    value, known = parse(fields)
    assert known.all()
    assert value.tobytes() == np.array([float(f) for f in fields]).tobytes()


@given(st.lists(plain | other, min_size=1, max_size=30))
@example([b"-", b".", b"", b"-.", b"1-2", b"1.2.3", b"+1", b"1e5", b"NA", b"9" * LONGEST, b"1" * 40, b"1_0"])
def test_what_is_no_plain_decimal_is_left_to_the_caller(fields: list[bytes]) -> None:
    value, known = parse(fields)
    for field, v, k in zip(fields, value, known, strict=True):
        if k:
            assert v == float(field) and b"_" not in field and b" " not in field


def test_digits_beyond_what_a_float_holds_are_left_to_the_caller() -> None:
    assert parse([b"1" * 15, b"1" * 16, b"-" + b"1" * 15, b"0." + b"1" * 14])[1].tolist() == [True, False, True, True]
