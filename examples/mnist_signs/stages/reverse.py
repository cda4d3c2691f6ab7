"""The sign autoencoder, the reverse bridge from digits to signs, and there-and-back cycles; all share both sides."""

from __future__ import annotations

from typing import Any

import numpy as np

from bridgeae import Domain, FlowLinker, LinkedAutoencoder, RidgeLinker
from bridgeae.pictures import save_grid
from stages.workshop import DIGITS, SIGNS, Workshop, pick, share


def sign_autoencoder(work: Workshop) -> dict[str, Any]:
    """Reconstruct photos from the latents of a frozen classifier's encoder, and ask a separate classifier."""
    train, test = work.read("signs", "train"), work.read("signs", "test")
    signs, judge = work.signs(), work.sign_judge()
    again = signs.reconstruct(test.x)
    right = judge.predict(again) == test.labels
    known = {sample.tobytes() for sample in train.x}
    fresh = np.array([sample.tobytes() not in known for sample in test.x])
    row = work.row(
        reconstructions=share(right),
        without_copies=share(right[fresh]),
        photos=share(judge.predict(test.x) == test.labels),
        encoder=share(signs.predict(test.x) == test.labels),
        mse=float(((again - test.x) ** 2).mean()),
    )
    chosen = pick(test, 2)
    _grid(work, "sign_autoencoder", [(SIGNS, test.x[chosen]), (SIGNS, again[chosen])], "test photos, reconstructions")
    return {"table": [row], "judge": "a sign classifier trained apart, another network and seed, same training photos"}


def reverse(work: Workshop) -> dict[str, Any]:
    """Translate digits to signs, and each to the other and back."""
    train = {name: work.read(name, "train") for name in ("signs", "digits")}
    photos, digits = work.read("signs", "test"), work.read("digits", "test")
    digits = digits.select(np.sort(pick(digits, 250)))
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
    return {"table": rows, "n": {"photos": len(photos), "digits": len(digits)}, "judges": "trained apart on each side"}


def _made(bridge: LinkedAutoencoder, x: np.ndarray, draw: bool) -> np.ndarray:
    made: np.ndarray = bridge.translate(x, draws=1)[:, 0] if draw else bridge.translate(x)
    return made


def _cycle(first: LinkedAutoencoder, second: LinkedAutoencoder, data: Domain, read: Any, draw: bool) -> dict[str, Any]:
    """Translate samples, then translate the result back: is what comes home still of its class?"""
    return share(read(_made(second, _made(first, data.x, draw), draw)) == data.labels)


def _pictures(work: Workshop, bridges: tuple[Any, Any], photos: Domain, digits: Domain) -> None:
    there, back = bridges
    few, some = photos.x[pick(photos, 2)], digits.x[pick(digits, 2)]
    drawn = back.translate(some, draws=3, seed=1)
    _grid(
        work,
        "reverse",
        [(DIGITS, some), (SIGNS, back.translate(some)), *((SIGNS, drawn[:, k]) for k in range(3))],
        "test digits, the sign each becomes, three draws",
    )
    digit, sign = there.translate(few), back.translate(some)
    rows = [(SIGNS, few), (DIGITS, digit), (SIGNS, back.translate(digit))]
    rows += [(DIGITS, some), (SIGNS, sign), (DIGITS, there.translate(sign))]
    _grid(work, "cycles", rows, "sign, digit, sign; digit, sign, digit")


def _grid(work: Workshop, name: str, rows: list[tuple[Any, np.ndarray]], title: str) -> None:
    save_grid([[(adapter, sample, "") for sample in x] for adapter, x in rows], work.out / f"{name}.png", title=title)
