"""Reports: a run or a model on one HTML page that opens offline."""

from bridgeae.report.page import find, render, write_report

__all__ = ["find", "render", "write_report"]
