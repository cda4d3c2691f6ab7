"""The sign autoencoder, the reverse bridge from digits to signs, and round trips, on the same two sides."""

from __future__ import annotations

from typing import Any

import numpy as np

from bridgeae import Autoencoder, Domain, FlowLinker, LinkedAutoencoder, RidgeLinker
from bridgeae.evaluation import share
from bridgeae.runs import save_grid
from stages.workshop import DIGITS, SIGNS, Workshop, indices_per_class


def sign_autoencoder(work: Workshop) -> dict[str, Any]:
    """Reconstruct photos from two kinds of latent, and classify the results with a judge trained apart.

    The latent of a frozen classifier holds the sign and little else. A feature map that an autoencoder learns by itself
    also holds the position of each finger.
    """
    train, test = work.read("signs", "train"), work.read("signs", "test")
    judge, chosen = work.sign_judge(), indices_per_class(test, 2)
    fresh = ~np.isin(test.digests(), train.digests())
    rows = [work.row(latent="none (the photos)", **_read(judge, test.x, test, fresh))]
    shown = [(SIGNS, test.x[chosen])]
    for name, side in (("classifier's, (128,)", work.signs()), ("own, (8, 8, 8)", work.sign_maps())):
        again = side.reconstruct(test.x)
        rows.append(work.row(latent=name, **_read(judge, again, test, fresh)))
        shown.append((SIGNS, again[chosen]))
    _grid(
        work,
        "sign_autoencoder",
        shown,
        "test photos; reconstructed from a classifier's latent; from a learned feature map",
    )
    return {"table": rows, "judge": "a sign classifier trained apart, another network and seed, same training photos"}


def _read(judge: Autoencoder, again: np.ndarray, test: Domain, fresh: np.ndarray) -> dict[str, Any]:
    right = judge.predict(again) == test.labels
    mse = float(((again - test.x) ** 2).mean())
    return {"read_right": share(right), "without_copies": share(right[fresh]), "mse": mse}


def reverse(work: Workshop) -> dict[str, Any]:
    """Translate digits to signs, and both to the other domain and back."""
    train = {name: work.read(name, "train") for name in ("signs", "digits")}
    photos, digits = work.read("signs", "test"), work.read("digits", "test")
    digits = digits.select(np.sort(indices_per_class(digits, 250)))
    sides = {"signs": work.signs(), "digits": work.digits()}
    read = {"signs": work.sign_judge().predict, "digits": work.digit_judge().predict}
    rows, shown = [], {}
    for name, make in (("ridge", RidgeLinker), ("flow", FlowLinker)):
        there, back = (
            LinkedAutoencoder(sides[a], sides[b], make()).fit(
                train[a], train[b], linker_options={"epochs": 1} if work.smoke else {}
            )
            for a, b in (("signs", "digits"), ("digits", "signs"))
        )
        for draw in (False, True) if name == "flow" else (False,):
            figures = back.evaluate(digits, photos, judge=read["signs"], drawn=draw)
            rows.append(
                work.row(
                    linker=name + (", drawn" if draw else ""),
                    digits_to_signs={k: figures[k] for k in ("n", "right", "accuracy", "interval")},
                    diversity=figures["diversity"],
                    sign_digit_sign=_cycle(there, back, photos, read["signs"], draw),
                    digit_sign_digit=_cycle(back, there, digits, read["digits"], draw),
                    signs_to_digits=share(read["digits"](_made(there, photos.x, draw)) == photos.labels),
                )
            )
        shown[name] = there, back
    _pictures(work, shown["flow"], photos, digits)
    return {
        "table": rows,
        "n": {"photos": len(photos), "digits": len(digits)},
        "judges": "a classifier of each side, trained apart",
    }


def _made(bridge: LinkedAutoencoder, x: np.ndarray, draw: bool) -> np.ndarray:
    made: np.ndarray = bridge.translate(x, draws=1)[:, 0] if draw else bridge.translate(x)
    return made


def _cycle(first: LinkedAutoencoder, second: LinkedAutoencoder, data: Domain, read: Any, draw: bool) -> dict[str, Any]:
    """Return how many samples keep their class when they are translated there and back."""
    return share(read(_made(second, _made(first, data.x, draw), draw)) == data.labels)


def _pictures(work: Workshop, bridges: tuple[Any, Any], photos: Domain, digits: Domain) -> None:
    there, back = bridges
    few, some = photos.x[indices_per_class(photos, 2)], digits.x[indices_per_class(digits, 2)]
    drawn = back.translate(some, draws=3, seed=1)
    _grid(
        work,
        "reverse",
        [(DIGITS, some), (SIGNS, back.translate(some)), *((SIGNS, drawn[:, k]) for k in range(3))],
        "test digits, their translations to signs, and three draws",
    )
    digit, sign = there.translate(few), back.translate(some)
    rows = [(SIGNS, few), (DIGITS, digit), (SIGNS, back.translate(digit))]
    rows += [(DIGITS, some), (SIGNS, sign), (DIGITS, there.translate(sign))]
    _grid(work, "cycles", rows, "sign, digit, sign; digit, sign, digit")


def _grid(work: Workshop, name: str, rows: list[tuple[Any, np.ndarray]], title: str) -> None:
    save_grid([[(adapter, sample, "") for sample in x] for adapter, x in rows], work.out / f"{name}.png", title=title)
