"""What each command of `bridgeae` does. Heavy modules are imported where they are needed, so that --help is instant."""

from __future__ import annotations

import argparse
import os
import re
import sys
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from bridgeae.errors import InputError, MissingFileError
from bridgeae.progress import Progress


def fit(options: argparse.Namespace) -> int:
    from bridgeae.networks.processes import is_member
    from bridgeae.runs.config import read_config
    from bridgeae.runs.stages import refuse_occupied

    config = read_config(options.run).with_seed(options.seed)
    out = options.out or Path("runs") / options.run.resolve().parent.name
    if not is_member():
        refuse_occupied(out, overwrite=options.overwrite, resume=options.resume)  # before seconds of imports
        if options.processes:
            from bridgeae.cli.processes import run_together

            return run_together(options.typed, options.processes)
        return _fit(options, config, out)
    from bridgeae.cli.processes import member_folder

    with member_folder(out, resume=options.resume) as own:
        if own != out:  # the first process prints and writes for all
            options.quiet, options.log_json = True, None
        return _fit(options, config, own)


def _fit(options: argparse.Namespace, config: Any, out: Path) -> int:
    more = {name: getattr(options, name) for name in ("data", "smoke", "overwrite", "resume")}
    more |= {"base": options.run.parent, "command": options.typed, "say": partial(_print, options)}
    from bridgeae.runs import run

    with _progress(options) as progress:
        results = run(config, out, progress=progress, **more)
    from bridgeae.evaluation import verdict_lines
    from bridgeae.report.page import write_report

    page = write_report(out, overwrite=True)
    print("\n".join(verdict_lines(results, colour=_has_colour())), flush=True)
    _print(options, f"Open {page} in a browser to see pictures and figures.")
    return 0


@contextmanager
def _progress(options: argparse.Namespace) -> Iterator[Progress]:
    """Show progress as --quiet and --log-json ask for, and end it whatever happens."""
    place = getattr(options, "log_json", None)  # of `fit`, which may take hours
    with ExitStack() as stack:
        log = sys.stderr if place == "-" else None
        if place and not log:
            log = stack.enter_context(open(place, "a", encoding="utf-8"))
        quiet = True if options.quiet or place == "-" else None
        # a second handle, as the first one is closed while the backend is imported
        terminal = os.fdopen(os.dup(sys.stderr.fileno()), "w") if sys.stderr.isatty() else None
        yield stack.enter_context(closing(Progress(terminal, quiet=quiet, log=log)))


def translate(options: argparse.Namespace) -> None:
    from bridgeae.saving import refuse_existing

    if options.output:
        refuse_existing(options.output, overwrite=options.overwrite)  # before seconds of imports
    _refuse_missing(options.input)
    with _progress(options) as progress:
        bridge = _load(options.model, progress, options.threads)
        from bridgeae.runs.translate import default_output, translate_files

        output = options.output or default_output(bridge, options.input, plain=options.plain)
        refuse_existing(output, overwrite=options.overwrite)
        more: dict[str, Any] = {name: getattr(options, name) for name in ("draws", "seed", "plain", "adapt")}
        with progress.step("translate"):
            lines = translate_files(bridge, options.input, output, progress=progress, **more)
    _print(options, *lines)


def _print(options: argparse.Namespace, *lines: str) -> None:
    if not options.quiet:
        print("\n".join(lines), flush=True)


def evaluate(options: argparse.Namespace) -> None:
    for place in filter(None, (options.data, options.target)):
        _refuse_missing(place)
    with _progress(options) as progress:
        bridge = _load(options.model, progress, options.threads)
        from bridgeae.runs.results import strict_json

        with progress.step("evaluate"):
            target = bridge.target.adapter.read(options.target) if options.target else None
            figures = bridge.evaluate(bridge.source.adapter.read(options.data), target)
    if options.json:
        print(strict_json(figures))
    else:
        from bridgeae.evaluation import verdict_lines
        from bridgeae.registry import LINKERS

        known = {"linker": LINKERS.name_of(type(bridge.linker))}
        print("\n".join(verdict_lines(figures | known, colour=_has_colour())))


def convert(options: argparse.Namespace) -> None:
    from bridgeae.saving import convert_bundle, read_manifest

    read_manifest(options.model)  # reports a wrong path before seconds of imports
    with _progress(options) as progress, progress.step("convert"):
        place = convert_bundle(options.model, options.output, overwrite=options.overwrite)
    _print(options, f"wrote {place}")


def serve(options: argparse.Namespace) -> None:
    for threads in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"):  # read when numpy is imported, below
        os.environ.setdefault(threads, "1")  # the matrices of one answer are small: more threads make it slower
    from bridgeae.serve.pages import find_page

    page = find_page(options.model)
    if page is None:
        with _progress(options) as progress:
            bridge = _load(options.model, progress)
        from bridgeae.serve.bridge_page import BridgePage

        page = BridgePage(bridge, *title_and_card(options.model))
    from bridgeae.serve.server import serve

    def ready(url: str) -> None:
        print(f"{url}\nOpen this address on this computer. Ctrl-C stops.", flush=True)
        if not options.no_browser and sys.stdout.isatty():
            import webbrowser

            webbrowser.open(url)

    serve(page, port=options.port, ready=ready)
    print("Stopped.", flush=True)


