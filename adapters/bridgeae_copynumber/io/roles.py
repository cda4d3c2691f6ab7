"""Names of columns: which hold positions, samples and values, and which hold neither."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

_SEGMENT_MEANS = ("segmean", "segmentmean", "segcn")
ROLES: dict[str, tuple[str, ...]] = {
    "chrom": (
        "chrom", "chr", "chromosome", "contig", "seqnames", "seqname", "chromosomename", "chrs", "chromname", "space",
        "referencename", "rname", "seqid", "seq",
    ),
    "start": ("start", "chromstart", "locstart", "binstart", "startpos", "startposition", "begin", "chrstart",
              "chrompos", "segstart", "startbp"),
    "end": ("end", "stop", "chromend", "locend", "binend", "endpos", "endposition", "chrstop", "chrend", "segend",
            "endbp"),
    "position": ("position", "pos", "bp", "basepair", "coordinate", "physicalposition", "maploc", "midpoint", "posbase",
                 "mapinfo", "genomiccoordinate", "nbase", "kb", "mb"),
    "index": ("bin", "binindex", "binid"),
    "log2": ("log2", "log2ratio", "log2copyratio", "logr", "logratio", "logrratio", "lrr", "cnlr", "adjustedlogratio",
             *_SEGMENT_MEANS),
    "ln": ("ln", "lnratio", "ratioln", "logeratio", "lnr"),
    "log10": ("log10", "log10ratio", "ratiolog10", "log10r"),
    "ratio": ("lowratio", "ratio", "copyratio", "rdr", "readdepthratio", "depthratio", "copynumberratio"),
    "value": ("value", "signal", "score", "copy", "datavalue"),
    "depth": ("meancoverage", "averagecoverage", "meandepth", "depth", "coverage", "meancvg", "tumordepth"),
    "counts": ("counts", "count", "reads", "readcount", "readcounts", "bincount", "numreads", "obs", "observed"),
}  # fmt: skip
"""Names of the columns for each role, as `normalise_name` returns them; the first name present is taken."""
VALUE_ROLES = ("log2", "ln", "log10", "ratio", "value", "depth", "counts")
"""Roles of a column of values; the first that a table has is taken."""
STRONG = VALUE_ROLES[:5]
"""Roles of columns that hold the values, whatever else a table has; counts give way to columns of samples."""
# fmt: off
SAMPLE_NAMES = (
    "cell", "cellid", "cellname", "barcode", "cellbarcode", "sample", "sampleid", "samplename", "patient", "patientid",
    "tumorsamplebarcode", "gdcaliquot", "aliquot", "biosampleid", "biosample", "callsetid", "individual", "subject",
)
"""Names of a column that tells samples apart, the finest first."""
ANNOTATION = frozenset(("", *"""
    gene genes depth weight gc gccontent map mappability strand width name probe probes probename probeid clone
    cloneid feature cytoband band arm state cn cnuncorrected normcount mu id copynumber blacklist bases use ideal
    valid color nummark numprobes index abspos medianratio segmeanlowess segquantal lowratioquantal length size
    event subclonestatus correctedcopynumber correctedcall logrcopynumber call calls regioncall numpositions
    normaldepth rawratio zscore zscores pvalue qvalue improperpairs snp snpname rs rsid posorder gtype genotype
    spread rmask log cluster hapcn correctedhapcn pgc mincoverage maxcoverage minnormalizedcoverage
    maxnormalizedcoverage pct0x basesgc percentgc gcpercent gcpct gcbias reptiming replication ontarget
    duplicationrate referencegccontent tumorgccontent multiplier modalcurve expected var variance sd stdev se stderr
    zygositynormal goodreads tumorstrand snpid probesetid probeset quality qual mapq meanmapq meanbaseq covbases
    isvalid bincounter baseref depthnormal depthtumor abnormal abtumor entrezgeneid level nreads uncertaintyofgt
    estimatedbaf geneid ensemblgeneid hgncsymbol usebin percknownbases gscore averageamplitude frequency
