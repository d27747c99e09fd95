"""The ledger of findings: its statistics, its rule, and that it follows from the shipped runs."""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass, field, replace

import numpy as np
import pytest

from helpers import butterflies, recipes, runs
from helpers.course import findings
from helpers.course.findings import Claim, Comparison, Side, evidence, ledger, readme, table
from helpers.course.findings import __main__ as command
from helpers.recipes import Recipe
from helpers.recipes.tuned import CANDIDATES
from helpers.runs.store import PER_QUERY, Store

METRIC = "asymmetric/species/recall@1"
SPECIES = np.repeat(np.arange(30), 10)
GOOD, FAIR, POOR = (
    Recipe(name, "butterflies-96", 32, "none", steps=0) for name in ("good", "fair", "poor")
)
CHANCES = {"good": 0.9, "fair": 0.6, "poor": 0.1}


# --- statistics


def two_systems(random, gap=0.0, seeds=5, of_seeds=0.05, of_species=0.1):
    """Two made-up systems: each seed and each species moves the second one up or down."""
    noise = random.normal(size=(2, seeds, len(SPECIES))) * 0.1
    moved = of_seeds * random.normal(size=(seeds, 1))
    moved = moved + of_species * random.normal(size=SPECIES.max() + 1)[SPECIES]
    return 0.5 + gap + noise[0], 0.5 + moved + noise[1]


def repeated(trials=200, **what):
    random = np.random.default_rng(0)
    return [
        findings.compare(*two_systems(random, **what), SPECIES, samples=1000) for _ in range(trials)
    ]


@pytest.mark.parametrize(
    "spread",
    [
        {"of_seeds": 0.1, "of_species": 0.0},
        {"of_seeds": 0.0, "of_species": 0.1},
        {"of_seeds": 0.03, "of_species": 0.1},
    ],
    ids=["seeds vary", "species vary", "both vary"],
)
def test_interval_covers_the_true_difference_as_often_as_it_says(spread):
    found = repeated(gap=0.2, **spread)
    covered = np.mean([each.low <= 0.2 <= each.high for each in found])
    assert 0.90 <= covered <= 0.995


@pytest.mark.parametrize("spread", [{"of_seeds": 0.3}, {"of_species": 0.3}, {}])
def test_equal_systems_are_rarely_told_apart(spread):
    found = repeated(**spread)
    assert 0 < np.mean([each.p_above < 0.05 for each in found]) < 0.09
    assert np.mean([each.p_above < 0.05 / 40 for each in found]) < 0.015


def test_a_true_difference_is_found():
    assert np.mean([each.p_above < 0.05 for each in repeated(trials=50, gap=0.2)]) > 0.9


def test_the_very_same_answers_show_nothing():
    answers = np.random.default_rng(0).random((5, len(SPECIES)))
    found = findings.compare(answers, answers, SPECIES)
    assert (found.effect, found.low, found.high) == (0, 0, 0)
    assert found.p_above == found.p_below == 1


def test_swapping_the_sides_turns_the_sign():
    first, second = two_systems(np.random.default_rng(1), gap=0.2)
    there = findings.compare(first, second, SPECIES)
    back = findings.compare(second, first, SPECIES)
    assert back.effect == pytest.approx(-there.effect)
    assert there.p_above < 0.05 < there.p_below
    assert back.p_below < 0.05 < back.p_above
    assert back.low < back.high < 0


def test_the_effect_is_the_mean_over_seeds_and_queries_times_the_factor():
    first, second = two_systems(np.random.default_rng(2), gap=0.4)
    found = findings.compare(first, second, SPECIES, factor=1.5)
    assert found.effect == pytest.approx(first.mean() - 1.5 * second.mean())
    assert found.seeds == 5
    assert findings.compare(first, second, SPECIES, factor=4).p_below < 0.05


def test_queries_of_one_species_count_as_one_observation():
    """Copies of each query widen nothing and narrow nothing."""
    first, second = two_systems(np.random.default_rng(3), of_seeds=0)
    once = findings.compare(first, second, SPECIES)
    copied = (np.repeat(rows, 4, axis=1) for rows in (first, second))
    again = findings.compare(*copied, np.repeat(SPECIES, 4))
    assert (again.low, again.high) == pytest.approx((once.low, once.high))


