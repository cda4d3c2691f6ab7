"""Sphinx settings, and the recorded figures and pictures as substitutions for the pages."""

from __future__ import annotations

import os
import re
import sys
from importlib.metadata import version as installed_version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from docutils import nodes

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

project = "bridgeae"
author = "The bridgeae authors"
copyright = author
version = release = installed_version("bridgeae")

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "sphinx.ext.viewcode"]
if find_spec("sphinx_copybutton"):  # of the extra `docs`
    extensions.append("sphinx_copybutton")
    copybutton_prompt_text = r"\$ |>>> |\.\.\. "
    copybutton_prompt_is_regexp = True
if os.environ.get("BRIDGEAE_DOCS_ONLINE"):  # links to the API of others need the network
    extensions.append("sphinx.ext.intersphinx")
    intersphinx_mapping = {
        "python": ("https://docs.python.org/3", None),
        "numpy": ("https://numpy.org/doc/stable", None),
        "sklearn": ("https://scikit-learn.org/stable", None),
        "anndata": ("https://anndata.readthedocs.io/en/stable", None),
    }
exclude_patterns = ["_build", "figures"]
html_theme = "furo"
html_static_path = ["sounds", "static"]
html_css_files = ["pages.css"]
html_title = f"bridgeae {version}"
nitpicky = False  # docstrings name shapes, not types that Sphinx could resolve
default_role = "code"
myst_enable_extensions = ["colon_fence", "substitution", "attrs_inline"]
myst_heading_anchors = 3
autodoc_default_options = {"members": True, "member-order": "bysource"}
autodoc_typehints = "signature"
autodoc_typehints_format = "short"
python_use_unqualified_type_names = True
python_maximum_signature_line_length = 88
napoleon_numpy_docstring = False
napoleon_use_ivar = True

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))
import api_pages  # noqa: E402
import generated  # noqa: E402
import notebooks  # noqa: E402
import tables  # noqa: E402

HAND_SIGNS, STUDIES, SEGMENTERS, SPOKEN = (
    tables.recorded(name) for name in ("hand signs", "studies", "segmenters", "spoken digits")
)


def picture(name: str, caption: str) -> str:
    """Return a picture of `docs/images` with its caption; empty if there is no such file."""
    return f"![{caption}](/images/{name})\n\n*{caption}*" if (HERE / "images" / name).is_file() else ""


STEPS = {
    "1_augmented": "**1. Augment.** A drawn hand, and how training sees it: turned, bent, in other light.",
    "2_misread": '**2. Look at mistakes.** Drawn hands that the source reads wrongly. "1 as 0" is a 1 read as 0.',
    "3_denoised": "**3. Denoise.** An autoencoder that learned to take noise away from digits.",
    "4_manifold": "**4. Map the latents.** Digits in a latent of two numbers, and what a walk over it decodes.",
    "5_linked": "**5. Link.** Each hand with its fixed answer and four draws.",
    "6_own_photo": "**6. Try your own photo.** It is cut out and translated. The confidence says whether to trust it.",
}
"""Pictures of the hand-sign tutorial, which docs/images/hand_signs_steps.py plots."""


def steps() -> str:
    """Return the pictures of the hand-sign tutorial that are there, each with its caption."""
    found = {name: words for name, words in STEPS.items() if (HERE / "images" / f"step_{name}.png").is_file()}
    return "\n\n".join(f"{words}\n\n![{name[2:]}](/images/step_{name}.png)" for name, words in found.items())


