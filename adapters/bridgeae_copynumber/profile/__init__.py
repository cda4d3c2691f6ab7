"""Bins of one sample, and segments of one or many."""

from bridgeae_copynumber.profile.arrays import run_offsets
from bridgeae_copynumber.profile.profile import (
    Profile,
    Segments,
    as_profiles,
    first_duplicate,
    plain_name,
)

__all__ = ["Profile", "Segments", "as_profiles", "first_duplicate", "plain_name", "run_offsets"]
