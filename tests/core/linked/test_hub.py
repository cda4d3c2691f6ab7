from __future__ import annotations

from typing import Any

import pytest

from bridgeae import Autoencoder, Domain, FlowLinker, Hub, RidgeLinker
from bridgeae.errors import InputError, NotFittedError
from bridgeae.networks import dense_networks

pytestmark = pytest.mark.slow


def test_a_hub_serves_all_directions_with_two_linkers_for_each_other_domain(
    autoencoders: dict[str, Autoencoder], domains: dict[str, Domain]
) -> None:
    made = []

    def linker() -> RidgeLinker:
        made.append(RidgeLinker())
        return made[-1]

    hub = Hub(autoencoders, centre="b", linker=linker).fit(domains)
    assert len(made) == 2 * (len(autoencoders) - 1)
    for source in autoencoders:
        for target in set(autoencoders) - {source}:
            bridge = hub.bridge(source, target)
            assert bridge.source is autoencoders[source] and bridge.target is autoencoders[target]
            assert bridge.evaluate(domains[source])["accuracy"] > 0.95


def test_without_a_linker_a_hub_takes_that_of_a_bridge_and_trains_a_new_side(
    autoencoders: dict[str, Autoencoder], domains: dict[str, Domain]
) -> None:
    new = Autoencoder(*dense_networks((5,), (4,), units=(8,)))
    few: dict[str, Any] = {"source_options": {"epochs": 1}, "linker_options": {"epochs": 1, "steps": 1}}
    hub = Hub({"a": new, "b": autoencoders["b"]}, centre="b").fit({name: domains[name] for name in "ab"}, **few)
    assert isinstance(hub.bridge("a", "b").linker, FlowLinker) and new.fitted


def test_a_hub_names_what_it_does_not_have(autoencoders: dict[str, Autoencoder], domains: dict[str, Domain]) -> None:
    with pytest.raises(InputError, match="`centre` must be one of"):
        Hub(autoencoders, centre="d")
    hub = Hub({name: autoencoders[name] for name in ("a", "b")}, centre="b", linker=RidgeLinker)
    with pytest.raises(NotFittedError, match=r"`fit\(data\)` first"):
        hub.bridge("a", "b")
    with pytest.raises(InputError, match=r"`data` must name the domains \['a', 'b'\], received \['a'\]"):
        hub.fit({"a": domains["a"]})
    hub.fit({name: domains[name] for name in ("a", "b")})
    with pytest.raises(InputError, match=r"`target` must be one of .* received 'z'"):
        hub.bridge("a", "z")
    with pytest.raises(InputError, match="use its autoencoder"):
        hub.bridge("a", "a")
