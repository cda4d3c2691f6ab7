"""Settings and small data for all tests."""

from __future__ import annotations

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
for threads in ("OMP_NUM_THREADS", "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS"):
    os.environ.setdefault(threads, "1")  # the networks are tiny, and the tests run side by side

import numpy as np
import pytest
from hypothesis import HealthCheck, settings

from bridgeae import Autoencoder, Domain, FlowLinker, LinkedAutoencoder, RidgeLinker

settings.register_profile("default", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("default")


@pytest.fixture(scope="session")
def waves() -> Domain:
    """Three classes of noisy sine waves, 90 samples of shape (24,)."""
    rng = np.random.default_rng(0)
    labels = np.arange(90) % 3
    phase = rng.uniform(0, 0.5, (90, 1))
    x = np.sin((labels[:, None] + 1) * np.linspace(0, 6, 24) + phase) + rng.normal(scale=0.05, size=(90, 24))
    return Domain(x, labels=labels)


@pytest.fixture(scope="session")
def tiles() -> Domain:
    """Three classes of noisy tiles, 60 samples of shape (6, 6, 1)."""
    rng = np.random.default_rng(1)
    labels = np.repeat(np.arange(3), 20)
    x = rng.normal(scale=0.05, size=(60, 6, 6, 1))
    for k, label in enumerate(labels):
        x[k, 2 * label : 2 * label + 2] += rng.uniform(0.7, 1.0)
    return Domain(x, labels=labels)


@pytest.fixture(scope="session")
def bridge(waves: Domain, tiles: Domain) -> LinkedAutoencoder:
    """A linear bridge from waves to tiles, which many tests share: fit others over its two sides."""
    short = {"epochs": 20}
    return LinkedAutoencoder(linker=RidgeLinker()).fit(waves, tiles, source_options=short, target_options=short)


@pytest.fixture(scope="session")
def drawing(bridge: LinkedAutoencoder, waves: Domain, tiles: Domain) -> LinkedAutoencoder:
    """A calibrated bridge over the same sides whose linker samples; many tests share it."""
    made = LinkedAutoencoder(bridge.source, bridge.target, FlowLinker(units=32))
    return made.fit(waves, tiles, linker_options={"epochs": 3, "steps": 60}).calibrate(waves, waves)


@pytest.fixture(scope="session")
def domains() -> dict[str, Domain]:
    """Three domains of the same three classes, 90 samples of 5, 7 and 9 values."""
    labels = np.arange(90) % 3
    return {
        name: Domain(np.random.default_rng(k).normal(3.0 * np.eye(3, 5 + 2 * k)[labels], 0.2), labels)
        for k, name in enumerate("abc")
    }


@pytest.fixture(scope="session")
def autoencoders(domains: dict[str, Domain]) -> dict[str, Autoencoder]:
    """A trained autoencoder with a classifier of each of the three domains."""
    quick = {"epochs": 6, "learning_rate": 2e-2}
    return {name: Autoencoder(classifier="joint").fit(domain, **quick) for name, domain in domains.items()}
