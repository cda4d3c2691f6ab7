"""Few labels on both sides: accuracy of the translations when almost no sample has a label.

Both encoders are trained without labels on all samples, contrastively; label propagation then extends the few labels of
a draw to all samples. What does not depend on labels, the encoders and the digits' autoencoder, is trained once.
"""

from __future__ import annotations

import json
import time
from typing import Any

import keras
import numpy as np

from bridgeae import Autoencoder, Domain, FlowLinker, LinkedAutoencoder
from bridgeae.autoencoder.few_labels import fit_few_labels, pretrain, spread_labels
from bridgeae.evaluation import share
from stages import networks
from stages.workshop import DIGITS, HANDS, Workshop, mean_share

LABELS_PER_CLASS = (5, 20, 1, 2, 10, 100, 0)  # 0 keeps all labels
DRAWS = 5  # of labels
MAX_DIGITS = 6000


def few_labels(work: Workshop) -> dict[str, Any]:
    """Draw labels on both sides, five times for each number of labels, and run the whole pipeline each time."""
    train, test = work.read("hands", "train"), work.read("hands", "test")
    target = _digits(work)
    encoders = _signs_encoder(work, train), _digits_encoder(work, target)
    side = work.part("digits without labels", 0, lambda seed: _digits_side(work, seed))
    features = encoders[1].predict(target.x, verbose=0)
    file = work.out / "few_labels_draws.json"
    draws: dict[str, Any] = json.loads(file.read_text()) if file.exists() else {}
    for count in LABELS_PER_CLASS[:1] if work.smoke else LABELS_PER_CLASS:
        for draw in range(1 if work.smoke else DRAWS):
            key = f"{count or 'all'} a class, draw {draw}"
            if key not in draws:
                draws[key] = _translate_draw(work, train, test, target, features, side, count, draw)
                work.row(labels=key, **draws[key])
                file.write_text(json.dumps(draws, indent=1))
    return {"table": [_summary(work, draws, count) for count in sorted(LABELS_PER_CLASS, key=lambda c: c or 10**6)]}


def _translate_draw(
    work: Workshop,
    train: Domain,
    test: Domain,
    target: Domain,
    features: np.ndarray,
    side: Autoencoder,
    count: int,
    draw: int,
) -> dict[str, Any]:
    """Keep a few labels on both sides, train, and return the accuracy of the translated test photos."""
    began = time.process_time()
    rng = np.random.default_rng([draw, count])
    labelled = [_with_few_labels(domain, count, rng) for domain in (train, target)]
    encoder = _signs_encoder(work, train)
    run = {"epochs": 1 if work.smoke else 10, "batch_size": 32, "learning_rate": 2e-3, "augment": HANDS.augment}
    signs, named = fit_few_labels(encoder, labelled[0], adapter=HANDS, seed=draw, **run)
    digits = Domain(target.x, spread_labels(features, np.asarray(labelled[1].labels))[0])
    linker_options = {"epochs": 1 if work.smoke else 3}
    bridge = LinkedAutoencoder(signs, side, FlowLinker()).fit(named, digits, linker_options=linker_options)
    made = bridge.translate(test.x)
    return {
        "signs_named": float((named.labels == train.labels).mean()),
        "digits_named": float((digits.labels == target.labels).mean()),
        "signs": share(signs.predict(test.x) == test.labels),
        "translations": share(work.digit_judge().predict(made) == test.labels),
        "cpu_s": round(time.process_time() - began, 1),
    }


def _summary(work: Workshop, draws: dict[str, Any], count: int) -> dict[str, Any]:
    name = count or "all"
    found = [value for key, value in draws.items() if key.startswith(f"{name} a class,")]
    if not found:
        return {"labels_a_class": name, "runs": 0}
    means = {key: round(float(np.mean([f[key] for f in found])), 4) for key in ("signs_named", "digits_named", "cpu_s")}
    shares = {key: mean_share([f[key] for f in found]) for key in ("signs", "translations")}
    return work.row(labels_a_class=name, **means, **shares)


def _with_few_labels(domain: Domain, count: int, rng: np.random.Generator) -> Domain:
    """Return the domain with `count` labels in each class, or all if 0; the other labels are -1."""
    labels = np.asarray(domain.labels)
    kept = labels.copy() if count == 0 else np.full(len(labels), -1)
    for c in domain.classes if count else ():
        chosen = rng.permutation(np.flatnonzero(labels == c))[:count]
        kept[chosen] = c
    return Domain(domain.x, kept)


def _digits(work: Workshop) -> Domain:
    digits = work.read("digits", "train")
    return digits.select(np.sort(np.random.default_rng(0).permutation(len(digits))[:MAX_DIGITS]))


def _signs_encoder(work: Workshop, train: Domain) -> keras.Model:
    def make() -> keras.Model:
        keras.utils.set_random_seed(0)
        run = {"epochs": 1 if work.smoke else 200, "batch_size": 64}
        encoder = networks.sign_encoder(64, side=32, channels=4)
        pretrain(encoder, train, augment=HANDS.augment, temperature=0.1, **run)
        return encoder

    return work.network("contrastive signs", make)


def _digits_encoder(work: Workshop, target: Domain) -> keras.Model:
    def make() -> keras.Model:
        keras.utils.set_random_seed(0)
        encoder = networks.digit_encoder(64)
        pretrain(encoder, target, augment=DIGITS.augment, epochs=1 if work.smoke else 12, batch_size=256)
        return encoder

    return work.network("contrastive digits", make)


def _digits_side(work: Workshop, seed: int) -> Autoencoder:
    """Train the variational autoencoder of the digits, without labels."""
    nets = networks.digit_encoder(16), networks.digit_decoder(16)
    side = Autoencoder(*nets, variational=0.25, loss="bce", adapter=DIGITS)
    digits = Domain(work.read("digits", "train").x)
    return work.fit(side, digits, epochs=5, batch_size=128, learning_rate=3e-3, seed=seed)
