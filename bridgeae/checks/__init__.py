"""Checks of arguments, one wording each, and limits on what a file may ask for before it is unpacked or built."""

from bridgeae.checks.archives import check_zip
from bridgeae.checks.arguments import (
    MAX_SEED,
    TRAINING,
    Shape,
    check_choice,
    check_counts,
    check_fitted,
    check_installed,
    check_methods,
    check_options,
    check_seed,
    check_shape,
    did_you_mean,
    is_of,
    shape_fits,
    type_name,
    which_extra,
    wrong_types,
)
from bridgeae.checks.files import (
    check_inside,
    check_ordinary,
    limited_blocks,
    limited_lines,
    parse_json,
    read_limited,
    read_small,
)
from bridgeae.checks.hdf5 import check_hdf5
from bridgeae.checks.limits import LIMITS, check_growth, check_limit, limit
from bridgeae.checks.queries import split_query, whole_number

__all__ = [
    "LIMITS",
    "MAX_SEED",
    "TRAINING",
    "Shape",
    "check_choice",
    "check_counts",
    "check_fitted",
    "check_growth",
    "check_hdf5",
    "check_inside",
    "check_installed",
    "check_limit",
    "check_methods",
    "check_options",
    "check_ordinary",
    "check_seed",
    "check_shape",
    "check_zip",
    "did_you_mean",
    "is_of",
    "limit",
    "limited_blocks",
    "limited_lines",
    "parse_json",
    "read_limited",
    "read_small",
    "shape_fits",
    "split_query",
    "type_name",
    "which_extra",
    "whole_number",
    "wrong_types",
]
