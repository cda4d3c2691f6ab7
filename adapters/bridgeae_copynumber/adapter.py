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

ROW_CHROMOSOME = "in-units-of-noise"
"""Chromosome name in files of rows. The format is that of profiles, which has no column for the unit of the values:
`write` gives this name, and `read` takes values under it as they are, without dividing them by the noise again."""
MIN_AXIS_SIGMA = 5.0
"""A drawn row shows at least this much above and below 0, so that noise does not look like steps."""


class CopyNumberAdapter:
    """Read and write rows of bins, and build networks for them.

    A row is `length` bins: the chromosomes of one sample end to end, with gaps of masked bins between them. The raw
    side's channels are (signal, smallest jump, mask), the segmented side's (level, log spread, mask). See
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
    inputs: ClassVar[tuple[str, ...]] = ("text",)

    def __init__(self, *, side: str = "raw", length: int = 1024) -> None:
        if side not in ("raw", "segmented"):
            raise InputError(f'`side` must be "raw" or "segmented", received {side!r}.')
        if length < STRIDE or length % STRIDE:
            raise InputError(f"`length` must be a positive multiple of {STRIDE}, received {length}.")
        self.side, self.length = side, length

    @property
    def sample_shape(self) -> tuple[int, int]:
        """Return the shape of one sample, (length, 3)."""
        return self.length, 3

    def read(self, path: str | Path) -> Domain:
        """Read profiles in any format of `bridgeae_copynumber.read`.

        Returns:
            Domain with x (rows, length, 3) float32, and the sample of each row as its group.

        Raises:
            MissingFileError, FileFormatError, InputError: as `bridgeae_copynumber.read` does.
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
        """Write the first channel of rows ``(n, length, 3)`` as TSV, a sample a row, in the units of the networks.

        Raises:
            InputError: `x` has another shape, or the file cannot be written.
        """
        from bridgeae_copynumber.io import write

        x = np.asarray(x, np.float32)
        if x.ndim != 3 or x.shape[1:] != self.sample_shape:
            raise InputError(f"`x` must have shape (n, {self.length}, 3), received {x.shape}.")
        start = np.arange(self.length)
        chrom = np.full(self.length, ROW_CHROMOSOME)
        values = np.where(x[..., -1] > 0.5, x[..., 0], np.nan)
        profiles = [Profile(f"row{k}", chrom, start, start + 1, row) for k, row in enumerate(values)]
        write(profiles, path, format="tsv", overwrite=True)

    def networks(self, latent_shape: Shape = (None, 48)) -> tuple[Any, Any]:
        """Build an untrained (encoder, decoder) of free length, ``(length, 3) <-> (length / 4, channels)``.

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
        """Plot one row ``(length, 3)`` in sigma: bins as points, levels of segments as a line, masked bins faint."""
        y, masked = sample[:, 0] * SCALE, sample[:, -1] <= 0.5
        axes.axhline(0, color="#d1d1d6", linewidth=0.8)
        if self.side == "raw":
            axes.plot(np.ma.masked_where(masked, y), ".", color="#6e6e73", markersize=1.6)
        else:
            axes.plot(y, color="#d1d1d6", linewidth=0.8)
            axes.plot(np.ma.masked_where(masked, y), color="#1d1d1f", linewidth=1.4)
        low, high = np.quantile(y, [0.005, 0.995])
        axes.set_ylim(min(low, -MIN_AXIS_SIGMA) - 1, max(high, MIN_AXIS_SIGMA) + 1)
        axes.set_xlim(-1, len(sample))

    def _row(self, profile: Profile) -> np.ndarray:
        """Return the channels of a sample, (its length, 3) float32."""
        present = ~profile.missing
        if set(profile.names.tolist()) == {ROW_CHROMOSOME}:
            row = np.zeros((len(profile), self.sample_shape[1]), np.float32)
            row[:, 0] = np.where(present, profile.log2, 0)
            row[:, -1] = present
            return row
        return pack(profile.log2[present].astype(np.float64), profile.bins_present).x
