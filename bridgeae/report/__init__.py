"""Reports: a run or a model on one HTML page that opens offline."""

from bridgeae.report.comparison import write_comparison
from bridgeae.report.contents import ReportArrays, Results, RunRecord
from bridgeae.report.page import render, write_report
from bridgeae.report.reading import find

__all__ = ["ReportArrays", "Results", "RunRecord", "find", "render", "write_comparison", "write_report"]
