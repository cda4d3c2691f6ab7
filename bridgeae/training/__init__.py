"""Training: one loop for every network, with batches drawn by a seeded generator. Imports Keras."""

from bridgeae.training.loop import Batches, Cycle, Draws, Muon, check_optimizer, train

__all__ = ["Batches", "Cycle", "Draws", "Muon", "check_optimizer", "train"]