def export_web(options: argparse.Namespace) -> None:
    from bridgeae.saving import refuse_existing

    refuse_existing(options.out, overwrite=options.overwrite)
    with _progress(options) as progress:
        bridge = _load(options.model, progress)
        from bridgeae.serve.export import export_web

        with progress.step("export"):
            title, card = title_and_card(options.model)
            more = {"card": card, "runtime": options.runtime, "overwrite": options.overwrite}
            out = export_web(bridge, options.out, title=title, **more)
    size = sum(file.stat().st_size for file in out.rglob("*") if file.is_file())
    _print(options, f"wrote {out}, {size / 1e6:.1f} MB. Try it: python -m http.server --bind 127.0.0.1 -d {out}")


def title_and_card(model: str | Path) -> tuple[str, str]:
    """Return what a page calls a model, and its card: those of a packaged one, or the name of its folder or run."""
    from bridgeae.registry import MODELS, packaged_model

    if not Path(model).exists() and str(model) in MODELS.entries():
        packaged = packaged_model(str(model))
        return packaged.title, packaged.card
    place = Path(model).resolve()
    name = (place.parent if place.name == "model" else place).name
    return name.replace("_", " ").replace("-", " ").capitalize(), ""


def _refuse_missing(place: str) -> None:
    """Raise MissingFileError where a place names a file that is not there, before seconds of imports."""
    path = Path(place.partition("?")[0])
    is_source = re.match(r"[A-Za-z][\w+.-]+:", place)  # such as drawn:hands; one letter is a drive of Windows
    if path.suffix and not is_source and not path.exists():
        raise MissingFileError(f"there is no file {path}.")


def report(options: argparse.Namespace) -> None:
    from bridgeae.report import write_comparison, write_report

    if len(options.folder) == 1:
        page = write_report(options.folder[0], options.output, overwrite=options.overwrite)
    else:
        page = write_comparison(options.folder, options.output or "comparison.html", overwrite=options.overwrite)
    here = Path.cwd()
    _print(options, f"wrote {page.relative_to(here) if page.is_relative_to(here) else page}")


def inspect(options: argparse.Namespace) -> None:
    from bridgeae.saving.inspecting import inspect_bundle

    print("\n".join(inspect_bundle(options.model)))


def _load(folder: str | Path, progress: Progress, threads: int | None = None) -> Any:
    from bridgeae.saving import read_manifest

    read_manifest(folder)  # reports a wrong path before anything else
    with progress.step("load"):
        from bridgeae.linked import LinkedAutoencoder

        bridge = LinkedAutoencoder.load(folder, threads=threads)
    for name, side, does in (("source", bridge.source, "reads"), ("target", bridge.target, "writes")):
        if side.adapter is None:
            why = f"{folder} was saved without an adapter on its {name} side, so it {does} no files"
            raise InputError(f"{why}: pass `adapter` to the Autoencoder of that side.")
    return bridge


def adapters(options: argparse.Namespace) -> None:
    from bridgeae.registry import adapter_table

    for row in [("name", "distribution", "sample shape", "what it is"), *adapter_table()]:
        print("{:<16} {:<24} {:<14} {}".format(*row))


def models(options: argparse.Namespace) -> None:
    from bridgeae.registry import model_table, packaged_model

    if options.name:
        model = packaged_model(options.name)
        print(model.card.rstrip(), f"sha256 {model.sha256}", sep="\n\n")
        return
    for row in [("name", "distribution", "size", "sha256", "what it is"), *model_table()]:
        print("{:<16} {:<18} {:>8}  {:<14} {}".format(*row))


def info(options: argparse.Namespace) -> None:
    import platform

    print(f"python        {platform.python_version()}, {platform.platform()}, {os.cpu_count()} cores")
    for package in ("bridgeae", "keras", "tensorflow", "jax", "onnxruntime", "numpy", "scikit-learn", "anndata"):
        try:
            print(f"{package:<13} {version(package)}")
        except PackageNotFoundError:
            print(f"{package:<13} not installed")
    print(f"backend       {os.environ.get('KERAS_BACKEND', 'the default of Keras')}")
    adapters(options)


def completion(options: argparse.Namespace) -> None:
    from bridgeae.cli.completion import completion_script

    print(completion_script(options.parser))


def new_adapter(options: argparse.Namespace) -> None:
    from bridgeae.cli.scaffold.new_adapter import new_adapter

    folder = new_adapter(options.name, options.out)
    print(f'wrote {folder}. Try it: cd {folder} && python -m pip install -e ".[test]" && python -m pytest')


def _has_colour() -> bool:
    return sys.stdout.isatty() and "NO_COLOR" not in os.environ
