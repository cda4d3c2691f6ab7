"""Plot docs/images/copy_number.png and copy_number_cohort.png: simulated tumours and their segments.

python docs/images/copy_number.py
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from bridgeae_copynumber import Profile, plot, segment
from bridgeae_copynumber.training import chromosome_bins, simulate_array

HERE = Path(__file__).parent
MEGABASES, SAMPLES, WIDTH = 0.5, 24, 1600


def cohort(seed: int = 4) -> list[Profile]:
    """Simulate samples of one platform."""
    rng = np.random.default_rng(seed)
    bins = chromosome_bins(MEGABASES)
    size = int(MEGABASES * 1e6)
    names = [f"chr{name}" for name in (*range(1, 23), "X", "Y")][: len(bins)]
    start = np.concatenate([np.arange(n) for n in bins]) * size
    draws = [simulate_array(rng, bins, purity=rng.uniform(0.5, 0.9)) for _ in range(SAMPLES)]
    return [Profile(f"T{k}", np.repeat(names, bins), start, start + size, d.log2) for k, d in enumerate(draws, 1)]


def main() -> None:
    profiles = cohort()
    segments = segment(profiles)
    for name, plotted in (("copy_number.png", profiles[0]), ("copy_number_cohort.png", profiles)):
        plot(plotted, segments, HERE / name, overwrite=True)
        with Image.open(HERE / name) as picture:
            small = picture.convert("RGB").resize((WIDTH, round(WIDTH * picture.height / picture.width)))
        small.quantize(250, dither=Image.Dither.NONE).save(HERE / name, optimize=True)


if __name__ == "__main__":
    main()
