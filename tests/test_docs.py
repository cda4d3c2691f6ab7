"""Every python and console block of the documentation runs as printed, and the pages build without a warning.

A block that takes minutes, or needs data or machines that a test has not, carries the reason above it, as a comment
that readers do not see: ``% not run: trains for five minutes``. What a block prints stands in the `text` block below
it, or below its commands; ``...`` stands for anything. Where a comment says ``% numbers may differ``, they may do so by
a quarter, and seconds by any factor.
"""

from __future__ import annotations

import doctest
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from contextlib import redirect_stdout
from dataclasses import fields
from io import StringIO
from pathlib import Path

import numpy as np
import pytest
import yaml

import bridgeae
import other_process
from bridgeae.runs.config import LinkerConfig, PairingConfig, RunConfig, SideConfig, read_config
from bridgeae_copynumber import read, read_segments
from bridgeae_tables import TableAdapter

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
sys.path.append(str(DOCS))
import api_pages  # noqa: E402
import generated  # noqa: E402
import notebooks  # noqa: E402

SPOKEN = ROOT / "examples" / "spoken_digits"
PAGES = sorted(path.relative_to(DOCS).as_posix() for path in DOCS.rglob("*.md") if "_build" not in path.parts)
COMMENT = r"(?:% not run: (?P<reason>[^\n]+)\n|(?P<loose>% numbers may differ)\n)?"
BLOCK = re.compile(rf"^{COMMENT}```(?P<kind>\w+)\n(?P<body>.*?)^```$", re.MULTILINE | re.DOTALL)
NUMBER = re.compile(r"(?<![\w.])-?\d[\d,]*(?:\.\d+)?(?! s\b)(?![\w.]*\w)")
SECONDS = re.compile(r"\b[\d.]+ s\b")
LANGUAGES = {"python", "console", "text", "yaml", "sh", "bibtex"}


def blocks(page: str) -> list[re.Match[str]]:
    return list(BLOCK.finditer((DOCS / page).read_text(encoding="utf-8")))


def commands(body: str) -> Iterator[tuple[str, str]]:
    """Split a console block into commands and what each prints."""
    for part in re.split(r"^\$ ", body, flags=re.MULTILINE)[1:]:
        command, _, output = re.sub(r"\\\n\s*", "", part).partition("\n")
        yield command, output


def same(wanted: str, got: str, loose: str | None = None) -> bool:
    """Return whether an output is as printed; `loose` lets numbers differ by a quarter or 0.05."""
    if loose:
        wanted, got = (SECONDS.sub("some s", text) for text in (wanted, got))
        shown, found = ([float(n.replace(",", "")) for n in NUMBER.findall(text)] for text in (wanted, got))
        close = len(shown) == len(found) and np.allclose(shown, found, rtol=0.25, atol=0.05)
        return bool(close) and same(NUMBER.sub("#", wanted), NUMBER.sub("#", got))
    flags = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
    return doctest.OutputChecker().check_output(wanted, got, flags)


