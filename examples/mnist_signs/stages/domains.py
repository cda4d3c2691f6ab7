"""Three domains through one: hand signs, MNIST's digits and scikit-learn's digits."""

from __future__ import annotations

from itertools import permutations
from typing import Any

from bridgeae import Hub
from bridgeae.evaluation.metrics import share
from bridgeae.runs.pictures import save_grid
from stages.workshop import DIGITS, SIGNS, Workshop, pick

_NAMES = {"signs": "signs", "digits": "MNIST's digits", "small": "scikit-learn's digits"}


def domains(work: Workshop) -> dict[str, Any]:
    """Link both others with MNIST's digits, and translate in all six directions."""
    sides = {"signs": work.signs(), "digits": work.digits(), "small": work.small_digits()}
    train = {name: work.read(name, "train") for name in sides}
    options = {"epochs": 1} if work.smoke else {}
    hub = Hub(sides, centre="digits").fit(train, linker_options=options)
    judges = {"signs": work.sign_judge(), "digits": work.digit_judge(), "small": work.small_judge()}
    rows = []
    for source, target in permutations(sides, 2):
        test = work.read(source, "test")
        test = test.select(pick(test, 200))
        made = hub.bridge(source, target).translate(test.x)
        through = "through MNIST's digits" if "digits" not in (source, target) else "directly"
        right = share(judges[target].predict(made) == test.labels)
        rows.append(work.row(source=_NAMES[source], target=_NAMES[target], how=through, translations=right))
    photos = work.read("signs", "test")
    x = photos.x[pick(photos, 2)]
    shown = [(SIGNS, x)] + [(DIGITS, hub.bridge("signs", name).translate(x)) for name in ("digits", "small")]
    save_grid(
        [[(adapter, sample, "") for sample in row] for adapter, row in shown],
        work.out / "domains.png",
        title="test photos, MNIST's digits, and on to scikit-learn's",
    )
    return {"table": rows, "linkers": 4, "linkers_without_a_hub": 6, "judges": "trained apart on each domain"}