def test_without_spread_over_seeds_only_species_are_drawn():
    gained = np.random.default_rng(4).random(30)[SPECIES]
    found = findings.compare(np.tile(gained, (5, 1)), np.zeros((5, len(SPECIES))), SPECIES)
    expected = 1.96 * gained[::10].std() / np.sqrt(30)
    assert found.high - found.low == pytest.approx(2 * expected, rel=0.05)


def test_without_spread_over_species_the_interval_is_that_of_students_t():
    of_seeds = np.array([0.1, 0.2, 0.3, 0.4, 0.5])[:, None] * np.ones(len(SPECIES))
    found = findings.compare(of_seeds, np.zeros_like(of_seeds), SPECIES, samples=100_000)
    half = 2.776 * of_seeds[:, 0].std(ddof=1) / np.sqrt(5)  # 2.776: t table, 4 degrees, 97.5 %
    assert (found.low, found.high) == pytest.approx((0.3 - half, 0.3 + half), abs=0.01)


def test_species_may_have_different_numbers_of_queries():
    species = np.array([7, 7, 7, 3, 3, 9])
    first, second = np.ones((2, 6)), np.zeros((2, 6))
    found = findings.compare(first, second, species)
    assert (found.effect, found.low, found.high) == pytest.approx((1, 1, 1))


@pytest.mark.parametrize(
    "change, message",
    [
        ({"second": np.ones((4, 300))}, "same seeds and queries"),
        ({"first": np.ones((1, 300)), "second": np.ones((1, 300))}, "train more"),
        ({"species": SPECIES[:-1]}, "one species for each"),
        ({"species": np.zeros(300, int)}, "at least two species"),
        ({"first": np.full((5, 300), np.nan)}, "not finite"),
    ],
)
def test_wrong_answers_are_refused(change, message):
    good = {"first": np.ones((5, 300)), "second": np.ones((5, 300)), "species": SPECIES}
    with pytest.raises(ValueError, match=message):
        findings.compare(**good | change)


def test_holm_by_hand():
    assert findings.holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert findings.holm([0.5, 0.9, 0.001, 0.02]) == pytest.approx([1, 1, 0.004, 0.06])
    assert findings.holm([0.03]) == pytest.approx([0.03])
    assert findings.holm([]).shape == (0,)


def test_holm_rarely_raises_a_false_alarm_among_many():
    random = np.random.default_rng(5)
    alarms = [findings.holm(random.random(20)).min() < 0.05 for _ in range(1000)]
    assert 0.02 < np.mean(alarms) < 0.08


# --- the rule


@pytest.mark.parametrize(
    "statuses, expected",
    [
        (["shown", "shown"], "holds"),
        (["shown", "open"], "partly"),
        (["shown", "reversed"], "partly"),
        (["open", "reversed"], "does not hold here"),
        (["open"], "does not hold here"),
        (["shown", "too few seeds"], "not tested"),
    ],
)
def test_verdict(statuses, expected):
    assert findings.verdict(statuses) == expected


@dataclass(frozen=True)
class MadeUpRun:
    recipe: Recipe
    per_query: dict = field(default_factory=dict)
    summary: dict = field(default_factory=dict)


def made_up(chances=CHANCES, seeds=5):
    """A store of made-up runs, which answer a query rightly with the chance of their name."""

    def load(recipe):
        if recipe.seed >= seeds:
            return None
        random = np.random.default_rng(recipe.random_seed)
        right = random.random(4000) < chances[recipe.name]
        return MadeUpRun(recipe, {METRIC: right}, {"checksums": {PER_QUERY: ""}})

    return load


def above(first, second, factor=1.0):
    label = f"{first.name} above {second.name}"
    return Comparison(Side(first, METRIC), Side(second, METRIC), label, factor)


def claim(*comparisons, key="made-up", why=None):
    why = {verdict: f"because it {verdict}" for verdict in VERDICTS} if why is None else why
    return Claim(key, "nobody (1)", "A claim", comparisons, "05", why)


VERDICTS = (findings.HOLDS, findings.PARTLY, findings.FAILS)


def computed(*claims, **store):
    return ledger.evaluate(claims, made_up(**store))


