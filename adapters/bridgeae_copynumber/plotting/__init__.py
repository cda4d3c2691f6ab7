"""Pictures and pages of genomes."""

from bridgeae_copynumber.plotting.page import write_page
from bridgeae_copynumber.plotting.pictures import check_picture, plot

__all__ = ["check_picture", "plot", "write_page"]
