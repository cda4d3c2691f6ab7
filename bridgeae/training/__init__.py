"""Training: one loop for every network, with batches drawn by a seeded generator. Imports Keras."""

from bridgeae.training.batches import Batches, RandomBatches
from bridgeae.training.freezing import all_layers, trainable_restored
from bridgeae.training.loop import History, TrainOptions, default_epochs, train
from bridgeae.training.optimizers import Muon, OneCycle, check_optimizer

__all__ = [
    "Batches",
    "History",
    "Muon",
    "OneCycle",
    "RandomBatches",
    "TrainOptions",
    "all_layers",
    "check_optimizer",
    "default_epochs",
    "train",
    "trainable_restored",
]
