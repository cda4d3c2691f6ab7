"""Find the object in front of a plain background, and the box around it.

A wall, a table or a sheet of paper has one colour. A shadow changes its brightness but not its chromaticity. So each
pixel is compared with the border in log-chromaticity, and Otsu's threshold (Otsu 1979) separates object and background.
This works for any object whose colour differs from the background; `foreground` returns None where none does.
"""

from __future__ import annotations

import numpy as np

from bridgeae_images.morphology import box_mean, components, depth, dilated

# White and pink noise explain .65 of the variance; 99 % of 1200 photos of hands explain .81, with a gap of .32.
MIN_EXPLAINED_VARIANCE = 0.75  # Otsu's eta: variance between the two classes, divided by the whole variance
MIN_GAP = 0.05  # between the means of the two classes, in log-chromaticity
MIN_AREA, MAX_AREA = 0.002, 0.8  # of the object, as shares of the photo


def foreground(photo: np.ndarray) -> np.ndarray | None:
    """Return the mask of the object in front of a plain background.

    Args:
        photo: (height, width, 3) float32 in [0, 1].

    Returns:
        (height, width) float32 in [0, 1], 1 on the object, with soft edges; None where no object stands out clearly.
    """
    log = np.log(box_mean(photo) + 0.02)
    chroma = np.stack([log[..., 0] - log[..., 2], log[..., 1] - 0.5 * (log[..., 0] + log[..., 2])], -1)
    chroma -= _border_colour(chroma)
    direction = np.linalg.eigh(np.einsum("hwi,hwj->ij", chroma, chroma))[1][:, -1]
    score = chroma @ direction
    score *= np.sign((score**3).sum())
    threshold, explained, gap = _otsu(score)
    core = _largest_component(score > threshold)
    if explained < MIN_EXPLAINED_VARIANCE or gap < MIN_GAP or not MIN_AREA < core.mean() < MAX_AREA:
        return None
    soft = np.clip((score - threshold) / (0.5 * gap) + 0.5, 0, 1)
    return (soft * dilated(core)).astype(np.float32)


def object_box(mask: np.ndarray) -> tuple[int, int, int, int]:
    """Return the box (top, left, bottom, right; pixels, half-open) of the object without its limb.

    The limb (an arm, a stem, a handle) is the part that runs from the object's body to the border of the photo. An
    empty or full mask shows no object: its box is the whole photo.
    """
    solid = mask > 0.5
    if solid.all() or not solid.any():
        return 0, 0, *mask.shape
    return _bounding_box(solid & ~_limb(solid, depth(solid)))


def _border_colour(chroma: np.ndarray) -> np.ndarray:
    """Return the most common chromaticity (2,) along the top and the sides; limbs enter at the bottom."""
    edge = max(1, len(chroma) // 16)
    border = np.concatenate([a.reshape(-1, 2) for a in (chroma[:edge], chroma[:, :edge], chroma[:, -edge:])])
    colour = np.median(border, 0)
    for _ in range(3):  # a trimmed median moves from a mixture with the limb to the background alone
        distance = np.abs(border - colour).sum(1)
        colour = np.median(border[distance <= np.quantile(distance, 0.6)], 0)
    return colour


def _otsu(score: np.ndarray) -> tuple[float, float, float]:
    """Return Otsu's threshold, the share of the variance it explains, and the distance between the two means."""
    low, high = np.quantile(score, (0.001, 0.999))
    count, edges = np.histogram(score.clip(low, high), 128)
    middle = (edges[1:] + edges[:-1]) / 2
    weight = np.cumsum(count) / count.sum()
    moment = np.cumsum(count * middle) / count.sum()
    with np.errstate(divide="ignore", invalid="ignore"):
        between = np.nan_to_num((moment[-1] * weight - moment) ** 2 / (weight * (1 - weight)))
    best = int(between.argmax())
    explained = between[best] / max((count * (middle - moment[-1]) ** 2).sum() / count.sum(), 1e-12)
    gap = np.sqrt(between[best] / max(weight[best] * (1 - weight[best]), 1e-12))
    return float(edges[best + 1]), float(explained), float(gap)


def _largest_component(mask: np.ndarray) -> np.ndarray:
    part, count = components(mask)
    return part == 1 + np.bincount(part.ravel())[1:].argmax() if count else mask


def _limb(solid: np.ndarray, distance: np.ndarray) -> np.ndarray:
    """Return the mask of the limb: the part outside the body that meets the border most broadly.

    The body is the largest inscribed disc. A part that meets the border over less than its radius is no limb.

    Args:
        solid: (height, width) bool, the object.
        distance: (height, width) of each pixel of the object from the background.
    """
    centre = np.unravel_index(distance.argmax(), distance.shape)
    radius = distance[centre]
    y, x = np.ogrid[: solid.shape[0], : solid.shape[1]]
    part, count = components(solid & ((y - centre[0]) ** 2 + (x - centre[1]) ** 2 > (1.2 * radius) ** 2))
    rim = np.concatenate([part[0], part[-1], part[1:-1, 0], part[1:-1, -1]])
    contact = np.bincount(rim, minlength=count + 1)[1:]
    if not count or contact.max() < radius:
        return np.zeros_like(solid)
    return part == 1 + contact.argmax()


def _bounding_box(solid: np.ndarray) -> tuple[int, int, int, int]:
    rows, columns = np.flatnonzero(solid.any(1)), np.flatnonzero(solid.any(0))
    return int(rows[0]), int(columns[0]), int(rows[-1]) + 1, int(columns[-1]) + 1
