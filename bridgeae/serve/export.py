"""The page of a bridge as a folder of static files, which run in the browser on ONNX Runtime Web."""

from __future__ import annotations

import json
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np

from bridgeae.errors import InputError
from bridgeae.linked import LinkedAutoencoder
from bridgeae.linker import linker_state
from bridgeae.registry import adapter_options
from bridgeae.saving import refuse_existing, whole_folder
from bridgeae.serve.bridge_page import BridgePage
from bridgeae.serve.headers import WEB_POLICY
from bridgeae.serve.static import static_files
from bridgeae.serve.trust import SENTENCES, THRESHOLDS
from bridgeae.serve.web_runtime import runtime_files

LINKERS = ("flow", "network", "ridge")
"""Linkers that a browser can run."""


def export_web(
    bridge: LinkedAutoencoder,
    out: str | Path,
    *,
    title: str,
    card: str = "",
    runtime: Path | None = None,
    overwrite: bool = False,
) -> Path:
    """Write the page of a bridge as static files, which any host can serve and which need no network.

    Args:
        bridge: one that was loaded with its ONNX graphs, whose adapters have `browser_modules`.
        out: the folder to write; it appears whole or not at all.
        title: name of the model on the page.
        card: its card, Markdown.
        runtime: an unpacked npm package onnxruntime-web; None asks npm for it.
        overwrite: replace `out`.

    Returns:
        The folder.

    Raises:
        InputError: the linker, an adapter or a network cannot run in a browser, or the runtime is not found.
        OutputExistsError: `out` holds something.
    """
    out = Path(out)
    refuse_existing(out, overwrite=overwrite)
    page = BridgePage(bridge, title, card)
    model, graphs = _model(bridge, page), _graphs(bridge)
    model |= {"networks": sorted(graphs), "shapes": {name: _shapes(name, graph) for name, graph in graphs.items()}}
    parts = {name: file.content for name, file in static_files().items()}
    parts |= {file.name: file.read_bytes() for file in (files(__package__) / "web").iterdir()}
    parts["index.html"] = _with_policy(parts["index.html"])
    for side in ("source", "target"):
        parts |= {f"{side}/{name}": text.encode() for name, text in _modules(bridge, side).items()}
    parts |= {f"{name}.onnx": graph.files["onnx"] for name, graph in graphs.items()} | runtime_files(runtime)
    parts["model.json"] = json.dumps(model, allow_nan=False, separators=(",", ":")).encode()
    with whole_folder(out) as new:
        for name, content in parts.items():
            (new / name).parent.mkdir(exist_ok=True)
            (new / name).write_bytes(content)
    return out


def _model(bridge: LinkedAutoencoder, page: BridgePage) -> dict[str, Any]:
    """Return what the page's script reads: constants of everything that is no network."""
    about = {**page.describe(), "place": "Everything stays in this browser: nothing is sent anywhere."}
    source, adapters = bridge.source, {side: getattr(bridge, side).adapter for side in ("source", "target")}
    confidence = None if bridge.confidence_ is None else bridge.confidence_.get_state()
    cloud = None
    if bridge.confidence_ is not None and page.describe()["draws"]:
        cloud = page.class_cloud()
    return {
        "about": about,
        "source": {
            "adapter": adapter_options(adapters["source"]),
            "classes": None if source.classes_ is None else [str(c) for c in source.classes_],
            "reads_latents": source.variational is None or source.classifier == "joint",
        },
        "target": {"adapter": adapter_options(adapters["target"])},
        "linker": _linker(bridge),
        "confidence": None if confidence is None else {**confidence.values, **_lists(confidence.arrays)},
        "cloud": cloud,
        "words": THRESHOLDS | SENTENCES,
    }


def _linker(bridge: LinkedAutoencoder) -> dict[str, Any]:
    """Return the constants of a linker. Raises InputError for one that no browser can run."""
    state = linker_state(bridge.linker)
    kind, arrays = state.values["kind"], _lists(state.arrays)
    if kind not in LINKERS:
        raise InputError(
            f"a page can run the linkers {', '.join(LINKERS)}, not {kind!r}. Serve it with `bridgeae serve`."
        )
    if kind != "flow":
        return {"kind": kind, **arrays}
    condition = {"kind": state.values["condition"], "noise": bridge.linker.condition_.noise_scale}  # type: ignore[attr-defined]
    if condition["kind"] == "class":
        heads = zip(("source", "target"), state.values["classes"], strict=True)
        reader, critic = (
            {"weights": arrays[f"{side}-weights"], "bias": arrays[f"{side}-bias"], "classes": classes}
            for side, classes in heads
        )
        condition |= {"reader": reader, "critic": critic, "frames": arrays["frames"]}
    else:
        condition |= {"mean": arrays["source-mean"], "scale": arrays["source-scale"]}
    return {"kind": kind, "mean": arrays["target-mean"], "scale": arrays["target-scale"], "condition": condition}


def _lists(arrays: Mapping[str, np.ndarray]) -> dict[str, Any]:
    """Return arrays as lists of numbers with the nine digits of float32."""
    return {name: _digits(array.astype(float).tolist()) for name, array in arrays.items()}


def _digits(value: Any) -> Any:
    return [_digits(v) for v in value] if isinstance(value, list) else float(f"{value:.9g}")


def _graphs(bridge: LinkedAutoencoder) -> dict[str, Any]:
    """Return the networks that an answer needs, by name; the source's decoder is not one."""
    found: dict[str, Any] = {}
    for side, autoencoder in (("source", bridge.source), ("target", bridge.target)):
        parts = {"encoder": autoencoder.encoder, "latent": autoencoder.latent_, "decoder": autoencoder.decoder}
        parts["head"] = autoencoder.head_
        left_out = "decoder" if side == "source" else "head"
        found |= {
            f"{side}-{name}": network for name, network in parts.items() if network is not None and name != left_out
        }
    found |= {f"linker-{name}": network for name, network in bridge.linker.get_state().networks.items()}
    for name, network in found.items():
        if "onnx" not in getattr(network, "files", {}):
            raise InputError(f"network {name!r} has no ONNX graph. Run `bridgeae convert` on the model folder first.")
    return found


def _shapes(name: str, network: Any) -> list[list[int]]:
    """Return the shape of each input without its batch. Raises InputError for one of free length."""
    shapes = network.input_shape if isinstance(network.input_shape, list) else [network.input_shape]
    if any(None in shape[1:] for shape in shapes):
        raise InputError(f"network {name!r} reads samples of any length, which a page cannot run yet.")
    return [list(shape[1:]) for shape in shapes]


def _modules(bridge: LinkedAutoencoder, side: str) -> dict[str, str]:
    """Return the JavaScript of an adapter. Raises InputError where it has none."""
    adapter = getattr(bridge, side).adapter
    modules = getattr(adapter, "browser_modules", None)
    if not callable(modules):
        raise InputError(
            f"adapter {adapter.name!r} has no `browser_modules`, so that no browser could read its files. Serve the "
            "model with `bridgeae serve`."
        )
    made: dict[str, str] = modules()
    return made


def _with_policy(page: bytes) -> bytes:
    """Return the page with its policy inside, since a static host sends none."""
    policy = f'<meta http-equiv="Content-Security-Policy" content="{WEB_POLICY}">'.encode()
    return page.replace(b'<meta charset="utf-8">', b'<meta charset="utf-8">\n' + policy, 1)
