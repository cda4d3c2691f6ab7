"""Read a run file: plain values only, and aliases that stay small when they are written out."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

from bridgeae.checks import check_limit, read_small
from bridgeae.errors import ConfigError


class _Loader(yaml.SafeLoader):
    """Reads 1e-3 as a number, as YAML 1.2 does; PyYAML's YAML 1.1 reads a string."""

    _depth = 0

    def compose_node(self, parent: Any, index: Any) -> Any:
        """Compose a node as PyYAML does, unless it is too deep."""
        self._depth += 1
        check_limit("depth", self._depth, "the run file has too many brackets", error=ConfigError)
        node = super().compose_node(parent, index)
        self._depth -= 1
        return node


_NUMBER = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)[eE][-+]?[0-9]+$")
_Loader.add_implicit_resolver("tag:yaml.org,2002:float", _NUMBER, list("-+.0123456789"))


def read_yaml(path: Path) -> Any:
    """Return the value of a YAML file.

    Raises:
        ConfigError: it is not YAML, is too large or too deep, or a value cannot be read.
    """
    loader = None
    try:
        loader = _Loader(read_small(path, "yaml_bytes", error=ConfigError))
        node = loader.get_single_node()
        check_limit("yaml_bytes", _written_out(node, {}), f"{path} has aliases of aliases", error=ConfigError)
        return None if node is None else loader.construct_document(node)
    except ConfigError:
        raise
    except RecursionError:
        raise ConfigError(f"{path} is not valid YAML: it refers to itself, or its brackets are too deep.") from None
    except Exception as error:  # PyYAML raises six kinds for values such as 2001-02-30
        raise ConfigError(f"{path} is not valid YAML: {error}") from None
    finally:
        if loader is not None:
            loader.dispose()


def _written_out(node: Any, known: dict[int, int]) -> int:
    """Return the length of a YAML node with every alias written out. Raises RecursionError for a node within itself."""
    if isinstance(node, yaml.ScalarNode) or node is None:
        return 1 + len(node.value if node else "")
    if id(node) not in known:
        pairs = isinstance(node, yaml.MappingNode)
        parts = [part for pair in node.value for part in pair] if pairs else node.value
        known[id(node)] = 1 + sum(_written_out(part, known) for part in parts)
    return known[id(node)]