def test_the_same_claim_gets_the_verdict_that_its_numbers_deserve():
    tested = claim(above(GOOD, FAIR), above(FAIR, POOR))
    cases = {"holds": CHANCES, "partly": CHANCES | {"fair": 0.9}}
    cases["does not hold here"] = {"good": 0.1, "fair": 0.6, "poor": 0.9}
    for expected, chances in cases.items():
        (record,) = computed(tested, chances=chances)["claims"]
        assert (record["verdict"], record["why"]) == (expected, f"because it {expected}")


def test_a_reversed_comparison_is_told_from_an_open_one():
    records = computed(claim(above(POOR, GOOD), above(GOOD, GOOD)))["claims"][0]["comparisons"]
    assert [record["status"] for record in records] == ["reversed", "open"]


def test_much_better_asks_for_more_than_better():
    better, much = above(GOOD, FAIR), above(GOOD, FAIR, findings.MUCH)
    records = computed(claim(better, much, above(GOOD, POOR, 4.0)))["claims"][0]["comparisons"]
    assert [record["status"] for record in records] == ["shown", "reversed", "shown"]
    assert records[1]["effect"] == pytest.approx(0.9 - 4 * 0.6, abs=0.02)


@pytest.mark.parametrize("sides, p_value", [((GOOD, POOR), "p_above"), ((POOR, GOOD), "p_below")])
def test_p_values_are_adjusted_over_the_whole_ledger(sides, p_value):
    alone = computed(claim(above(*sides)))["claims"][0]["comparisons"][0]
    many = [claim(above(*sides), key=f"claim {n}") for n in range(12)]
    among = computed(*many)["claims"][0]["comparisons"][0]
    assert among[p_value] == pytest.approx(12 * alone[p_value], rel=1e-2)
    assert alone["interval"] == among["interval"]


def test_too_many_comparisons_for_the_samples_are_refused(monkeypatch):
    monkeypatch.setattr(ledger, "SAMPLES", 50)
    with pytest.raises(ValueError, match="raise it"):
        computed(claim(*[above(GOOD, POOR)] * 3))


def test_too_few_seeds_are_never_silent():
    few = evidence.MIN_SEEDS - 1
    ledger_of_few = computed(claim(above(GOOD, POOR), why={}), seeds=few)
    (record,) = ledger_of_few["claims"]
    (comparison,) = record["comparisons"]
    assert record["verdict"] == "not tested"
    assert comparison["status"] == "too few seeds" and comparison["seeds"] == list(range(few))
    assert comparison["effect"] is comparison["interval"] is comparison["p_above"] is None
    assert comparison["first"]["mean"] == pytest.approx(0.9, abs=0.02)
    page = findings.readme_table(ledger_of_few)
    assert "| – not tested |" in page and f"| too few seeds | {few} |" in page


def test_runs_that_do_not_exist_are_never_silent():
    (record,) = computed(claim(above(GOOD, POOR)), seeds=0)["claims"]
    assert record["verdict"] == "not tested"
    assert record["comparisons"][0]["first"]["mean"] is None


def test_only_seeds_that_both_sides_have_are_compared():
    load = made_up(seeds=7)
    found = evidence.runs_of([claim(above(GOOD, POOR))], load)
    found[POOR] = found[POOR][:6]
    assert evidence.gather(above(GOOD, POOR), found).seeds == 6


def test_a_metric_that_does_not_exist_is_named():
    wrong = Comparison(Side(GOOD, "rotated/recall"), Side(POOR, METRIC), "wrong")
    with pytest.raises(LookupError, match="rotated/recall.*it has asymmetric/species/recall@1"):
        computed(claim(wrong))


def test_wrong_claims_are_refused():
    with pytest.raises(ValueError, match="seed 0"):
        Side(replace(GOOD, seed=1), METRIC)
    with pytest.raises(ValueError, match="butterflies"):
        Side(recipes.photo_teacher(recipes.GROCERY), METRIC)
    with pytest.raises(ValueError, match="on validation images"):
        Side(replace(GOOD, tested_on="validation"), METRIC)
    with pytest.raises(ValueError, match="factor"):
        above(GOOD, POOR, factor=0)
    with pytest.raises(ValueError, match="at least one comparison"):
        claim()
    with pytest.raises(ValueError, match="sentences for maybe"):
        claim(above(GOOD, POOR), why={"maybe": "Who knows."})


