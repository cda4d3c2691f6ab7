from __future__ import annotations

from typing import Any

import pytest

from bridgeae.evaluation import headline, verdict_lines, verdicts


def translation(right: int, **more: Any) -> dict[str, Any]:
    return {"n": 100, "right": right, "accuracy": right / 100, "interval": (0.1, 0.9), **more}


def pairs(r2: float, **baselines: float) -> dict[str, Any]:
    return {
        "n": 50,
        "r2": r2,
        "r2_interval": (r2 - 0.1, r2 + 0.1),
        "baselines": {name: {"r2": value} for name, value in baselines.items()},
    }


def grade(results: dict[str, Any], name: str) -> str:
    return next(v.grade for v in verdicts(results) if v.name == name)


@pytest.mark.parametrize(("right", "wanted"), [(95, "good"), (75, "fair"), (40, "poor")])
def test_a_share_of_right_answers_is_graded(right: int, wanted: str) -> None:
    assert grade({"translation": translation(right)}, "right answers") == wanted


def test_a_poor_bridge_is_told_which_part_to_mend() -> None:
    weak = {"translation": translation(40), "source": {"classifier": translation(55)}}
    lost = {"translation": translation(40), "source": {"classifier": translation(97)}}
    assert "source's own classifier is right on only 55%" in verdict_lines(weak)[-1]
    assert "train the target for more `epochs`" in verdict_lines(lost)[-1]
    assert len(verdict_lines({"translation": translation(95)})) == 1


def test_diversity_is_that_of_draws_where_there_are_any() -> None:
    alike, varied = translation(95, diversity=0.05), translation(95, diversity=0.95)
    assert grade({"translation": alike}, "diversity") == "poor"
    assert "draws varied answers" in verdict_lines({"translation": alike})[-1]
    assert grade({"translation": alike, "drawn_translation": varied}, "diversity") == "good"


@pytest.mark.parametrize(("distance", "wanted"), [(8.0, "good"), (20.0, "fair"), (90.0, "poor")])
def test_the_frechet_distance_is_graded_by_that_of_real_samples(distance: float, wanted: str) -> None:
    assert grade({"translation": translation(95, frechet=distance, frechet_floor=7.0)}, "Frechet distance") == wanted


def test_given_pairs_have_to_beat_their_baselines() -> None:
    assert grade(pairs(0.5, mean=0.0, ridge=0.4), "R2") == "good"
    assert grade({"pairs": pairs(0.5, mean=0.0, ridge=0.8)}, "R2") == "poor"
    assert "Ridge regression on the samples reaches R2 0.800" in verdict_lines(pairs(0.5, ridge=0.8))[-1]
    assert verdict_lines(pairs(0.5, ridge=0.8))[-1].endswith("try `linker: auto`.")


def test_a_linker_that_was_tried_is_not_advised() -> None:
    for results in (pairs(0.5, ridge=0.8), {"pairs": pairs(0.5, ridge=0.8)}):
        assert "auto" not in verdict_lines(results | {"linker": "auto"})[-1]


def test_less_than_a_baseline_within_the_interval_is_fair_and_the_baseline_is_shown() -> None:
    close = pairs(0.5, ridge=0.55) | {"r2_interval": [0.4, 0.6]}
    assert grade(close, "R2") == "fair"
    assert verdict_lines(close)[0].endswith("fair (ridge regression: 0.550)")
    assert grade(close | {"r2_interval": [0.46, 0.54]}, "R2") == "poor"


def test_a_target_that_the_source_says_nothing_of_is_poor() -> None:
    lost = pairs(0.001, mean=0.0, ridge=-0.2) | {"r2_interval": [-0.02, 0.01]}
    assert grade(lost, "R2") == "poor"
    assert "check that the rows belong together" in verdict_lines(lost)[-1]
    chance = {"foscttm": 0.49, "foscttm_interval": [0.46, 0.52], "recall@10": 0.1, "retrieval_n": 90}
    lost["baselines"] = {name: {"r2": 0.0, "foscttm": 0.5} for name in lost["baselines"]}
    assert grade(lost | chance, "FOSCTTM") == "poor"


def test_a_value_lost_for_its_small_unit_is_told() -> None:
    figures = pairs(0.99, ridge=0.95) | {"r2_uniform": -60.0}
    figures["baselines"]["ridge"]["r2_uniform"] = 0.9
    assert grade({"pairs": figures}, "R2") == "good"
    assert grade({"pairs": figures}, "uniform R2") == "poor"
    assert "`standardise: feature`" in verdict_lines(figures)[-1]
    assert "uniform R2" not in "".join(verdict_lines(figures | {"r2_uniform": 0.8}))


def test_answers_of_given_pairs_need_not_vary_as_samples_do() -> None:
    alike = {"translation": translation(95, diversity=0.2, frechet=30.0, frechet_floor=1.0)}
    names = ("diversity", "Frechet distance")
    assert {grade(alike, name) for name in names} == {"poor"}
    paired = alike | {"pairs": pairs(0.5, ridge=0.4)}
    shown = {v.name: v for v in verdicts(paired)}
    assert {(shown[name].grade, shown[name].good, shown[name].advice) for name in names} == {("", "", "")}


def test_what_evaluate_returns_has_verdicts_too() -> None:
    said = {"who": "independent", "n": 80, "accuracy": 0.97}
    lines = verdict_lines(translation(95, judged_by=said))
    assert lines[0].split("  ")[0] == "right answers" and lines[0].endswith("good (90% is good)")
    assert (
        lines[1]
        == "judged by      a support vector machine trained on 80 held-out real samples, right on 97.0% of them"
    )


def test_refusal_and_cost_are_told() -> None:
    curve = [{"coverage": c, "accuracy": 1 - c / 10} for c in (0.5, 0.9, 1.0)]
    results = {"refusing": curve, "cpu_s": 12.3, "peak_memory_gb": 1.234, "stages": {"read": {"wall_s": 7.0}}}
    assert verdict_lines(results)[0].startswith("class named right  91.0% of the surest 90%")
    assert verdict_lines(results)[1] == "time               7 s, 12 CPU s, 1.2 GB"


def test_a_smoke_run_gets_no_advice() -> None:
    assert verdict_lines({"translation": translation(10), "smoke": True})[1].startswith("This was a smoke run")


def test_colour_marks_the_grade_alone() -> None:
    assert verdict_lines({"translation": translation(95)}, colour=True)[0].count("\033[32mgood\033[0m") == 1
    assert verdict_lines({}) == []


def test_one_sentence_names_the_worst_figures() -> None:
    good, varied = translation(95), translation(95, diversity=0.95)
    assert headline({"translation": good}) == "Good: every figure is as good as it should be."
    assert headline({"translation": good, "drawn_translation": varied | {"accuracy": 0.75}}).startswith(
        "Fair: right draws"
    )
    both = headline({"translation": translation(40, diversity=0.05)})
    assert both == "Poor: right answers and diversity cannot be relied on."
    assert "mean nothing" in headline({"translation": good, "smoke": True})
    assert headline({}) == ""
