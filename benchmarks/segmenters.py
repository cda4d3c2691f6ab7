"""Compare segment callers on the same bins in one run: accuracy, speed, memory.

Nothing is installed: every caller found here takes part (bridgeae; DNAcopy through Rscript; ruptures; hmmlearn;
CNVkit's haar and hmm). Each runs in a process of its own on one core; times are CPU seconds from bins in memory to
segments, peak memory is that of the whole process.

usage: python benchmarks/segmenters.py --data DATA --out results/ [--fresh-seeds 5] [--power]
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from segmenter_peers import CBS, CNVKIT, HERE, ONE_CORE, OURS, PELT, available, measure
from segmenter_scores import Sample, altered_runs, both_ends, breakpoint_score, gains_found, label_errors
from segmenter_tasks import NOISE, SIGMAS, bench_set, check_folders, fresh, labelled, noise, steps

SETS = ("array", "sc", "acnr", "coriell", "kim")
BINS, JUMPS = (2, 5, 10, 20, 60), (1, 1.5, 2, 3, 5, 8)
T_95 = {2: 12.71, 3: 4.303, 4: 3.182, 5: 2.776, 6: 2.571, 7: 2.447, 8: 2.365, 9: 2.306, 10: 2.262}
Result = dict[str, Any]


def on(caller: str, samples: list[Sample], repeats: int = 1) -> tuple[list[np.ndarray], float, float]:
    """`measure` on samples with truth."""
    return measure(caller, [(s.value, s.lengths) for s in samples], repeats)


def accuracy(caller: str, data: Path) -> Result:
    """Scores on every set, and bins a second and megabytes on the 2,000-bin profiles."""
    out: Result = {}
    for name in SETS:
        samples = bench_set(data / "bench" / f"{name}.tsv.gz")
        quick = name == "array" and caller not in CBS and caller not in CNVKIT
        masks, seconds, megabytes = on(caller, samples, 3 if quick else 1)
        out[name] = breakpoint_score(samples, masks)
        if name == "coriell":
            out["altered"] = altered_runs(samples, masks)
        if name == "array":
            out["bins_per_second"], out["megabytes"] = sum(len(s.value) for s in samples) / seconds, megabytes
    stress = bench_set(data / "bench" / "stress.tsv.gz")
    out["stress"] = gains_found(stress, on(caller, stress)[0])
    known = labelled(data / "raw", bench_set(data / "bench" / "labels.tsv.gz"))
    masks = on(caller, [s for s, _, _ in known])[0]
    out["label_errors"] = sum(label_errors(p, m, r) for (_, p, r), m in zip(known, masks, strict=True))
    return out


def flat(caller: str) -> Result | None:
    """CPU seconds on one flat chromosome: a million bins; a tenth for PELT, whose time grows with the square."""
    n = 100_000 if caller in PELT else 1_000_000
    if caller in CNVKIT or caller.startswith("hmmlearn"):
        return None
    value = np.random.default_rng(0).normal(0, 0.2, n)
    _, seconds, megabytes = measure(caller, [(value, np.array([n]))])
    return {"bins": n, "seconds": seconds, "megabytes": megabytes}


def cold(data: Path, repeats: int = 5) -> Result:
    """Wall seconds and peak megabytes of the commands, file to file, on one cell of 5,763 bins; best of `repeats`."""
    cell = bench_set(data / "bench" / "sc.tsv.gz")[0]
    chrom = np.repeat(np.arange(len(cell.lengths)) + 1, cell.lengths)
    out: Result = {}
    with tempfile.TemporaryDirectory() as folder:
        ours, theirs, target = Path(folder, "cell.tsv"), Path(folder, "bins.tsv"), Path(folder, "out.seg")
        rows = list(enumerate(zip(chrom.tolist(), cell.value.tolist(), strict=True)))
        lines = [f"{c}\t{k * 500000}\t{k * 500000 + 500000}\t{v:.5f}" for k, (c, v) in rows]
        ours.write_text("\n".join(["chrom\tstart\tend\tlog2", *lines]) + "\n")
        lines = [f"cell\t{c}\t{k + 1}\t{v:.5f}" for k, (c, v) in rows]
        theirs.write_text("\n".join(["sample\tchrom\tposition\tvalue", *lines]) + "\n")
        segment = Path(sys.executable).with_name("bridgeae-segment")
        commands = {
            "bridgeae-segment": [segment, ours, "-o", target, "--overwrite", "--quiet"],
            "Rscript, CBS smoothed": ["Rscript", HERE / "dnacopy.R", theirs, target, "smooth"],
            "Rscript, loading DNAcopy alone": ["Rscript", "-e", "library(DNAcopy)"],
        }
        for name, command in commands.items():
            timed = [_command(command) for _ in range(repeats)]
            if all(code == 0 for code, _, _ in timed):
                out[name] = {"seconds": min(t for _, t, _ in timed), "megabytes": max(m for _, _, m in timed)}
    return out


# A small process starts the command and waits for it: a child's peak memory starts at that of its parent.
_STOPWATCH = """
import os, sys, time
began = time.perf_counter()
pid = os.posix_spawnp(sys.argv[1], sys.argv[1:], os.environ)
_, status, usage = os.wait4(pid, 0)
print(os.waitstatus_to_exitcode(status), time.perf_counter() - began, usage.ru_maxrss / 1024)
"""


def _command(command: list[Any]) -> tuple[int, float, float]:
    """Exit status, wall seconds and peak megabytes of a command."""
    watch = [sys.executable, "-I", "-S", "-c", _STOPWATCH, *map(str, command)]
    done = subprocess.run(watch, env={**os.environ, **ONE_CORE}, capture_output=True, text=True, check=False)
    if done.returncode:
        return done.returncode, 0.0, 0.0
    status, seconds, megabytes = done.stdout.split()[-3:]
    return int(status), float(seconds), float(megabytes)


def fresh_gain(callers: list[str], seeds: int) -> Result:
    """F1 on fresh simulations, and our gain over the best CBS variant (chosen with hindsight), paired by seed."""
    out: Result = {}
    for kind in ("array", "sc"):
        sets = [fresh(kind, seed) for seed in range(1, seeds + 1)]
        f1 = {c: [breakpoint_score(s, on(c, s)[0])["f1"] for s in sets] for c in callers if c == "bridgeae" or c in CBS}
        best = max((c for c in f1 if c in CBS), key=lambda c: np.mean(f1[c]))
        gain = np.array(f1["bridgeae"]) - np.array(f1[best])
        half = T_95.get(seeds, 1.96) * gain.std(ddof=1) / np.sqrt(seeds)
        out[kind] = {"f1": f1, "best": best, "gain": gain.mean(), "low": gain.mean() - half, "high": gain.mean() + half}
    return out


def power(callers: list[str], profiles: int) -> Result:
    """Share of steps with both ends within 3 bins, and false breaks in 10,000 bins of noise, at each of `SIGMAS`.

    Each is the mean of `profiles` profiles.
    """
    found_in = {f"{b} bins, {j} sigma": [steps(b, j, s, profiles) for s in SIGMAS] for b in BINS for j in JUMPS}
    false_in = {kind: [noise(kind, s, profiles) for s in SIGMAS] for kind in NOISE}
    out: Result = {}
    for caller in callers:
        masks = iter(on(caller, [x for sets in found_in.values() for one in sets for x in one])[0])
        found = {
            case: [float(np.mean([both_ends(x, next(masks), 3) for x in one])) for one in sets]
            for case, sets in found_in.items()
        }
        masks = iter(on(caller, [x for sets in false_in.values() for one in sets for x in one])[0])
        false = {
            case: [float(np.mean([next(masks)[1:].sum() for _ in one])) for one in sets]
            for case, sets in false_in.items()
        }
        out[caller] = {"found": found, "false": false}
    return out


def tables(results: Result) -> str:
    """Everything measured, as Markdown."""
    text = []
    if "accuracy" in results:
        columns = "| caller | " + " | ".join(SETS)
        text += [columns + " | altered found, false | stress | label errors | bins/s | MB | flat |", "|---" * 12 + "|"]
        for name, r in results["accuracy"].items():
            f1 = " | ".join(f"{r[s]['f1']:.3f} ({r[s]['mae']:.3f})" for s in SETS)
            a, f = r["altered"], r.get("flat")
            stress = f"{r['stress']['found']}/{r['stress']['true']}"
            cells = f"{a['found']}/{a['true']}, {a['false']} | {stress} | {r['label_errors']}"
            speed = f"{r['bins_per_second']:,.0f} | {r['megabytes']:.0f}"
            text.append(f"| {name} | {f1} | {cells} | {speed} | {_flat_cell(f)} |")
        text += [
            "",
            "F1 of breakpoints at 2 bins (mean absolute error of levels); flat: CPU seconds and MB for that many bins.",
            "",
        ]
    if "cold" in results:
        text += ["| command, file to file, 5,763 bins | wall s | MB |", "|---|---|---|"]
        text += [f"| {n} | {r['seconds']:.2f} | {r['megabytes']:.0f} |" for n, r in results["cold"].items()] + [""]
    for kind, r in results.get("fresh", {}).items():
        text.append(
            f"Fresh {kind}: gain over {r['best']} {r['gain']:+.3f} (95 % {r['low']:+.3f} to {r['high']:+.3f}).  "
        )
    if "power" in results:
        names, profiles = list(results["power"]), results["profiles"]
        text.append(
            f"Cells: at sigma {' / '.join(map(str, SIGMAS))}, {profiles} profiles each. Found: both ends within 3 bins "
            f"(a share p has a 95 % interval of ±{1.96 / profiles**0.5:.2f} √(p (1 - p))). False: in 10,000 bins "
            f"(a mean m: ±{1.96 / profiles**0.5:.2f} √m)."
        )
        for part, digits in (("found", 2), ("false", 1)):
            text += ["", f"| {part} | " + " | ".join(names) + " |", "|---" * (len(names) + 1) + "|"]
            for case in results["power"][names[0]][part]:
                cells = (" / ".join(f"{v:.{digits}f}" for v in results["power"][n][part][case]) for n in names)
                text.append(f"| {case} | " + " | ".join(cells) + " |")
    return "\n".join(text) + "\n"


def _flat_cell(flat: Result | None) -> str:
    return "" if flat is None else f"{flat['seconds']:.2f} s, {flat['megabytes']:.0f} MB ({flat['bins']:,})"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--data", type=Path, help="folder with bench/ and raw/; without it, accuracy and cold are left out"
    )
    parser.add_argument("--out", type=Path, required=True, help="folder for segmenters.json and segmenters.md")
    parser.add_argument("--callers", nargs="*", help="by default all that are installed")
    parser.add_argument("--fresh-seeds", type=int, default=0, metavar="N", help="paired gain on N fresh simulations")
    parser.add_argument(
        "--power", type=int, nargs="?", const=100, default=0, metavar="PROFILES", help="our sensitivity, table"
    )
    options = parser.parse_args()
    check_folders(parser, options.data, options.out)
    installed = available()
    callers = options.callers or installed
    if unknown := set(callers) - set(installed):
        parser.error(f"not installed or unknown: {', '.join(sorted(unknown))}; here are: {', '.join(installed)}")
    results: Result = {"callers": callers}
    if options.data:
        results["accuracy"] = {}
        for caller in callers:
            print(caller, file=sys.stderr, flush=True)
            results["accuracy"][caller] = {**accuracy(caller, options.data), "flat": flat(caller)}
        results["cold"] = cold(options.data)
    if options.fresh_seeds:
        results["fresh"] = fresh_gain(callers, options.fresh_seeds)
    if options.power:
        results["profiles"] = options.power
        results["power"] = power([c for c in callers if c in OURS], options.power)
    options.out.mkdir(parents=True, exist_ok=True)
    (options.out / "segmenters.json").write_text(json.dumps(results, indent=1) + "\n")
    (options.out / "segmenters.md").write_text(tables(results))
    print(tables(results))


if __name__ == "__main__":
    main()
