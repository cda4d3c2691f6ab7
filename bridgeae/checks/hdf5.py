"""HDF5 files, checked before any of their values are read: HDF5 can read other files, and make bytes of nothing."""

from __future__ import annotations

from collections.abc import Iterator
from math import prod
from typing import Any

from bridgeae.checks.limits import check_growth, check_limit
from bridgeae.errors import FileFormatError


def check_hdf5(file: Any, what: str, *, held: bool = True) -> None:
    """Check an open `h5py.File`.

    Args:
        file: the file, or one of its groups; everything in it is checked.
        what: the start of the message.
        held: whether whole arrays are in memory at once, and not only chunks.

    Raises:
        FileFormatError: a value lies in another file (external storage, external or soft links, virtual datasets), an
            array or a chunk unpacks to too much, or there are too many objects.
    """
    from h5py import h5d, h5s

    total = packed = 0
    for name, found in _objects(file.id, what):
        if not isinstance(found, h5d.DatasetID) or found.get_space().get_simple_extent_type() == h5s.NULL:
            continue
        made = found.get_create_plist()
        if made.get_external_count() or made.get_layout() == h5d.VIRTUAL:
            raise FileFormatError(f"{what}: the values of {name} lie in another file. Copy them into this one.")
        chunk = made.get_chunk() if made.get_layout() == h5d.CHUNKED else (0,)
        stored, each = found.get_storage_size(), found.get_type().get_size()
        for part, shape in (("", found.shape), ("a chunk of ", chunk)):
            check_growth(stored, prod(map(int, shape)) * each, f"{what}: {part}{name}", held=held or part != "")
        total, packed = total + prod(map(int, found.shape)) * each, packed + stored
    check_growth(packed, total, what, held=held)


def _objects(group: Any, what: str) -> Iterator[tuple[str, Any]]:
    """Yield the name and the identifier of every object, by h5py's own low level: names may be no text."""
    from h5py import h5g, h5l, h5o

    count, seen, stack = 0, set(), [(group, "")]
    while stack:
        group, place = stack.pop()
        for raw in group:
            count += 1
            check_limit("objects", count, f"{what} holds too much")
            name = f"{place}/{raw.decode('utf-8', 'backslashreplace')}"[:200]
            if group.links.get_info(raw).type != h5l.TYPE_HARD:
                raise FileFormatError(f"{what}: {name} is a link, which may lead anywhere. Copy the values there.")
            found = h5o.open(group, raw)
            address = h5o.get_info(found).addr
            if address in seen:
                continue
            seen.add(address)
            yield name, found
            if isinstance(found, h5g.GroupID):
                stack.append((found, name))
