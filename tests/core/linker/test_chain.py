from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from bridgeae import Autoencoder, Domain, FlowLinker, Hub, LinkedAutoencoder, NetworkLinker, RidgeLinker
from bridgeae.errors import InputError, NotFittedError

QUICK = {"epochs": 6, "learning_rate": 2e-2}


def blobs(width: int, seed: int) -> Domain:
    labels = np.arange(90) % 3
    return Domain(np.random.default_rng(seed).normal(3.0 * np.eye(3, width)[labels], 0.2), labels)


@pytest.fixture(scope="module")
def data() -> dict[str, Domain]:
    return {"a": blobs(5, 0), "b": blobs(7, 1), "c": blobs(9, 2)}


@pytest.fixture(scope="module")
def sides(data: dict[str, Domain]) -> dict[str, Autoencoder]:
    return {name: Autoencoder(classifier="joint").fit(domain, **QUICK) for name, domain in data.items()}


def link(sides, data, source: str, target: str, linker=None) -> LinkedAutoencoder:
    options = {} if linker is None or isinstance(linker, RidgeLinker) else {"epochs": 3, "steps": 40}
    return LinkedAutoencoder(sides[source], sides[target], linker or RidgeLinker()).fit(
        data[source], data[target], linker_options=options
    )


def test_a_chain_translates_through_the_latents_between(sides, data) -> None:
    first, second = link(sides, data, "a", "b"), link(sides, data, "b", "c")
    chain = first.then(second)
    z = second.linker.predict(first.linker.predict(sides["a"].encode(data["a"].x)))
    assert np.allclose(chain.translate(data["a"]), sides["c"].decode(z), atol=1e-5)
    assert chain.evaluate(data["a"], data["c"])["accuracy"] > 0.95


def test_a_chain_of_different_autoencoders_goes_through_the_samples(sides, data) -> None:
    first = link(sides, data, "a", "b")
    twin = Autoencoder(classifier="joint").fit(data["b"], seed=9, **QUICK)
    second = LinkedAutoencoder(twin, sides["c"], RidgeLinker()).fit(data["b"], data["c"])
    chain = first.then(second)
    assert np.allclose(chain.translate(data["a"]), second.translate(first.translate(data["a"])), atol=1e-4)
    with pytest.raises(InputError, match="save its bridges"):
        chain.save("unused")


def test_a_chain_can_be_chained_saved_and_loaded(sides, data, tmp_path: Path) -> None:
    chain = link(sides, data, "a", "b", NetworkLinker()).then(link(sides, data, "b", "c"))
    round_trip = chain.then(link(sides, data, "c", "a"))
    round_trip.save(tmp_path / "chain")
    loaded = LinkedAutoencoder.load(tmp_path / "chain")
    assert np.allclose(loaded.translate(data["a"]), round_trip.translate(data["a"]), atol=1e-5)


def test_a_chain_draws_where_its_last_linker_does(sides, data) -> None:
    first = link(sides, data, "a", "b")
    drawing = first.then(link(sides, data, "b", "c", FlowLinker(units=32)))
    assert drawing.translate(data["a"].x[:4], draws=3).shape == (4, 3, 9)
    with pytest.raises(InputError, match="`draws` needs a last linker that samples"):
        first.then(link(sides, data, "b", "c")).translate(data["a"].x[:4], draws=3)


def test_bridges_that_do_not_meet_are_refused(sides, data) -> None:
    first = link(sides, data, "a", "b")
    with pytest.raises(InputError, match=r"reads samples of shape \(5,\), this bridge makes \(7,\)"):
        first.then(first)
    with pytest.raises(NotFittedError):
        first.then(LinkedAutoencoder())
    with pytest.raises(InputError, match="made of fitted linkers"):
        first.then(link(sides, data, "b", "c")).linker.fit()


def test_a_hub_serves_all_directions_with_two_linkers_for_each_other_domain(sides, data) -> None:
    made = []

    def linker() -> RidgeLinker:
        made.append(RidgeLinker())
        return made[-1]

    hub = Hub(sides, centre="b", linker=linker).fit(data)
    assert len(made) == 2 * (len(sides) - 1)
    for source in sides:
        for target in set(sides) - {source}:
            assert hub.bridge(source, target).evaluate(data[source])["accuracy"] > 0.95


def test_a_hub_names_what_it_does_not_have(sides, data) -> None:
    with pytest.raises(InputError, match="`centre` must be one of"):
        Hub(sides, centre="d")
    hub = Hub(sides, centre="b", linker=RidgeLinker)
    with pytest.raises(NotFittedError, match="`fit"):
        hub.bridge("a", "c")
    with pytest.raises(InputError, match=r"`data` must name the domains \['a', 'b', 'c'\]"):
        hub.fit({"a": data["a"]})
    hub.fit(data)
    with pytest.raises(InputError, match="`target` must be one of"):
        hub.bridge("a", "z")
    with pytest.raises(InputError, match="use its autoencoder"):
        hub.bridge("a", "a")
