"""Files: bins in, segments out, in the formats of the field."""

from bridgeae_copynumber.io.atomic import check_output, is_stream, save
from bridgeae_copynumber.io.foreign import HDF5_MAGIC
from bridgeae_copynumber.io.read import Samples, read, sample_name
from bridgeae_copynumber.io.regions import read_centromeres, read_segments
from bridgeae_copynumber.io.scale import SCALES
from bridgeae_copynumber.io.write import (
    COPY_NUMBER_FORMATS,
    FORMATS,
    STREAMED_FORMATS,
    check_extras,
    check_samples,
    output_format,
    sample_files,
    write,
    write_each,
    write_rows,
)

__all__ = [
    "COPY_NUMBER_FORMATS",
    "FORMATS",
    "HDF5_MAGIC",
    "SCALES",
    "STREAMED_FORMATS",
    "Samples",
    "check_extras",
    "check_output",
    "check_samples",
    "is_stream",
    "output_format",
    "read",
    "read_centromeres",
    "read_segments",
    "sample_files",
    "sample_name",
    "save",
    "write",
    "write_each",
    "write_rows",
]
