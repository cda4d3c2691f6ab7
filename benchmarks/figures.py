"""Put the figures of the examples' results files into the README, so that none is typed in by hand.

python benchmarks/figures.py [--check]
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]


def printed(results: dict[str, Any]) -> str:
    """The table that a script printed, and its command."""
    return "\n".join([*results["table"], "", f"Printed by `{results['command']}`."])


BLOCKS: dict[str, tuple[Path, Callable[[dict[str, Any]], str]]] = {
    "hand signs": (ROOT / "examples" / "mnist_signs" / "results.json", printed),
    "copy number": (ROOT / "examples" / "copy_number" / "results.json", printed),
}


def filled(text: str) -> str:
    """Return a document with every block between `<!-- figures: NAME -->` and `<!-- end figures -->` made anew."""
    for name, (path, table) in BLOCKS.items():
        made = table(json.loads(path.read_text(encoding="utf-8")))
        pattern = rf"(<!-- figures: {name} -->\n).*?(<!-- end figures -->)"
        text = re.sub(pattern, lambda m, made=made: f"{m[1]}{made}\n{m[2]}", text, flags=re.DOTALL)
    return text


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="only tell whether the README is up to date")
    options = parser.parse_args()
    readme = ROOT / "README.md"
    before = readme.read_text(encoding="utf-8")
    after = filled(before)
    if not options.check:
        readme.write_text(after, encoding="utf-8")
    elif after != before:
        print("README.md is out of date: run python benchmarks/figures.py")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
