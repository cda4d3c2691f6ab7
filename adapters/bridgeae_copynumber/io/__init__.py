"""Files: bins in, segments out, in the formats of the field."""

from bridgeae_copynumber.io.read import HDF5_MAGIC, read, sample_name
from bridgeae_copynumber.io.regions import read_centromeres, read_segments
from bridgeae_copynumber.io.write import COPIES, FORMATS, check_output, is_stream, output_format, save, write

__all__ = [
    "COPIES",
    "FORMATS",
    "HDF5_MAGIC",
    "check_output",
    "is_stream",
    "output_format",
    "read",
    "read_centromeres",
    "read_segments",
    "sample_name",
    "save",
    "write",
]
