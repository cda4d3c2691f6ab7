"""The data of one modality, in memory or on disk."""

from bridgeae.domain.domain import Data, Domain, as_domain, check_shared, shared_labels, split_validation
from bridgeae.domain.stored import StoredSamples, moments, portions, some_of

__all__ = [
    "Data",
    "Domain",
    "StoredSamples",
    "as_domain",
    "check_shared",
    "moments",
    "portions",
    "shared_labels",
    "some_of",
    "split_validation",
]