def test_species_are_those_of_the_test_images():
    test = butterflies.load("test")
    assert np.array_equal(evidence.species_of_queries(), test.fine)


# --- files and tables


def test_a_verdict_without_a_sentence_is_not_written(tmp_path):
    silent = computed(claim(above(POOR, GOOD), why={findings.HOLDS: "Because."}))
    with pytest.raises(ValueError, match=r"made-up \(does not hold here\)"):
        ledger.write(silent, tmp_path / "findings.json")
    assert not list(tmp_path.iterdir())


def test_the_text_is_the_same_each_time():
    texts = [ledger.text_of(computed(claim(above(GOOD, FAIR)))) for _ in range(2)]
    assert texts[0] == texts[1]


@pytest.fixture
def made_up_course(tmp_path, monkeypatch):
    """The commands and tables of the ledger on made-up claims, runs and files."""
    claims = [claim(above(GOOD, FAIR)), claim(above(POOR, FAIR), key="other")]
    for module in (ledger, command):
        monkeypatch.setattr(module, "catalogue", lambda: claims)
    monkeypatch.setattr("helpers.runs.SHIPPED", Store(tmp_path / "runs"))
    ship(range(5))
    monkeypatch.setattr(ledger, "PATH", tmp_path / "findings.json")
    monkeypatch.setattr(readme, "PATH", tmp_path / "README.md")
    readme.PATH.write_text(f"# Title\n\n{readme.BEGIN}\n{readme.END}\n\n## End\n")
    return tmp_path


def ship(seeds, chances=CHANCES):
    """Put made-up runs where shipped ones lie."""
    load = made_up(chances, seeds=10)
    for run in (load(r.with_seed(seed)) for r in (GOOD, FAIR, POOR) for seed in seeds):
        runs.SHIPPED.write(run.recipe, {"metrics": {}}, {PER_QUERY: run.per_query})


def test_the_command_writes_both_files_and_check_agrees(made_up_course, capsys):
    assert command.main(["--check"]) == 1
    assert "findings.json is out of date\nREADME.md is out of date" in capsys.readouterr().out
    assert command.main([]) == 0
    assert command.main(["--check"]) == 0
    text = readme.PATH.read_text()
    assert text.startswith("# Title\n") and text.endswith("\n\n## End\n")
    assert "| ● holds |" in text and "| ○ does not hold here |" in text
    assert len(findings.read(ledger.PATH)["claims"]) == 2


def test_check_finds_a_verdict_that_was_edited_by_hand(made_up_course):
    command.main([])
    edited = ledger.PATH.read_text().replace("does not hold here", "holds")
    ledger.PATH.write_text(edited)
    assert command.main(["--check"]) == 1


def test_check_finds_a_readme_that_was_edited_by_hand(made_up_course):
    command.main([])
    readme.PATH.write_text(readme.PATH.read_text().replace("○ does not hold here", "● holds"))
    assert command.main(["--check"]) == 1


def test_check_finds_a_new_run(made_up_course):
    command.main([])
    ship([5])
    assert command.main(["--check"]) == 1


def test_a_stale_ledger_is_not_shown(made_up_course):
    with pytest.raises(findings.StaleFindings, match="missing.*python -m helpers.course.findings"):
        findings.read(ledger.PATH)
    command.main([])
    shutil.rmtree(made_up_course / "runs")
    ship(range(5), CHANCES | {"poor": 0.2})
    with pytest.raises(findings.StaleFindings, match="other runs"):
        findings.read(ledger.PATH)


def test_a_ledger_without_the_newest_runs_is_not_shown(made_up_course):
    command.main([])
    ship([5])
    with pytest.raises(findings.StaleFindings, match="other runs"):
        findings.read(ledger.PATH)


def test_the_command_says_which_sentence_is_missing(made_up_course, monkeypatch, capsys):
    monkeypatch.setattr(command, "catalogue", lambda: [claim(above(GOOD, FAIR), why={})])
    assert command.main([]) == 1
    said = capsys.readouterr()
    assert "● holds" in said.out and "made-up (holds)" in said.err
    assert not ledger.PATH.exists()


