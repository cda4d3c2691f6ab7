"""Three domains linked through a hub: hand signs, MNIST's digits and scikit-learn's digits."""

from __future__ import annotations

from itertools import permutations
from typing import Any

from bridgeae import Hub
from bridgeae.evaluation import share
from bridgeae.runs import save_grid
from stages.workshop import DIGITS, SIGNS, Workshop, indices_per_class

LABELS = {"signs": "signs", "digits": "MNIST's digits", "small": "scikit-learn's digits"}


def domains(work: Workshop) -> dict[str, Any]:
    """Link two domains with MNIST's digits, and translate in all six directions."""
    sides = {"signs": work.signs(), "digits": work.digits(), "small": work.small_digits()}
    train = {name: work.read(name, "train") for name in sides}
    options = {"epochs": 1} if work.smoke else {}
    hub = Hub(sides, centre="digits").fit(train, linker_options=options)
    judges = {"signs": work.sign_judge(), "digits": work.digit_judge(), "small": work.small_judge()}
    rows = []
    for source, target in permutations(sides, 2):
        test = work.read(source, "test")
        test = test.select(indices_per_class(test, 200))
        made = hub.bridge(source, target).translate(test.x)
        through = "through MNIST's digits" if "digits" not in (source, target) else "directly"
        right = share(judges[target].predict(made) == test.labels)
        rows.append(work.row(source=LABELS[source], target=LABELS[target], how=through, translations=right))
    photos = work.read("signs", "test")
    x = photos.x[indices_per_class(photos, 2)]
    rows_of_images = [(SIGNS, x)] + [(DIGITS, hub.bridge("signs", name).translate(x)) for name in ("digits", "small")]
    save_grid(
        [[(adapter, sample, "") for sample in row] for adapter, row in rows_of_images],
        work.out / "domains.png",
        title="test photos, their translations to MNIST's digits and to scikit-learn's",
    )
    return {
        "table": rows,
        "linkers": 4,
        "linkers_without_a_hub": 6,
        "judges": "a classifier of each domain, trained apart",
    }
