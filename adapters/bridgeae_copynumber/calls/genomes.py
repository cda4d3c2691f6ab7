"""Facts of the usual genomes: lengths of chromosomes, centromeres, pseudoautosomal regions.

Lengths are those of the assemblies (Genome Reference Consortium; T2T-CHM13 v2.0 with the Y of HG002). Centromeres are
those of the UCSC genome browser: its gap table for hg19, its table of modelled centromeres for hg38, the active arrays
of alpha satellites for T2T; mouse chromosomes begin with theirs. Pseudoautosomal regions are those of the assembly
reports (PAR1, PAR2). Bands are not here: `--centromeres` takes a cytoBand file.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from bridgeae.errors import InputError
from bridgeae_copynumber.calls.names import GENOMES
from bridgeae_copynumber.profile import Profile

Spans = Mapping[str, tuple[int, int]]
NOT_IN_A_GENOME = 0.5
"""Share of the bins that may lie on chromosomes that a genome does not list, such as decoys and unplaced contigs."""


@dataclass(frozen=True)
class Genome:
    """Hold the facts of a genome; chromosomes are named without chr.

    Args:
        name: as in `GENOMES`.
        lengths: base pairs of each chromosome.
        centromeres: (start, end) of each chromosome's centromere, 0-based half-open.
        par: (chromosome, start, end) of pseudoautosomal regions, 0-based half-open.
    """

    name: str
    lengths: Mapping[str, int]
    centromeres: Spans
    par: Sequence[tuple[str, int, int]]

    def spans(self, names: Iterable[str]) -> dict[str, tuple[int, int]]:
        """Return the centromeres under the names that a file gives its chromosomes, with or without chr."""
        return {name: self.centromeres[bare(name)] for name in names if bare(name) in self.centromeres}

    def contigs(self, names: Iterable[str]) -> dict[str, int]:
        """Return the lengths under the names that a file gives its chromosomes."""
        return {name: self.lengths[bare(name)] for name in names if bare(name) in self.lengths}

    def in_par(self, chrom: np.ndarray, middle: np.ndarray) -> np.ndarray:
        """Return a mask of the positions in a pseudoautosomal region, (n,) bool."""
        names = np.array([bare(str(c)) for c in chrom.tolist()], np.str_)
        inside = np.zeros(len(names), bool)
        for name, start, end in self.par:
            inside |= (names == name) & (middle >= start) & (middle < end)
        return inside

    def check(self, profile: Profile) -> None:
        """Raise InputError, with the genomes that fit, if bins lie beyond its chromosomes or on ones it has not."""
        reason = _mismatch(self, profile)
        if reason:
            fit = [g.name for g in map(genome, GENOMES) if not _mismatch(g, profile)]
            advice = f"It fits {' and '.join(fit)}." if fit else "No known genome fits: leave `--genome` out."
            raise InputError(f"`genome` {self.name} is not that of sample {profile.sample}: {reason}. {advice}")


def bare(name: str) -> str:
    """Return the name of a chromosome without chr, X and Y for 23 and 24 of man; NCBI's accessions have names too."""
    short = _ACCESSIONS.get(name.partition(".")[0], name[3:] if name[:3].lower() == "chr" else name)
    return {"x": "X", "y": "Y", "23": "X", "24": "Y"}.get(short.lower(), short)


def genome(name: str) -> Genome:
    """Return the genome of a name such as hg38 or GRCh38.

    Raises:
        InputError: the name is none of those known.
    """
    key = _ALIASES.get(name.lower(), name.lower())
    if key not in _LENGTHS:
        raise InputError(f"`genome` must be one of {', '.join(GENOMES)}, received {name!r}.")
    mouse = key.startswith("mm")
    names = [*map(str, range(1, 20 if mouse else 23)), "X", "Y"]
    lengths = dict(zip(names, _LENGTHS[key], strict=True))
    if mouse:
        centromeres = dict.fromkeys(names[:-1], _MOUSE_CENTROMERE)
    else:
        edges = _CENTROMERES[key]
        centromeres = dict(zip(names, zip(edges[::2], edges[1::2], strict=True), strict=False))
    return Genome(key, lengths, centromeres, _PAR[key])


def _mismatch(genome: Genome, profile: Profile) -> str:
    """Return why a profile is not of a genome, or nothing."""
    unknown = 0
    ends = profile.offsets[1:]
    for name, first, last in zip(profile.names.tolist(), profile.offsets[:-1], ends - 1, strict=True):
        length = genome.lengths.get(bare(name))
        if length is None:
            if bare(name).isdigit():
                return f"it has no chromosome {name}"
            unknown += int(last + 1 - first)
        elif profile.start[last] >= length:
            return f"{name} ends at {length:,}, a bin starts at {profile.start[last]:,}"
    if unknown > NOT_IN_A_GENOME * len(profile):
        return f"it has none of {', '.join(profile.names[:3].tolist())}"
    return ""