""".split()))
# fmt: on
"""Names of columns of numbers that are no samples, in a table with a column a sample."""
SEGMENT_BINS = tuple(
    "nummark nummarks numprobes nprobes probes nbins bins numbins binnum numpointscopyratio nratio nmarkers nummarkers "
    "markers numsnps nsnps depthwindowcount numtargets nmark segmentsize".split()
)  # fmt: skip
"""Names of a column with the bins of a segment: where one is above 1, a row is no bin."""
SEGMENT_WORDS = frozenset(
    "varianttype segmedianlogr log2copyratioposterior50 meanlog2copyratio cnlrmedian eventconfidence cntcall "
    "copynumberposterior segmentcall tcnem lcnem cnt nmajor nminor majorcn minorcn".split()
)
"""Names of other columns that tables of segments have, and tables of bins have not."""
_ALLELES = re.compile(
    r"file\d+[raed]|(tumou?r|normal|tum|t|n)?(ref|alt|a|b|major|minor|other|allele[12ab])(allele)?(count|depth|read)s?|"
    r"count[acgtn]|gooddepth|rcount[tn]|(count|read|depth)s?(ref|alt|a|b)"
)
_BAF = re.compile(r".*([bv]af|allelefreq(uency)?|allelefraction(posterior\d+)?)|bafs|mafr")
LOGARITHM_BASES = {"ln": "ln", "loge": "ln", "log10": "log10"}
"""Words before a ratio that make it a logarithm, and its role."""
_STATISTIC = re.compile(r".*(overlap|percent|pct|pval(ue)?|qval(ue)?|fdr|zscores?|zrpkm)|pnorm")
"""Figures about a bin that are no samples either."""
_WITH_SAMPLE = re.compile(
    r"(logr|corrected)?copynumber|event|subclonestatus|correctedcall|gtype|genotype|zscores?|pvalue|"
    r"granular(q1|median|q3)|above\d+|totalcvg"
)
"""Annotation that a tool may write for each sample, after the sample's name."""
_QUANTITY = "log2r?|logr|log|lrr|ratio|coverage|cov|cvg|depth|counts?|reads|rpkm|^rd"
_VALUE_WORDS = re.compile(
    rf"({_QUANTITY}|copy|number|gc|map|corrected|corr|cor|adjusted|adj|normali[sz]ed|norm|raw|smoothed|mean|average|avg|"
    "total|linear|relative|read|target|bin|value|tumou?r|normal|reference|ref|control|case|test|germline|tn|diploid|"
    "loess|lowess|rd|reads|denoised|standardi[sz]ed|fold|change|fragment|fragments|weighted)+"
)
_PREFERENCE = (r"corr|adj|gc|loess|lowess|denoised", r"raw|total", r"normal(?!i[sz])|ref|control|germline|diploid")
"""Words that speak for a column (the first) and, more and more, against one (the others)."""
_SEPARATORS = re.compile(r"[._ :|-]+")
LAST = 1000
"""Rank of the mean of a segment: values of the bins beside it come first."""
BASE_PAIRS = {"bp": 1, "kb": 1000, "mb": 1_000_000}


class ValueColumn(NamedTuple):
    """A column of values: its place in the header, its role, and the sample that its name begins with, or nothing."""

    column: int
    role: str
    sample: str


def normalise_name(name: str) -> str:
    """Return the name of a column without case and punctuation."""
    return "".join(filter(str.isalnum, name.lower())) or name.strip()


def roles(header: Sequence[str]) -> dict[str, int]:
    """Return the column of each role of a place that the header has: ``{"chrom": 0, "start": 1, ...}``."""
    known = [normalise_name(name) for name in header]
    found = {}
    for role in ("chrom", "start", "end", "position", "index"):
        names = ROLES[role]
        column = next((known.index(n) for n in names if n in known), None)
        if column is None and role in ("start", "end", "position"):
            column = next((known.index(n + u) for n in names for u in BASE_PAIRS if n + u in known), None)
        if column is not None:
            found[role] = column
    return found


