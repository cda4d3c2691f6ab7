"""Pairings: rules that draw index pairs of samples that belong together."""

from bridgeae.pairing.by_class import ClassPairing, GivenPairing
from bridgeae.pairing.transport import NearestPairing, TransportPairing
from bridgeae.pairing.unpaired import UnpairedPairing

__all__ = ["ClassPairing", "GivenPairing", "NearestPairing", "TransportPairing", "UnpairedPairing"]
