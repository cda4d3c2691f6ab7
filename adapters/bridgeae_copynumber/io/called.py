"""Formats that hold calls: VCF, BED with colours, JSON."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from importlib.metadata import PackageNotFoundError, version
from typing import Any
from urllib.parse import quote

import numpy as np

from bridgeae_copynumber.profile import Segments

COLOURS = {
    "neutral": "170,170,170",
    "gain": "239,138,98",
    "loss": "103,169,207",
    "amplification": "178,24,43",
    "deep loss": "33,102,172",
}
"""Colour of each state in IGV: red gained, blue lost."""
MAX_QUALITY = 99.0
_TYPES = {"gain": "DUP", "amplification": "DUP", "loss": "DEL", "deep loss": "DEL"}
_VCF_HEADER = """\
##ALT=<ID=DEL,Description="Loss">
##ALT=<ID=DUP,Description="Gain">
##ALT=<ID=CNV,Description="Segment without a call">
##INFO=<ID=IMPRECISE,Number=0,Type=Flag,Description="The ends are those of bins">
##INFO=<ID=SVTYPE,Number=1,Type=String,Description="Type of variant">
##INFO=<ID=END,Number=1,Type=Integer,Description="Last base of the segment">
##INFO=<ID=SVLEN,Number=.,Type=Integer,Description="Length, negative for losses">
##INFO=<ID=STATE,Number=1,Type=String,Description="gain, loss, amplification or deep_loss">
##INFO=<ID=LOG2,Number=1,Type=Float,Description="Log2 ratio of the segment">
##INFO=<ID=CILOG2,Number=2,Type=Float,Description="95 % confidence interval of LOG2">
##INFO=<ID=BINS,Number=1,Type=Integer,Description="Bins with a value">
##INFO=<ID=GENES,Number=.,Type=String,Description="Genes of the segment">
##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype, one allele altered at least">
##FORMAT=<ID=CN,Number=1,Type=Integer,Description="Whole copies">
##FORMAT=<ID=LOG2,Number=1,Type=Float,Description="Log2 ratio">"""


def vcf_lines(s: Segments, contigs: Mapping[str, int] | None = None, reference: str | None = None) -> Iterable[str]:
    """Return the lines of a VCF 4.3 file of one sample: its altered segments, or all where none was called.

    QUAL is the Phred-scaled probability that the call is wrong. POS is the base before a segment, as VCF has it.

    Args:
        s: segments of one sample.
        contigs: lengths of chromosomes.
        reference: name of the genome.
    """
    yield "##fileformat=VCFv4.3"
    yield f"##source=bridgeae-segment {_version()}"
    if reference:
        yield f"##reference={reference}"
    lengths = contigs or {}
    for name in dict.fromkeys(s.chrom.tolist()):
        yield f"##contig=<ID={name}{f',length={lengths[name]}' if name in lengths else ''}>"
    yield _VCF_HEADER
    sample = s.samples[0] if len(s) else "sample"
    yield f"#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\t{sample}"
    for row in _rows(s):
        if row.get("call") != "neutral":
            yield _vcf_row(row)


def bed_lines(s: Segments) -> Iterable[str]:
    """Return BED rows of nine columns, coloured by state (itemRgb); the score is 1,000 times the probability."""
    for row in _rows(s):
        name = f"{row['sample']}|{row['call']}|{row['mean']:.4f}"
        score = round(1000 * np.nan_to_num(row["probability"]))
        place = f"{row['chrom']}\t{row['start']}\t{row['end']}"
        yield f"{place}\t{name}\t{score}\t.\t{row['start']}\t{row['end']}\t{COLOURS[row['call']]}"


def json_lines(s: Segments, samples: Sequence[Mapping[str, Any]] = ()) -> Iterable[str]:
    """Return one JSON object: ``{"source": ..., "samples": [{"sample": ..., "segments": [...], ...}]}``.

    Args:
        s: segments; their columns are the keys of each segment.
        samples: facts of each sample, under "sample" its name.
    """
    facts = {fact["sample"]: fact for fact in samples}
    rows: dict[str, list[dict[str, Any]]] = {name: [] for name in s.samples}
    for row in _rows(s):
        rows[row.pop("sample")].append(row)
    made = [{**facts.get(name, {"sample": name}), "segments": part} for name, part in rows.items()]
    document = {"source": f"bridgeae-segment {_version()}", "samples": made}
    yield json.dumps(_without_nan(document), ensure_ascii=False, indent=1, allow_nan=False)


def _vcf_row(row: Mapping[str, Any]) -> str:
    kind = _TYPES.get(row.get("call", ""), "CNV")
    length = row["end"] - row["start"]
    info = {
        "SVTYPE": kind,
        "END": row["end"],
        "SVLEN": -length if kind == "DEL" else length,
        "STATE": row["call"].replace(" ", "_") if "call" in row else None,
        "LOG2": _number(row["mean"]),
        "CILOG2": f"{row['ci_lo']:.4f},{row['ci_hi']:.4f}" if "ci_lo" in row else None,
        "BINS": row["n_bins"],
        "GENES": quote(row["gene"], safe=", ()[]/'-+*@") if row.get("gene", "-") != "-" else None,
    }
    text = ";".join(["IMPRECISE", *(f"{key}={value}" for key, value in info.items() if value is not None)])
    genotype = {"deep loss": "1/1"}.get(row.get("call", ""), "./." if kind == "CNV" else "0/1")
    copies = row.get("copy_number", ".")
    fixed = (row["chrom"], max(row["start"], 1), ".", "N", f"<{kind}>", _quality(row.get("probability")), "PASS")
    return "\t".join(map(str, (*fixed, text.replace(" ", "_"), "GT:CN:LOG2", f"{genotype}:{copies}:{info['LOG2']}")))


def _quality(probability: float | None) -> str:
    if probability is None or math.isnan(probability):
        return "."
    return f"{min(-10 * math.log10(max(1 - probability, 1e-10)), MAX_QUALITY):.1f}"


def _number(value: float) -> str:
    return "." if math.isnan(value) else f"{value:.4f}"


def _rows(s: Segments) -> Iterable[dict[str, Any]]:
    """Return each segment as a dictionary of the columns that are there; float32 as its shortest decimal."""
    columns = {f.name: getattr(s, f.name) for f in fields(s)}
    lists = {
        name: [float(str(v)) for v in value] if value.dtype == np.float32 else value.tolist()
        for name, value in columns.items()
        if value is not None
    }
    return (dict(zip(lists, row, strict=True)) for row in zip(*lists.values(), strict=True))


def _without_nan(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_nan(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_without_nan(item) for item in value]
    return None if isinstance(value, float) and math.isnan(value) else value


def _version() -> str:
    try:
        return version("bridgeae")
    except PackageNotFoundError:
        return "from source"
