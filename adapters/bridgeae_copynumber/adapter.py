"""The adapter that carries copy-number profiles between files and bridgeae."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from bridgeae import Domain
from bridgeae.errors import InputError
from bridgeae.protocols import Shape
from bridgeae_copynumber.profile import Profile
from bridgeae_copynumber.segmentation import SCALE, STRIDE, pack

_UNITS = "in-units-of-noise"
"""Chromosome name of rows that `write` made: they are read back as they are."""
_NARROW = 5.0
"""Drawn rows show at least this much above and below 0, in sigma, so that noise does not look like steps."""


class CopyNumberAdapter:
    """Read and write rows of bins, and build networks for them.

    One row is `length` bins: chromosomes of one sample end to end with gaps of masked bins. The raw side's channels
    are (signal, smallest jump, mask), the segmented side's (level, log spread, mask); see
    `bridgeae_copynumber.training.pairs`.

    Args:
        side: "raw" for measured bins, "segmented" for bins that hold the value of their segment.
        length: bins of a row, a multiple of 16.

    Raises:
        InputError: an option is out of range.

    Example:
        >>> encoder, decoder = CopyNumberAdapter(side="raw", length=256).networks((None, 48))
        >>> encoder.output_shape, decoder.output_shape
        ((None, None, 48), (None, None, 3))
    """

    name: ClassVar[str] = "copynumber"
    noun: ClassVar[str] = "rows of bins"
    aspect: ClassVar[float] = 8.0

    def __init__(self, *, side: str = "raw", length: int = 1024) -> None:
        if side not in ("raw", "segmented"):
            raise InputError(f'`side` must be "raw" or "segmented", received {side!r}.')
        if length < STRIDE or length % STRIDE:
            raise InputError(f"`length` must be a positive multiple of {STRIDE}, received {length}.")
        self.side, self.length = side, length

    @property
    def sample_shape(self) -> tuple[int, int]:
        """Shape of one sample."""
        return self.length, 3

    def read(self, path: str | Path) -> Domain:
        """Read profiles in any format of `bridgeae_copynumber.read`.

        Returns:
            Domain with x (rows, length, channels), and the sample of each row as its group.
        """
        from bridgeae_copynumber.io import read

        rows, groups = [], []
        for profile in read(path):
            row = self._row(profile)
            for begin in range(0, max(len(row), 1), self.length):
                part = row[begin : begin + self.length]
                rows.append(np.pad(part, ((0, self.length - len(part)), (0, 0))))
                groups.append(profile.sample)
        return Domain(np.stack(rows), groups=np.array(groups))

    def write(self, x: np.ndarray, path: str | Path) -> None:
        """Write the signal or level of rows ``(n, length, channels)`` as TSV, a sample a row, in units of the noise."""
        from bridgeae_copynumber.io import write

        x = np.asarray(x, np.float32)
        if x.ndim != 3 or x.shape[1:] != self.sample_shape:
            raise InputError(f"`x` must have shape (n, {self.length}, 3), received {x.shape}.")
        at = np.arange(self.length)
        chrom = np.full(self.length, _UNITS)
        values = np.where(x[..., -1] > 0.5, x[..., 0], np.nan)
        profiles = [Profile(f"row{k}", chrom, at, at + 1, row) for k, row in enumerate(values)]
        write(profiles, path, format="tsv", overwrite=True)

    def networks(self, latent_shape: Shape = (None, 48)) -> tuple[Any, Any]:
        """Build an untrained (encoder, decoder) of free length, ``(length, channels) <-> (length / 4, c)``.

        The segmented side's decoder gives (level, log-odds of a breakpoint, log spread) of each bin.
        """
        from bridgeae_copynumber.training import networks

        if len(latent_shape) != 2 or latent_shape[0] not in (None, self.length // networks.FOLD):
            raise InputError(
                "`latent_shape` must be (None, channels), a sequence of a quarter of the length, received "
                f"{latent_shape}."
            )
        channels = int(latent_shape[1] or 0)
        inputs = self.sample_shape[1]
        return networks.encoder(channels, inputs=inputs), networks.decoder(channels, outputs=inputs)

    def draw(self, sample: np.ndarray, axes: Any) -> None:
        """Draw one row ``(length, channels)``, in units of the noise: bins as points, levels of segments as a line.

        What is masked is faint.
        """
        y, masked = sample[:, 0] * SCALE, sample[:, -1] <= 0.5
        axes.axhline(0, color="#d1d1d6", linewidth=0.8)
        if self.side == "raw":
            axes.plot(np.ma.masked_where(masked, y), ".", color="#6e6e73", markersize=1.6)
        else:
            axes.plot(y, color="#d1d1d6", linewidth=0.8)
            axes.plot(np.ma.masked_where(masked, y), color="#1d1d1f", linewidth=1.4)
        low, high = np.quantile(y, [0.005, 0.995])
        axes.set_ylim(min(low, -_NARROW) - 1, max(high, _NARROW) + 1)
        axes.set_xlim(-1, len(sample))

    def _row(self, profile: Profile) -> np.ndarray:
        """(length of the sample, channels) float32."""
        if set(profile.names.tolist()) == {_UNITS}:
            row = np.zeros((len(profile), self.sample_shape[1]), np.float32)
            row[:, 0] = np.where(profile.missing, 0, profile.log2)
            row[:, -1] = ~profile.missing
            return row
        present = ~profile.missing
        counts = np.add.reduceat(present.astype(np.int64), profile.offsets[:-1])
        return pack(profile.log2[present].astype(np.float64), counts[counts > 0]).x
