"""Read the folder of a run or a model, and check its files once against `bridgeae.report.contents`."""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from json import JSONDecodeError
from pathlib import Path
from types import UnionType
from typing import Any, Literal, cast, get_args, get_origin, get_type_hints, is_typeddict
from zipfile import BadZipFile

import numpy as np

from bridgeae.checks import check_zip, read_small
from bridgeae.errors import FileFormatError, MissingFileError
from bridgeae.report.contents import TOGETHER, Manifest, ReportArrays, Results, RunRecord
from bridgeae.saving import read_manifest

_ACCEPTED = {float: (float, int)}  # JSON may write 1.0 as 1
_KINDS = {"uint8": np.uint8, "floating": np.floating, "bool": np.bool_, "str": np.str_}


@dataclass(frozen=True, eq=False)
class Found:
    """Contents of a folder; `undeclared` is the part of `results` that `Results` does not declare."""

    folder: Path
    results: Results
    undeclared: Mapping[str, Any]
    record: RunRecord
    manifest: Manifest
    model: Path | None
    arrays: ReportArrays


def find(folder: Path) -> Found:
    """Return the contents of a folder that a report shows.

    Raises:
        MissingFileError: `folder` holds neither results nor a model.
        FileFormatError: a file is damaged, or a key in it is not as declared.
        BundleError: the manifest is damaged, or of another format.
    """
    folder = folder.resolve()
    if not any((folder / name).is_file() for name in ("results.json", "manifest.json")):
        raise MissingFileError(
            f"{folder} is neither a run nor a model: it has no results.json and no manifest.json. Pass the folder "
            "that `bridgeae fit` wrote, or its model folder."
        )
    results, undeclared = _read_json(folder / "results.json", Results)
    sets = {f"more_tests.{name}.": figures for name, figures in results.get("more_tests", {}).items()}
    for name, figures in {"": results, **sets}.items():
        for key in figures.keys() & {"translation", "drawn_translation"}:
            classes, rows = figures[key].get("classes", []), figures[key].get("confusion", [])
            if rows and [len(row) for row in rows] != [len(classes)] * len(classes):
                where = f"{folder / 'results.json'}: results.{name}{key}.confusion"
                raise FileFormatError(f"{where} must have a row and a column for each of `classes`.")
    manifests = (path for place in ("", "model/", "*/") for path in sorted(folder.glob(f"{place}manifest.json")))
    model = next((path.parent for path in manifests), None)
    if model:
        read_manifest(model)  # raises where it is damaged or of another format
    manifest = _read_json((model or folder) / "manifest.json", Manifest)[0]
    record = _read_json(folder / "run.json", RunRecord)[0]
    return Found(folder, results, undeclared, record, manifest, model, _read_arrays(folder / "report.npz"))


def check(value: Any, declared: Any, where: str) -> dict[str, Any]:
    """Return the part of a JSON value that its type does not declare. Raises FileFormatError for another type."""
    origin, args = get_origin(declared), get_args(declared)
    if declared is Any or type(value) in _ACCEPTED.get(declared, (declared,)) or (origin is Literal and value in args):
        return {}
    if origin is UnionType:
        for option in args:
            with suppress(FileFormatError):
                return check(value, option, where)
    elif isinstance(value, dict) and (is_typeddict(declared) or origin is dict):
        if missing := sorted(getattr(declared, "__required_keys__", frozenset()) - value.keys()):
            raise FileFormatError(f"{where} lacks `{missing[0]}`. Write the file again.")
        return _check_items(value, dict.fromkeys(value, args[1]) if args else get_type_hints(declared), where)
    elif isinstance(value, list) and (origin is list or (origin is tuple and len(value) == len(args))):
        kinds = args if origin is tuple else args * len(value)
        return _check_items(dict(enumerate(value)), dict(enumerate(kinds)), where)
    expected = getattr(declared, "__name__", declared)
    raise FileFormatError(f"{where} must be {expected}, received {value!r:.60}. Write the file again.")


def _check_items(items: Mapping[Any, Any], declared: Mapping[Any, Any], where: str) -> dict[str, Any]:
    left = {k: check(v, declared[k], f"{where}.{k}") if k in declared else v for k, v in items.items()}
    return {str(k): v for k, v in left.items() if v or k not in declared}


def _read_json(path: Path, declared: Any) -> tuple[Any, dict[str, Any]]:
    """Return the checked content of a file and the part of it that is not declared; nothing where there is no file."""
    if not path.is_file():
        return {}, {}
    try:
        content = json.loads(read_small(path, "json_bytes"), parse_int=_parse_int)
    except (UnicodeDecodeError, JSONDecodeError, RecursionError) as error:
        raise FileFormatError(f"{path} is damaged: {error}. Write the file again.") from None
    return content, check(content, declared, f"{path}: {path.stem}")


def _parse_int(digits: str) -> float:
    return int(digits) if len(digits) < 300 else float(digits)  # no float is larger, and arithmetic would fail


def _read_arrays(path: Path) -> ReportArrays:
    if not path.is_file():
        return {}
    try:
        check_zip(path)
        with np.load(path) as held:  # allow_pickle is off: nothing in it can run
            arrays = dict(held)
    except (OSError, ValueError, EOFError, BadZipFile, zlib.error) as error:
        raise FileFormatError(f"{path} is damaged: {error}. Run `bridgeae fit` again.") from None
    lengths = {"3": 3}
    for key, declared in get_type_hints(ReportArrays, include_extras=True).items():
        if key not in arrays:
            continue
        shape, (words,) = arrays[key].shape, declared.__metadata__
        kind, *axes = words.split()
        fits = np.issubdtype(arrays[key].dtype, _KINDS[kind]) and len(shape) == len(axes) and 0 not in shape
        if not fits or any(n != lengths.setdefault(a, n) for a, n in zip(axes, shape, strict=True) if a != "*"):
            received = f"{arrays[key].dtype} {shape}, where {lengths}"
            raise FileFormatError(f"{path}: {key} must be `{words}`, received {received}. Run `bridgeae fit` again.")
    for keys in TOGETHER:
        if 0 < len(keys - arrays.keys()) < len(keys):
            raise FileFormatError(f"{path} lacks {min(keys - arrays.keys())}. Run `bridgeae fit` again.")
    return cast(ReportArrays, arrays)
