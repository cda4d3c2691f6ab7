"""Segments to learn from when you have none: CBS (DNAcopy, in R), or a Gaussian hidden Markov model (hmmlearn)."""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

from bridgeae_copynumber import Profile, Segments

CBS = """  # usage: Rscript cbs.R BINS.tsv OUT.txt; writes the number of bins of each segment, one a line
suppressMessages(library(DNAcopy))
arguments <- commandArgs(TRUE)
bins <- read.delim(arguments[1])
set.seed(1)
called <- segment(CNA(bins$value, bins$chrom, bins$position, data.type = "logratio", presorted = TRUE), verbose = 0)
writeLines(sprintf("%d", as.integer(called$output$num.mark)), arguments[2])
"""


def first_segments(profiles: list[Profile]) -> Segments:
    """Segment each profile by CBS if R and DNAcopy are installed, by hmmlearn otherwise; exit if neither is."""
    if (
        shutil.which("Rscript")
        and not subprocess.run(["Rscript", "-e", "library(DNAcopy)"], capture_output=True).returncode
    ):
        call = _cbs
    elif importlib.util.find_spec("hmmlearn"):
        call = _hmm
    else:
        sys.exit("--segments is needed: neither DNAcopy (R) nor hmmlearn is installed to make them.")
    parts = []
    for profile in profiles:
        present = np.flatnonzero(~profile.missing)
        value = profile.log2[present].astype(float)
        parts.append(_segments(profile, present, value, call(value, profile.bins_present)))
    return Segments.concatenate(parts)


def _segments(profile: Profile, present: np.ndarray, value: np.ndarray, first: np.ndarray) -> Segments:
    """Return the segments that begin at the bins `first` (s,), counted among the bins with a value, `present` (n,)."""
    size = np.diff(np.append(first, len(value)))
    mean = np.add.reduceat(value, first) / size
    start, end = profile.start[present[first]], profile.end[present[first + size - 1]]
    sample = np.full(len(size), profile.sample)
    return Segments(sample, profile.chrom[present[first]], start, end, size, mean, np.ones(len(size)))


def _cbs(value: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    """Circular binary segmentation with DNAcopy's defaults (Venkatraman and Olshen 2007)."""
    with tempfile.TemporaryDirectory() as folder:
        script, bins, out = Path(folder, "cbs.R"), Path(folder, "bins.tsv"), Path(folder, "out.txt")
        script.write_text(CBS)
        chrom = np.repeat(np.arange(1, len(lengths) + 1), lengths)
        rows = [f"{c}\t{k}\t{v:.6g}" for k, (c, v) in enumerate(zip(chrom, value, strict=True), start=1)]
        bins.write_text("\n".join(["chrom\tposition\tvalue", *rows]) + "\n")
        subprocess.run(["Rscript", script, bins, out], check=True, capture_output=True)
        sizes = np.array(out.read_text().split(), int)
    return np.append(0, np.cumsum(sizes)[:-1])


def _hmm(value: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    """A Gaussian HMM with six states; transitions start sticky, since uniform ones give flickering states."""
    from hmmlearn.hmm import GaussianHMM

    x = value[:, None]
    model = GaussianHMM(6, n_iter=20, random_state=0, init_params="mc")
    model.startprob_, model.transmat_ = np.full(6, 1 / 6), np.full((6, 6), 0.001) + 0.994 * np.eye(6)
    starts = np.diff(model.fit(x, lengths).predict(x, lengths), prepend=-1) != 0
    starts[np.append(0, np.cumsum(lengths)[:-1])] = True
    return np.flatnonzero(starts)
