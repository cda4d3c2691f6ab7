"""The examples and the place of the documentation in the help of each command."""

from __future__ import annotations

from importlib.metadata import metadata

EXAMPLES = {
    "": """
examples:
  bridgeae fit run.yaml --out runs/first          train, measure, write a report
  bridgeae translate runs/first/model hand.jpg    translate a sample
  bridgeae segment tumour.cnr                     call copy-number segments

`bridgeae COMMAND --help` shows the options of a command, and examples.
`bridgeae segment` is the command `bridgeae-segment`.
""",
    "fit": """
examples:
  bridgeae fit run.yaml --smoke                   check a run file in seconds
  bridgeae fit run.yaml --data ~/data --out runs/first
  bridgeae fit run.yaml --out runs/first --resume
""",
    "translate": """
examples:
  bridgeae translate runs/first/model hand.jpg --draws 4
  bridgeae translate runs/first/model photos/ -o digits.npz
  bridgeae translate wines/model acids.csv -o colours.csv
""",
    "evaluate": """
examples:
  bridgeae evaluate runs/first/model test.h5 --target mnist.npz
  bridgeae evaluate runs/first/model test.h5 --json > figures.json
""",
    "report": """
examples:
  bridgeae report runs/first                      writes runs/first/report.html
  bridgeae report runs/first runs/second          writes comparison.html
""",
    "serve": """
examples:
  bridgeae serve runs/first/model                 opens a page in the browser
  bridgeae serve segment --port 8000
""",
    "export-web": """
examples:
  bridgeae export-web runs/first/model --out site
  bridgeae export-web runs/first/model --out site --runtime onnxruntime-web
""",
    "new-adapter": """
examples:
  bridgeae new-adapter sounds                     writes bridgeae-sounds/
""",
    "completion": """
examples:
  eval "$(bridgeae completion)"                   completes in this shell
""",
}


def _documentation() -> str:
    """Return where the documentation is: its address, if the installed package names one."""
    for url in metadata("bridgeae").get_all("Project-URL") or ():
        label, _, address = url.partition(", ")
        if label.lower() in ("documentation", "docs"):
            return f"\nDocumentation: {address}"
    return "\nDocumentation: the folder docs of the source. For bugs: see `bridgeae info`."


DOCUMENTATION = _documentation()