_ACCESSIONS = {f"NC_{n:06}": str(n) for n in range(1, 25)}  # of RefSeq: man, and below the mouse
_ACCESSIONS |= {f"NC_{n + 66:06}": {20: "X", 21: "Y"}.get(n, str(n)) for n in range(1, 22)}
_ALIASES = {
    "grch37": "hg19", "b37": "hg19", "hs37d5": "hg19", "grch38": "hg38", "chm13": "t2t", "hs1": "t2t",
    "chm13v2": "t2t", "chm13v2.0": "t2t", "t2t-chm13": "t2t", "grcm38": "mm10", "grcm39": "mm39",
}  # fmt: skip
_LENGTHS = {
    "hg19": (
        249250621, 243199373, 198022430, 191154276, 180915260, 171115067, 159138663, 146364022, 141213431, 135534747,
        135006516, 133851895, 115169878, 107349540, 102531392, 90354753, 81195210, 78077248, 59128983, 63025520,
        48129895, 51304566, 155270560, 59373566,
    ),
    "hg38": (
        248956422, 242193529, 198295559, 190214555, 181538259, 170805979, 159345973, 145138636, 138394717, 133797422,
        135086622, 133275309, 114364328, 107043718, 101991189, 90338345, 83257441, 80373285, 58617616, 64444167,
        46709983, 50818468, 156040895, 57227415,
    ),
    "t2t": (
        248387328, 242696752, 201105948, 193574945, 182045439, 172126628, 160567428, 146259331, 150617247, 134758134,
        135127769, 133324548, 113566686, 101161492, 99753195, 96330374, 84276897, 80542538, 61707364, 66210255,
        45090682, 51324926, 154259566, 62460029,
    ),
    "mm10": (
        195471971, 182113224, 160039680, 156508116, 151834684, 149736546, 145441459, 129401213, 124595110, 130694993,
        122082543, 120129022, 120421639, 124902244, 104043685, 98207768, 94987271, 90702639, 61431566, 171031299,
        91744698,
    ),
    "mm39": (
        195154279, 181755017, 159745316, 156860686, 151758149, 149588044, 144995196, 130127694, 124359700, 130530862,
        121973369, 120092757, 120883175, 125139656, 104073951, 98008968, 95294699, 90720763, 61420004, 169476592,
        91455967,
    ),
}  # fmt: skip
_CENTROMERES = {
    "hg19": (
        121535434, 124535434, 92326171, 95326171, 90504854, 93504854, 49660117, 52660117, 46405641, 49405641,
        58830166, 61830166, 58054331, 61054331, 43838887, 46838887, 47367679, 50367679, 39254935, 42254935,
        51644205, 54644205, 34856694, 37856694, 16000000, 19000000, 16000000, 19000000, 17000000, 20000000,
        35335801, 38335801, 22263006, 25263006, 15460898, 18460898, 24681782, 27681782, 26369569, 29369569,
        11288129, 14288129, 13000000, 16000000, 58632012, 61632012, 10104553, 13104553,
    ),
    "hg38": (
        122026459, 124932724, 92188145, 94090557, 90772458, 93655574, 49712061, 51743951, 46485900, 50059807,
        58553888, 59829934, 58169653, 61528020, 44033744, 45877265, 43389635, 45518558, 39686682, 41593521,
        51078348, 54425074, 34769407, 37185252, 16000000, 18051248, 16000000, 18173523, 17083673, 19725254,
        36311158, 38265669, 22813679, 26616164, 15460899, 20861206, 24498980, 27190874, 26436232, 30038348,
        10864560, 12915808, 12954788, 15054318, 58605579, 62412542, 10316944, 10544039,
    ),
    "t2t": (
        121796048, 126300487, 92333543, 94673023, 91738002, 96415026, 49705154, 55199795, 47039134, 49596625,
        58286706, 61058390, 60414372, 63714499, 44215832, 46325080, 44951775, 47582595, 39633793, 41664589,
        51035789, 54450838, 34620838, 37202490, 15547593, 17498291, 10092112, 12708411, 16678794, 17694466,
        35848286, 37829521, 23892419, 27486939, 15965699, 20933550, 25817676, 29768171, 26925852, 29099655,
        10962853, 11306205, 12788180, 15711065, 57820107, 60927025,
    ),
}  # fmt: skip
_MOUSE_CENTROMERE = (110_000, 3_000_000)
_PAR: dict[str, tuple[tuple[str, int, int], ...]] = {
    "hg19": (("X", 60_000, 2_699_520), ("X", 154_931_043, 155_260_560),
             ("Y", 10_000, 2_649_520), ("Y", 59_034_049, 59_363_566)),
    "hg38": (("X", 10_000, 2_781_479), ("X", 155_701_382, 156_030_895),
             ("Y", 10_000, 2_781_479), ("Y", 56_887_902, 57_217_415)),
    "t2t": (("X", 0, 2_394_410), ("X", 153_925_834, 154_259_566),
            ("Y", 0, 2_458_320), ("Y", 62_122_809, 62_460_029)),
    "mm10": (("X", 169_969_758, 170_931_299), ("Y", 90_745_844, 91_644_698)),
    "mm39": (("X", 168_752_754, 169_376_592), ("Y", 90_757_113, 91_355_967)),
}  # fmt: skip
