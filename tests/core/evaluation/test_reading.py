from __future__ import annotations

import numpy as np
import pytest

from bridgeae import Domain
from bridgeae.autoencoder import Encoding
from bridgeae.errors import InputError
from bridgeae.evaluation import Reading

N = 6
SAMPLES = Domain(np.arange(N)[:, None] * np.ones(3), names=np.arange(N))
ENCODING = Encoding(np.arange(N)[:, None], np.arange(N)[:, None], np.eye(N), np.arange(N))


def reading(*, drawn: bool = True) -> Reading:
    """Return a reading in which every column of sample k holds k."""
    draws = np.arange(N)[:, None, None] * np.ones((1, 2, 4)) if drawn else None
    return Reading(SAMPLES, ENCODING, np.arange(N)[:, None] * np.ones(4), draws, np.arange(N) / N, seed=7)


@pytest.mark.parametrize("index", [np.array([4, 1]), np.arange(N) % 2 == 0], ids=["indices", "mask"])
def test_chosen_samples_keep_all_that_is_said_of_them(index: np.ndarray) -> None:
    chosen = np.arange(N)[index]
    few = reading().select(index)
    assert len(few) == len(chosen) and few.seed == 7
    assert few.samples.names is not None and few.samples.names.tolist() == [str(k) for k in chosen]
    assert few.encoding.predicted is not None and (few.encoding.predicted == chosen).all()
    assert few.draws is not None and few.confidence is not None
    for values in (few.encoding.z[:, 0], few.encoding.plain[:, 0], few.fixed[:, 0], few.draws[:, 1, 0]):
        assert (values == chosen).all()
    assert (few.confidence == chosen / N).all()


def test_the_first_draw_is_one_of_each_sample() -> None:
    assert (reading().first_draw == reading().fixed).all()
    with pytest.raises(InputError, match="holds no draws: pass `draws`"):
        _ = reading(drawn=False).first_draw


def test_what_is_not_there_stays_away() -> None:
    bare = Reading(SAMPLES, Encoding(ENCODING.z, ENCODING.plain), reading().fixed)
    few = bare.select(np.array([1]))
    assert few.draws is None and few.confidence is None and few.encoding.predicted is None
