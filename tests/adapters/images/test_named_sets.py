from __future__ import annotations

import keras
import numpy as np
import pytest

from bridgeae.errors import InputError, MissingFileError
from bridgeae_images.named_sets import read_named
from bridgeae_images.query import Pictures, parse
from without_training import run


def read(path: str) -> Pictures:
    return read_named(parse(path))


@pytest.mark.parametrize("name", ["sklearn:digits", "drawn:hands"])
def test_the_two_halves_are_different_images_and_make_up_the_whole(name: str) -> None:
    train, test, both = (read(f"{name}?half={half}&n=12").images for half in ("train", "test", "all"))
    assert train is not None and test is not None and both is not None
    assert not {image.tobytes() for image in train} & {image.tobytes() for image in test}
    assert sorted(image.tobytes() for image in both) == sorted(image.tobytes() for image in [*train, *test])


def test_digits_are_framed_as_in_mnist() -> None:
    digits = read("sklearn:digits?half=test")
    assert digits.images is not None and digits.labels is not None
    assert digits.images.shape == (359, 28, 28) and digits.images.dtype == np.uint8
    assert digits.images[:, :3].max() == digits.images[:, :, 25:].max() == 0
    assert np.unique(digits.labels).tolist() == list(range(10))


def test_drawn_hands_show_each_sign_in_turn_and_depend_on_the_seed_alone() -> None:
    first, again, other = (read(f"drawn:hands?n=7&seed={seed}") for seed in (3, 3, 4))
    assert first.labels is not None and first.labels.tolist() == [0, 1, 2, 3, 4, 5, 0]
    np.testing.assert_array_equal(first.images, again.images)
    assert not np.array_equal(first.images, other.images)  # type: ignore[arg-type]


def test_fewer_hands_are_the_first_of_many() -> None:
    np.testing.assert_array_equal(read("drawn:hands?n=3").images, read("drawn:hands?n=6").images[:3])  # type: ignore[index]


@pytest.mark.parametrize(("half", "count"), [("train", 1), ("all", 2)])
def test_hands_that_show_other_signs_have_no_label(half: str, count: int) -> None:
    hands = read(f"drawn:hands?n=3&others=2&half={half}")
    assert hands.labels is not None and hands.labels.tolist() == [0, 1, 2, -1, -1] * count


@pytest.mark.parametrize(("half", "count"), [("", 4), ("?half=test", 2), ("?half=all", 6)])
def test_keras_sets_have_halves(half: str, count: int, monkeypatch: pytest.MonkeyPatch) -> None:
    x, y = np.arange(4 * 9, dtype=np.uint8).reshape(4, 3, 3), np.arange(4)[:, None]
    monkeypatch.setattr(keras.datasets.cifar10, "load_data", lambda: ((x, y), (x[:2], y[:2])))
    found = read(f"keras:cifar10{half}")
    assert found.labels is not None and found.labels.shape == (count,) and len(found) == count


def test_a_set_that_cannot_be_downloaded(monkeypatch: pytest.MonkeyPatch) -> None:
    def offline() -> None:
        raise OSError("no route to host")

    monkeypatch.setattr(keras.datasets.mnist, "load_data", offline)
    with pytest.raises(MissingFileError, match=r"cannot be downloaded \(no route to host\)\. .* copy of mnist\.npz"):
        read("keras:mnist")


@pytest.mark.parametrize("name", ["drawn:feet", "keras:imagenet", "sklearn:iris"])
def test_an_unknown_name_lists_the_known_ones(name: str) -> None:
    with pytest.raises(InputError, match=f"no known set: '{name}'. Known are keras:mnist, .*, drawn:hands"):
        read(name)


WITHOUT_TRAINING = """
import numpy as np
from bridgeae.errors import MissingPackageError
from bridgeae_images import ImageAdapter
from bridgeae_images.named_sets import read_named
from bridgeae_images.query import parse

print(ImageAdapter(size=32, channels=3).read("drawn:hands?n=2").x.shape)
for name in ("sklearn:digits", "keras:mnist"):
    try:
        read_named(parse(name))
    except MissingPackageError as error:
        print(error)
"""


def test_hands_are_drawn_without_what_trains_and_other_sets_name_the_extra() -> None:
    shape, *refused = run(WITHOUT_TRAINING).splitlines()
    assert shape == "(2, 32, 32, 3)"
    assert len(refused) == 2 and all("pip install 'bridgeae[tensorflow]'" in line for line in refused)
