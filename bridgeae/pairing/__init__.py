"""Pairings: rules that draw index pairs of samples that belong together."""

from bridgeae.pairing.by_class import ClassPairing
from bridgeae.pairing.given import GivenPairing
from bridgeae.pairing.nearest import NearestPairing
from bridgeae.pairing.transport import TransportPairing
from bridgeae.pairing.unpaired import AlignmentWarning, UnpairedPairing

__all__ = [
    "AlignmentWarning",
    "ClassPairing",
    "GivenPairing",
    "NearestPairing",
    "TransportPairing",
    "UnpairedPairing",
]
