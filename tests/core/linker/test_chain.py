from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from bridgeae import Autoencoder, Domain, FlowLinker, LinkedAutoencoder, NetworkLinker, RidgeLinker
from bridgeae.errors import InputError
from bridgeae.linker import ChainLinker, sample_keys
from bridgeae.protocols import Linker, SamplingLinker

QUICK = {"epochs": 6, "learning_rate": 2e-2}
pytestmark = pytest.mark.slow
Link = Callable[..., LinkedAutoencoder]


@pytest.fixture(scope="module")
def link(autoencoders: dict[str, Autoencoder], domains: dict[str, Domain]) -> Link:
    def linked(source: str, target: str, linker: Linker | None = None) -> LinkedAutoencoder:
        options = {} if linker is None else {"epochs": 1, "steps": 40}
        made = LinkedAutoencoder(autoencoders[source], autoencoders[target], linker or RidgeLinker())
        return made.fit(domains[source], domains[target], linker_options=options)

    return linked


def test_a_chain_translates_through_the_latents_between(
    autoencoders: dict[str, Autoencoder], domains: dict[str, Domain], link: Link
) -> None:
    first, second = link("a", "b"), link("b", "c")
    chain = first.then(second)
    z = second.linker.predict(first.linker.predict(autoencoders["a"].encode(domains["a"].x)))
    assert np.allclose(chain.translate(domains["a"]), autoencoders["c"].decode(z), atol=1e-5)
    assert chain.evaluate(domains["a"], domains["c"])["accuracy"] > 0.95


def test_a_chain_of_different_autoencoders_goes_through_the_samples(
    autoencoders: dict[str, Autoencoder], domains: dict[str, Domain], link: Link, tmp_path: Path
) -> None:
    first = link("a", "b")
    twin = Autoencoder(classifier="joint").fit(domains["b"], seed=9, **QUICK)
    second = LinkedAutoencoder(twin, autoencoders["c"], RidgeLinker()).fit(domains["b"], domains["c"])
    chain = first.then(second)
    assert np.allclose(chain.translate(domains["a"]), second.translate(first.translate(domains["a"])), atol=1e-4)
    with pytest.raises(InputError, match="save its bridges"):
        chain.save(tmp_path / "model")


def test_a_chain_can_be_chained_saved_and_loaded(domains: dict[str, Domain], link: Link, tmp_path: Path) -> None:
    chain = link("a", "b", NetworkLinker()).then(link("b", "c"))
    round_trip = chain.then(link("c", "a"))
    round_trip.save(tmp_path / "chain")
    loaded = LinkedAutoencoder.load(tmp_path / "chain")
    assert np.allclose(loaded.translate(domains["a"]), round_trip.translate(domains["a"]), atol=1e-5)


def test_a_chain_samples_where_its_last_linker_does(domains: dict[str, Domain], link: Link, tmp_path: Path) -> None:
    flow = link("b", "c", FlowLinker(units=32))
    chain = link("a", "b").then(flow)
    assert isinstance(chain.linker, SamplingLinker)
    drawn = chain.translate(domains["a"].x[:4], draws=3, seed=2)
    assert drawn.shape == (4, 3, 9)
    middle = chain.linker.first.predict(chain.source.encode(domains["a"].x[:4]))  # type: ignore[attr-defined]
    keys = sample_keys(domains["a"].x[:4])
    assert np.allclose(drawn, flow.translate_latents(middle, draws=3, seed=2, keys=keys), atol=1e-5)
    assert np.allclose(drawn[2:], chain.translate(domains["a"].x[2:4], draws=3, seed=2), atol=1e-5)
    assert isinstance(link("c", "a").then(chain).linker, SamplingLinker)  # a chain within a chain
    chain.save(tmp_path / "chain")
    loaded = LinkedAutoencoder.load(tmp_path / "chain")
    assert np.allclose(loaded.translate(domains["a"].x[:4], draws=3, seed=2), drawn, atol=1e-5)


def test_a_chain_that_ends_in_one_answer_does_not_sample(domains: dict[str, Domain], link: Link) -> None:
    chain = link("a", "b", FlowLinker(units=32)).then(link("b", "c"))
    assert not isinstance(chain.linker, SamplingLinker)
    with pytest.raises(InputError, match="`draws` needs a linker that samples, not ChainLinker"):
        chain.translate(domains["a"].x[:4], draws=3)


def test_a_chain_is_never_fitted_itself(domains: dict[str, Domain], link: Link) -> None:
    chain = link("a", "b").then(link("b", "c")).linker
    assert isinstance(chain, ChainLinker)
    with pytest.raises(InputError, match="made of fitted linkers"):
        chain.fit(domains["a"], domains["c"], None)
    with pytest.raises(InputError, match="made of fitted linkers"):
        LinkedAutoencoder(linker=chain).check(domains["a"], domains["c"])
