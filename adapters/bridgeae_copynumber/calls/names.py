"""Names that options may have; the command's help needs nothing more of this room."""

CENTRES = ("mode", "median", "none")
"""Ways to centre a sample."""
SEXES = ("female", "male")
GENOMES = ("hg19", "hg38", "t2t", "mm10", "mm39")
"""Names that `genome` takes; GRCh37, GRCh38, CHM13, GRCm38 and GRCm39 are known too."""
STATES = ("neutral", "gain", "loss", "amplification", "deep loss")
