"""What a file may ask for: every reader of bridgeae and its adapters asks here before it unpacks, builds or repeats."""

from bridgeae.limits.archives import check_zip
from bridgeae.limits.files import (
    check_inside,
    check_ordinary,
    limited_blocks,
    limited_lines,
    parse_json,
    read_limited,
    read_small,
)
from bridgeae.limits.hdf5 import check_hdf5
from bridgeae.limits.numbers import LIMITS, check_growth, check_limit, limit

__all__ = [
    "LIMITS",
    "check_growth",
    "check_hdf5",
    "check_inside",
    "check_limit",
    "check_ordinary",
    "check_zip",
    "limit",
    "limited_blocks",
    "limited_lines",
    "parse_json",
    "read_limited",
    "read_small",
]