def run_console(body: str, folder: Path, loose: str | None = None) -> None:
    """Run the commands of a block; `bridgeae` in a process that has imported TensorFlow already."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    for command, wanted in commands(body):
        if re.fullmatch(r"bridgeae [^|<>;&$`*]+", command.strip()):
            done = other_process.run("other_process:command", str(folder), *shlex.split(command)[1:])
        else:
            done = subprocess.run(
                ["bash", "-c", command], cwd=folder, env=os.environ | {"PATH": path}, capture_output=True, text=True
            )
        assert done.returncode == 0, f"$ {command}\n{done.stdout}{done.stderr}"
        if wanted.strip():
            got = done.stdout or done.stderr
            assert same(wanted, got, loose), f"$ {command}\nprinted\n{got}\nexpected\n{wanted}"


QUICK = (  # pages that run in seconds, and those that a newcomer meets first: for every change; others run at night
    "index.md",
    "start/adapter_author.md",
    "start/bioinformatician.md",
    "start/practitioner.md",
    "guides/saving.md",
)
RUN = [
    pytest.param(page, marks=pytest.mark.docs if page in QUICK else pytest.mark.nightly)
    for page in PAGES
    if any(block["kind"] in ("python", "console") for block in blocks(page))
]


@pytest.mark.parametrize("page", RUN)
def test_a_page_runs_as_printed(page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    if page == "tutorials/waveforms.md":  # it is read in that folder
        monkeypatch.syspath_prepend(str(SPOKEN))
    names: dict[str, object] = {"__name__": "docs"}
    printed = ""
    for block in blocks(page):
        if block["kind"] == "python" and not block["reason"]:
            line = (DOCS / page).read_text(encoding="utf-8")[: block.start("body")].count("\n")
            with redirect_stdout(StringIO()) as out:
                exec(compile("\n" * line + block["body"], str(DOCS / page), "exec"), names)
            printed = out.getvalue()
        elif block["kind"] == "console" and not block["reason"]:
            run_console(block["body"], tmp_path, block["loose"])
        elif block["kind"] == "text" and not block["reason"]:
            assert same(block["body"], printed, block["loose"]), f"{page} printed\n{printed}\nexpected\n{block['body']}"


@pytest.mark.parametrize("page", PAGES)
def test_every_block_is_of_a_known_kind(page: str) -> None:
    fences = re.findall(r"^```(\w+)$", (DOCS / page).read_text(encoding="utf-8"), re.MULTILINE)
    assert set(fences) <= LANGUAGES
    assert len(fences) == len(blocks(page)), "a `% not run:` comment, or a fence, is not where it should be"


def test_the_tutorials_adapter_has_fewer_than_sixty_lines() -> None:
    body = (SPOKEN / "speech.py").read_text(encoding="utf-8").partition("\nclass ")[2]
    assert len([line for line in body.splitlines() if line.strip()]) < 60


@pytest.mark.parametrize("page", notebooks.PAGES)
def test_a_notebook_holds_the_blocks_that_the_page_runs(page: str) -> None:
    made = notebooks.notebook(page)
    cells = [cell["source"] for cell in made["cells"] if cell["cell_type"] == "code"]
    ran = [block for block in blocks(page) if block["kind"] in ("python", "console") and not block["reason"]]
    assert len(cells) == len(ran)
    for cell, block in zip(cells, ran, strict=True):
        wanted = [command for command, _ in commands(block["body"])] if block["kind"] == "console" else None
        got = re.sub(r"\\\n\s*", "", cell)
        assert got == ("\n".join(f"!{command}" for command in wanted) if wanted else block["body"].rstrip())
    prose = "".join(cell["source"] for cell in made["cells"] if cell["cell_type"] == "markdown")
    assert not re.search(r"\{doc\}|\{py:|\{term\}|\{\{|^% ", prose, re.MULTILINE)
    assert f'href="../notebooks/{Path(page).stem}.ipynb"' in (DOCS / page).read_text(encoding="utf-8")


def example_files() -> list[tuple[str, str]]:
    """Return (name, content) of the files that the page of formats shows."""
    page = (DOCS / "reference" / "formats.md").read_text(encoding="utf-8")
    return re.findall(r"`(\w+\.\w+)`[^\n]*\n\n```text\n(.*?)```", page, re.DOTALL)


@pytest.mark.parametrize(("name", "content"), example_files(), ids=lambda value: value if "\n" not in value else "")
def test_a_file_of_the_page_of_formats_is_read(name: str, content: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_text(content, encoding="utf-8")
    if name in ("wines.csv", "expression.tsv"):
        roles = "?name=bottle&label=cultivar" if name == "wines.csv" else ""
        domain = TableAdapter().read(f"{path}{roles}")
        assert domain.x.shape == ((2, 2) if roles else (2, 3)) and domain.names is not None
    elif path.suffix in (".seg", ".cns"):
        assert len(read_segments(path)) == 2
    else:
        profiles = read(path)
        assert [len(profile) for profile in profiles] == [3] * (2 if name == "cells.tsv" else 1)
    assert len(example_files()) == 8


def test_the_run_file_of_the_reference_has_every_key() -> None:
    path = DOCS / "reference" / "run.yaml"
    read_config(path)
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    for kind, part in (
        (RunConfig, content),
        (SideConfig, content["source"]),
        (LinkerConfig, content["linker"]),
        (PairingConfig, content["pairing"]),
    ):
        assert {field.name for field in fields(kind)} == set(part)


def test_the_reference_lists_every_command_and_option() -> None:
    page = (DOCS / "reference" / "commands.md").read_text(encoding="utf-8")
    assert re.findall(r"^## (.+)$", page, re.MULTILINE) == list(generated.parsers())
    for name, parser in generated.parsers().items():
        assert f"{{{{ command_{re.sub('[ -]', '_', name)} }}}}" in page
        assert all(
            f"`{option}`" in generated.command(parser)
            for option in set(parser._option_string_actions) - {"-h", "--help"}
        )


@pytest.mark.docs
def test_the_pages_build_without_a_warning(tmp_path: Path) -> None:
    options = ["-q", "-W", "--keep-going", "-d", str(tmp_path / "trees")]
    command = [sys.executable, "-m", "sphinx", *options, str(DOCS), str(tmp_path / "html")]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-4000:]
    pages = {path.stem: path.read_text(encoding="utf-8") for path in (tmp_path / "html" / "api").glob("*.html")}
    listed = [entry.name for entry in api_pages.entries((DOCS / "api.md").read_text(encoding="utf-8"))]
    assert sorted(pages) == sorted(listed) and {f"bridgeae.{name}" for name in bridgeae.__all__} <= set(pages)
    signatures = {name: re.findall(r'<dt class="sig.*?</dt>', page, re.DOTALL) for name, page in pages.items()}
    assert [name for name, found in signatures.items() if not found] == []
    leak = re.compile(r"&lt;|object at 0x|collections\.abc")
    assert [name for name, found in signatures.items() if leak.search(re.sub("<[^>]+>", "", "".join(found)))] == []
