"""How good the figures of a bridge are, in words: each figure beside what is good, and advice where one is poor."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

GOOD_ACCURACY, FAIR_ACCURACY = 0.9, 0.7
GOOD_DIVERSITY = (0.7, 1.3)
FAIR_DIVERSITY = (0.4, 1.6)
GOOD_FRECHET, FAIR_FRECHET = 2.0, 5.0
"""Frechet distance as a multiple of what real samples reach."""
TIE_R2 = 0.01
"""Difference to a baseline that does not count."""
SURE_SHARE = 0.9
GRADES = ("poor", "fair", "good")

_JUDGES = {
    "independent": "a support vector machine trained on {n} held-out real samples",
    "given": "the judge that was given",
    "own": "the target's own classifier, which flatters",
}


@dataclass(frozen=True)
class Verdict:
    """One figure in words.

    Args:
        name: what was measured.
        value: the figure, with n and interval where it has them.
        grade: "good", "fair" or "poor"; "" where nothing is good or poor.
        good: what is good.
        advice: what to do about a poor one, or "".
        beside: what a baseline reaches, in place of `good`: as much is good, and less but in the interval is fair.
    """

    name: str
    value: str
    grade: str = ""
    good: str = ""
    advice: str = ""
    beside: str = ""


def verdicts(results: Mapping[str, Any]) -> list[Verdict]:
    """Return what `results.json` of a run, or what `LinkedAutoencoder.evaluate` returned, says of a bridge."""
    flat = {"translation": results} | dict(results) if "accuracy" in results else results
    pairs = results if "baselines" in results else results.get("pairs")
    return [*_pairs(pairs, results.get("linker")), *_translations(flat), *_refusal(flat), *_judge(flat), *_cost(flat)]


def headline(results: Mapping[str, Any]) -> str:
    """Return one sentence on a bridge: its worst grade and the figures that have it; "" where nothing is graded."""
    if results.get("smoke"):
        return "A smoke run: its figures mean nothing."
    found = [v for v in verdicts(results) if v.grade]
    worst = min((v.grade for v in found), key=GRADES.index, default="")
    if worst in ("", "good"):
        return worst and "Good: every figure is as good as it should be."
    *first, last = (v.name for v in found if v.grade == worst)
    names = f"{', '.join(first)} and {last}" if first else last
    reason = "could be better" if worst == "fair" else "cannot be relied on"
    return f"{worst.capitalize()}: {names} {reason}."


def verdict_lines(results: Mapping[str, Any], *, colour: bool = False) -> list[str]:
    """Return the verdicts as lines of a table, poor figures followed by what to do."""
    found = verdicts(results)
    if not found:
        return []
    widths = [max(len(getattr(v, part)) for v in found) for part in ("name", "value")]
    lines = [_line(v, widths, colour) for v in found]
    advice = list(dict.fromkeys(v.advice for v in found if v.advice))
    if results.get("smoke"):
        return [*lines, "This was a smoke run: its figures mean nothing."]
    return [*lines, *(f"- {sentence}" for sentence in advice)]


def _line(v: Verdict, widths: list[int], colour: bool) -> str:
    grade = v.grade
    if colour and grade:
        code = {"good": 32, "fair": 33, "poor": 31}[grade]
        grade = f"\033[{code}m{grade}\033[0m"
    scale = f"{v.good} is good" if v.good else v.beside
    words = f"  {grade}" + (f" ({scale})" if scale else "") if grade else ""
    return f"{v.name:<{widths[0]}}  {v.value:<{widths[1]}}{words}".rstrip()


def _translations(results: Mapping[str, Any]) -> Iterator[Verdict]:
    fixed, drawn = results.get("translation"), results.get("drawn_translation")
    paired = bool(results.get("pairs")) and not drawn  # the best answer is a mean, which varies less than samples do
    for name, figures in (("right answers", fixed), ("right draws", drawn)):
        if figures:
            accuracy, (low, high) = figures["accuracy"], figures["interval"]
            value = f"{figures['right']} of {figures['n']}, {accuracy:.1%} [{low:.1%}, {high:.1%}]"
            grade = _at_least(accuracy, GOOD_ACCURACY, FAIR_ACCURACY)
            yield Verdict(name, value, grade, f"{GOOD_ACCURACY:.0%}", _advice_on_accuracy(grade, results))
    shown = drawn or fixed or {}
    if (diversity := shown.get("diversity")) is not None:
        grade = "" if paired else _between(diversity, GOOD_DIVERSITY, FAIR_DIVERSITY)
        same = "" if drawn or grade in ("", "good") else _SAME_ANSWERS
        of = "{:.2f} among draws" if drawn else "{:.2f}"
        yield Verdict(
            "diversity",
            f"{of.format(diversity)}, real samples 1",
            grade,
            grade and "{} to {}".format(*GOOD_DIVERSITY),
            same,
        )
    if (distance := shown.get("frechet")) is not None and (floor := shown.get("frechet_floor")):
        grade = "" if paired else _at_least(-distance / floor, -GOOD_FRECHET, -FAIR_FRECHET)
        yield Verdict(
            "Frechet distance",
            f"{distance:.3g}, real samples {floor:.3g}",
            grade,
            grade and f"up to {GOOD_FRECHET * floor:.3g}",
        )


_SAME_ANSWERS = (
    "The answers of a class are much alike. Pairs that share only a class teach their mean: `linker: flow` draws "
    "varied answers."
)


def _advice_on_accuracy(grade: str, results: Mapping[str, Any]) -> str:
    if grade == "good":
        return ""
    read = results.get("source", {}).get("classifier") or results.get("classifier")
    if read and read["accuracy"] < GOOD_ACCURACY:
        return (
            f"The source's own classifier is right on only {read['accuracy']:.0%} of the test samples: give it more "
            "samples, more `classifier_epochs`, or `augment: true`."
        )
    return (
        "The source knows the class, the translation loses it: look at the target's reconstructions, and train the "
        "target for more `epochs`."
        if read
        else "Look at the reconstructions of both sides, and train the blurred one for more `epochs`."
    )


def _pairs(figures: Mapping[str, Any] | None, linker: str | None) -> Iterator[Verdict]:
    if not figures or not (others := figures["baselines"]):
        return
    best = max(others, key=lambda name: others[name]["r2"])
    reached, (low, high) = others[best]["r2"], figures["r2_interval"]
    value = f"{figures['r2']:.3f} [{low:.3f}, {high:.3f}], {figures['n']} pairs"
    grade = _beside(figures["r2"] - reached, high - reached)
    words = {"ridge": "ridge regression", "nearest": "nearest neighbours", "mean": "the mean"}.get(best, best)
    way = "use that, or give more pairs" if linker == "auto" else "try `linker: auto`"
    advice = f"{words.capitalize()} on the samples reaches R2 {reached:.3f}: {way}."
    if low <= 0 and reached <= TIE_R2:
        grade, advice = "poor", "Nothing in the source predicts the target: check that the rows belong together."
    yield Verdict("R2", value, grade, advice=advice if grade == "poor" else "", beside=f"{words}: {reached:.3f}")
    uniform, reached = figures.get("r2_uniform", 0), max(other.get("r2_uniform", 0) for other in others.values())
    if uniform < 0 < reached:  # R2 weighs by variance: a value in a small unit may be lost without a trace in it
        advice = "Some values of the target are predicted worse than by their mean: try `standardise: feature`."
        value = f"{uniform:.3f}, each value alike"
        yield Verdict("uniform R2", value, "poor", advice=advice, beside=f"best baseline: {reached:.3f}")
    if "foscttm" in figures:
        ours, theirs = figures["foscttm"], min(other["foscttm"] for other in others.values())
        value = f"{ours:.3f} (chance 0.5), recall@10 {figures['recall@10']:.2f} of {figures['retrieval_n']}"
        least, most = figures.get("foscttm_interval", [ours, ours])
        grade = "poor" if most >= 0.5 else _beside(theirs - ours, theirs - least)
        yield Verdict("FOSCTTM", value, grade, beside=f"best baseline: {theirs:.3f}")


def _beside(gain: float, most: float) -> str:
    """Return the grade of a figure by its gain over a baseline, and by that of the better end of its interval."""
    return "good" if gain >= -TIE_R2 else "fair" if most >= 0 else "poor"


def _refusal(results: Mapping[str, Any]) -> Iterator[Verdict]:
    curve = [point for point in results.get("refusing", ()) if point["coverage"] <= SURE_SHARE + 1e-9]
    if curve:
        point = max(curve, key=lambda p: p["coverage"])
        grade = _at_least(point["accuracy"], 0.98, GOOD_ACCURACY)
        value = f"{point['accuracy']:.1%} of the surest {point['coverage']:.0%}"
        yield Verdict("class named right", value, grade, "98%")


def _judge(results: Mapping[str, Any]) -> Iterator[Verdict]:
    said = results.get("judged_by")
    if said is None or "translation" not in results:
        return
    reached = f", right on {said['accuracy']:.1%} of them" if said.get("accuracy") is not None else ""
    if said["who"] == "given" and reached:
        reached = f", right on {said['accuracy']:.1%} of {said['n']} real samples"
    yield Verdict("judged by", _JUDGES[said["who"]].format(n=said.get("n")) + reached)


def _cost(results: Mapping[str, Any]) -> Iterator[Verdict]:
    if "cpu_s" in results:
        wall = sum(stage.get("wall_s", 0) for stage in results.get("stages", {}).values())
        memory = f", {results['peak_memory_gb']:.2g} GB" if "peak_memory_gb" in results else ""
        yield Verdict("time", f"{wall:.0f} s, {results['cpu_s']:.0f} CPU s{memory}")


def _at_least(value: float, good: float, fair: float) -> str:
    return "good" if value >= good else "fair" if value >= fair else "poor"


def _between(value: float, good: tuple[float, float], fair: tuple[float, float]) -> str:
    return "good" if good[0] <= value <= good[1] else "fair" if fair[0] <= value <= fair[1] else "poor"