def sample_columns(header: Sequence[str]) -> list[int]:
    """Return the columns that tell samples apart, those of the most usual names first."""
    known = [normalise_name(name) for name in header]
    found = [known.index(n) for n in SAMPLE_NAMES if n in known]
    return found or ([known.index("id")] if "id" in known and is_seg(header) else [])


def value_columns(header: Sequence[str]) -> list[ValueColumn]:
    """Return the columns of values of the best role, best first; none where the names tell of no value.

    A name may begin with that of the sample (``S1.logR``): columns without one come first.
    """
    taken = set(roles(header).values()) | set(sample_columns(header))
    known = [(c, *_classify(name)) for c, name in enumerate(header) if c not in taken]
    for role in VALUE_ROLES:
        found = sorted((rank, c, sample) for c, kind, sample, rank in known if kind == role)
        if found:
            plain = [ValueColumn(c, role, sample) for _, c, sample in found if not sample]
            return plain or [ValueColumn(c, role, sample) for _, c, sample in sorted(found, key=lambda f: f[1])]
    return []


def may_be_sample(name: str) -> bool:
    """Return whether the name of a column tells nothing of what it holds, so that it may be that of a sample."""
    return not _classify(name)[0]


def allele_columns(header: Sequence[str]) -> tuple[list[str], list[str]]:
    """Return the names of the columns with counts of alleles, and of those with fractions of alleles."""
    kinds = {name: _classify(name)[0] for name in header}
    counts, fractions = ([n for n, k in kinds.items() if k == kind] for kind in ("alleles", "baf"))
    return counts, fractions


def is_seg(header: Sequence[str]) -> bool:
    """Return whether a header is that of a SEG file, whose positions are 1-based and closed."""
    known = {normalise_name(name) for name in header}
    return {"locstart", "locend"} <= known or {"id", "nummark"} <= known or {"segmentmean", "start"} <= known


def unit(name: str) -> int:
    """Return the base pairs in the unit that a column's name ends in (kb, mb); 1 where it ends in none."""
    return BASE_PAIRS.get(normalise_name(name)[-2:], 1)


@lru_cache(maxsize=4096)
def _classify(name: str) -> tuple[str, str, int]:
    """Return what a column holds, the sample that its name begins with, and its rank (lower is better)."""
    kind, rank = _kind_of_word(normalise_name(name))
    if kind:
        return kind, "", rank
    for cut in _SEPARATORS.finditer(name):  # the longest known ending counts
        word, sample = normalise_name(name[cut.end() :]), name[: cut.start()].strip()
        kind, rank = ("annotation", 0) if _WITH_SAMPLE.fullmatch(word) else _kind_of_word(word)
        if kind == "ratio" and (base := LOGARITHM_BASES.get(normalise_name(sample))):
            return base, "", 100 + rank
        if sample and (_WITH_SAMPLE.fullmatch(word) or kind not in ("", "annotation", "value")):
            return kind, sample, rank
    return "", "", 0


def _kind_of_word(word: str) -> tuple[str, int]:
    for role in VALUE_ROLES:
        if word in ROLES[role]:
            return role, ROLES[role].index(word) + LAST * (word in _SEGMENT_MEANS)
    if _ALLELES.fullmatch(word):
        return "alleles", 0
    if _BAF.fullmatch(word):
        return "baf", 0
    if word in ANNOTATION or word in SEGMENT_BINS or word in SEGMENT_WORDS or _STATISTIC.fullmatch(word):
        return "annotation", 0
    if _VALUE_WORDS.fullmatch(word) and (quantity := re.search(_QUANTITY, word)):
        return _role_of(word, quantity[0]), 100 + _rank(word)
    return "", 0


def _role_of(word: str, quantity: str) -> str:
    if re.search("log|lrr", word):
        return "log2"
    if "ratio" in word:
        return "ratio"
    return "counts" if re.search("count|reads", word) else "depth"


def _rank(word: str) -> int:
    good, *bad = (bool(re.search(pattern, word)) for pattern in _PREFERENCE)
    return 10 * sum((k + 1) * b for k, b in enumerate(bad)) - good + 1