@pytest.mark.parametrize("text", ["", readme.BEGIN, f"{readme.END} {readme.BEGIN}"])
def test_a_readme_without_its_markers_is_refused(text):
    with pytest.raises(ValueError, match="must hold"):
        readme.with_findings(text, {"claims": []})


def test_the_table_of_a_notebook(monkeypatch):
    computed_now = computed(claim(above(GOOD, POOR, 4.0)))
    monkeypatch.setattr(table, "read", lambda: computed_now)
    row = findings.frame("05").iloc[0]
    assert row["outcome"] == "shown" and row["seeds"] == "5"
    assert re.fullmatch(r"9\d\.\d|89\.\d", row["first"])
    assert re.fullmatch(r"4 × (9|10)\.\d", row["second"])
    assert re.fullmatch(r"\+\d\d\.\d \[\d\d\.\d, \d\d\.\d\]", row["difference"])
    page = findings.show("05").to_html()
    assert "because it holds" in page and "● holds" in page
    assert page == findings.show("05").to_html(), "a saved notebook must stay the same"
    with pytest.raises(ValueError, match="no claim belongs to notebook '99'; choose 05"):
        findings.frame("99")


def test_words_for_numbers():
    assert table.percent(0.9344) == "93.4" and table.percent(None) == "–"
    assert table.points(-0.0124, [-0.02, 0.001]) == "-1.2 [-2.0, 0.1]"
    assert table.points(None, None) == ""
    assert table._measure("asymmetric/species/recall@1", "symmetric/species/recall@1") == ""
    assert table._measure("symmetric/genus/mAP", "rotated/genus/mAP") == " (mAP of genus)"
    both = table._measure("symmetric/genus/recall@1", "symmetric/species/recall@1")
    assert both == " (Recall@1 of genus against Recall@1 of species)"


def test_no_verdict_is_told_by_colour_alone():
    assert set(table.SIGNS) == {*VERDICTS, ledger.NOT_TESTED}
    assert len(set(table.SIGNS.values())) == len(table.SIGNS)
    assert "color" not in findings.LEGEND


# --- the claims of the course


@pytest.fixture
def claims(monkeypatch):
    """The claims, whatever was tuned: of each loss the first candidate."""
    monkeypatch.setattr("helpers.recipes.studies.chosen", lambda subject: CANDIDATES[subject][0])
    return findings.catalogue()


def test_claims_have_names_of_their_own_and_a_notebook(claims):
    assert len({claim.key for claim in claims}) == len(claims)
    assert all(re.fullmatch(r"0\d", claim.notebook) for claim in claims)
    for claim in claims:
        labels = [comparison.label for comparison in claim.comparisons]
        assert all(labels) and len(set(labels)) == len(labels), claim.key


def test_every_verdict_that_numbers_can_give_has_its_sentence(claims):
    for claim in claims:
        single = {findings.HOLDS, findings.FAILS}
        assert set(claim.why) == (single if len(claim.comparisons) == 1 else set(VERDICTS))
        assert len(set(claim.why.values())) == len(claim.why), claim.key


def test_every_run_that_a_claim_names_is_one_of_the_course(claims):
    known = {recipe.key for recipe in recipes.shipped() + recipes.studied()}
    for comparison in evidence.comparisons_of(claims):
        for side in (comparison.first, comparison.second):
            assert side.recipe.key in known, (comparison.label, side.recipe.name)


def test_no_comparison_is_made_twice(claims):
    made = [(c.first, c.second, c.factor) for c in evidence.comparisons_of(claims)]
    assert len(set(made)) == len(made), "each counts in the correction of p-values"


def test_no_measured_number_is_typed_into_a_claim(claims):
    for claim in claims:
        for text in (claim.statement, *claim.why.values()):
            assert not re.search(r"\d ?(%|percent|points?\b)|\d\.\d", text), (claim.key, text)


@pytest.mark.skipif(not ledger.PATH.is_file(), reason="data/findings.json is not written yet")
def test_the_ledger_and_the_readme_follow_from_the_shipped_runs():
    now = ledger.evaluate(findings.catalogue())
    assert not ledger.unexplained(now)
    assert not command.outdated_files(now, ledger.PATH, readme.PATH), (
        "run python -m helpers.course.findings and commit the result"
    )
    assert findings.read() == now