myst_substitutions = {
    "hand_signs_steps": steps(),
    "hand_signs_figures": tables.printed(HAND_SIGNS),
    "runtime_figures": tables.printed(tables.recorded("runtime")),
    "one_sided_figures": tables.printed(tables.recorded("bridging digits")),
    "copy_number_figures": tables.printed(SEGMENTERS),
    "copy_number_peers_ahead": tables.peers_ahead(SEGMENTERS),
    "spoken_digits_figures": tables.printed(SPOKEN),
    "spoken_digits_picture": picture(
        "spoken_digits.png",
        "The words that handwritten digits from 0 to 9 become, as spectrograms: time to the right, frequency upwards.",
    ),
    "hand_signs_picture": picture(
        "hand_signs.png",
        "Drawn hands, what the packaged bridge reads in each, its fixed answer, and four draws. One 5 is misread.",
    ),
    "copy_number_picture": picture(
        "copy_number.png",
        "A simulated tumour: raw bins as points, called segments as lines, red gained and blue lost.",
    ),
    "copy_number_cohort_picture": picture(
        "copy_number_cohort.png", "Segments of 24 simulated tumours, a row each, similar ones side by side."
    ),
    "linkers_table": tables.printed(HAND_SIGNS, "linkers"),
    "bridging": tables.printed(tables.recorded("bridging")),
    "bridging_draws": tables.printed(tables.recorded("bridging draws")),
    "bridging_classes": tables.printed(tables.recorded("bridging classes")),
    "bridging_cells": tables.cells_table(tables.recorded("bridging cells")),
    **{f"{stage}_study": tables.study(STUDIES, stage) for stage in tables.STUDIES},
    **generated.substitutions(),
}

SENTENCE = 24  # characters, the mean of a table's last column
CODE = re.compile(r"(``.+?``|`[^`]+`|>>> .*)")


def plain_stars(app: Any, what: str, name: str, thing: Any, options: Any, lines: list[str]) -> None:
    """Escape characters that reStructuredText would read as markup outside of code: ``(n, *sample)``, ``classes_``."""
    for k, line in enumerate(lines):
        if line.lstrip().startswith((">>>", "...")):
            continue
        parts = CODE.split(line)
        parts[::2] = [re.sub(r"(\*|(?<=\w)_(?=\W|$)|\|)", r"\\\1", part) for part in parts[::2]]
        parts[2::2] = [re.sub(r"^(?=\w)", r"\\ ", part) for part in parts[2::2]]  # `Domain`s
        lines[k] = "".join(parts)


def plain_signature(
    app: Any, what: str, name: str, thing: Any, options: Any, said: str | None, result: str | None
) -> Any:
    """Write a class or function that is a default by its name, and a default that is made anew as ``...``."""
    if said:
        said = re.sub(r"<(?:class|built-in function) '?(?:\w+\.)*(\w+)'?>", r"\1", said).replace("<factory>", "...")
        said = re.sub(r"\w*Path\('[^']*?([^/']+)'\)", r"'\1'", said)  # not where the pages were built
    return said, result


def mark_sentences(app: Any, doctree: Any, name: str) -> None:
    """Mark tables whose last column holds sentences, which phones show as cards."""
    for table in doctree.findall(nodes.table):
        last = [len(row.children[-1].astext()) for row in table.findall(nodes.row)]
        if last and sum(last) > SENTENCE * len(last):
            table["classes"].append("sentences")


def link_pages(app: Any, name: str, source: list[str]) -> None:
    """Put links to the pages of objects in place of the directives of api.md."""
    if name == "api":
        source[0] = api_pages.linked(source[0])


def add_notebooks(app: Any, error: Exception | None) -> None:
    """Write the notebooks that the pages link beside them."""
    if error is None and app.builder.format == "html":
        notebooks.write_notebooks(Path(app.outdir) / "notebooks")


def setup(app: Any) -> None:
    """Register the escaping of docstrings, before napoleon reads them, the pages of the API, and the notebooks."""
    api_pages.write_pages()
    app.connect("source-read", link_pages)
    app.connect("doctree-resolved", mark_sentences)
    app.connect("autodoc-process-signature", plain_signature)
    app.connect("autodoc-process-docstring", plain_stars, priority=400)
    app.connect("build-finished", add_notebooks)
