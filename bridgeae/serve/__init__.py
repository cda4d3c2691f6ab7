"""A page on this computer where anybody can try a model."""

from bridgeae.serve.bridge_page import BridgePage
from bridgeae.serve.export import export_web
from bridgeae.serve.pages import Page, find_page
from bridgeae.serve.server import PageServer, serve

__all__ = ["BridgePage", "Page", "PageServer", "export_web", "find_page", "serve"]
