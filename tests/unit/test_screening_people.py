"""Lesson 3: the invented people are coherent, varied, free of stereotypes, the same everywhere."""

from __future__ import annotations

import hashlib
import re
from collections import Counter

import pytest
from scipy.stats import chi2, chi2_contingency, chisquare

from trd.screening import (
    CODES,
    DIFFICULTIES,
    FIELDS,
    INQUIRIES,
    VIGNETTES,
    Candidate,
    clinic,
    inquiry,
    screen,
    seen,
    told_by,
    virtual_patient,
)
from trd.screening.interview import CLEAR, INSTEAD, SAYINGS, revealed_by
from trd.screening.knowledge import follows
from trd.screening.medication import medication_report
from trd.screening.people import AGE_BANDS, BARRIERS, CLASS_WEIGHTS, THEMES

N = 2000


@pytest.fixture(scope="module")
def people():
    return {name: [virtual_patient(seed, name) for seed in range(N)] for name in DIFFICULTIES}


KIND = {theme.key: theme.kind for theme in THEMES}


def barriers(person):
    return [key for key in person.themes if KIND[key] != "fine"]


def test_same_seed_same_person():
    for name in (*DIFFICULTIES, "V05"):
        assert virtual_patient(77, name) == virtual_patient(77, name)
    assert virtual_patient(1, "hard") != virtual_patient(2, "hard")
    assert virtual_patient(1, "hard") != virtual_patient(1, "mixed")


def test_the_same_on_every_machine():
    # Changes when wording or distribution changes: then write the new value here on purpose.
    text = repr([(p.letter, p.candidate, sorted(p.known)) for p in map(virtual_patient, range(20))])
    assert hashlib.sha256(text.encode()).hexdigest()[:16] == "328b80194b8b80ea"


#: The persons of the marked cases: who they are, drawn themes, verdict, pressure, notes.
FIXED_PEOPLE = {
    37: (
        "S. B., 44, an engineer, on their own",
        ("mania", "pressure-crisis", "thyroid-treated"),
        ("REFER-EMERGENCY", ("E2", "C5", "D1"), ("F9",)),
        "196/120",
        "Complained of headache and blurred sight this week. Thyroid disease, on tablets.",
    ),
    66: (
        "P. B., 57, a teacher, with family",
        ("ketamine-disorder", "thyroid-treated", "maoi-plan"),
        ("CONTRAINDICATED", ("C9",), ("F14",)),
        "113/65",
        "Thyroid disease, on tablets.",
    ),
    49135: (
        "P. T., 45, an engineer, on their own",
        ("ketamine-once", "old-attempt"),
        ("ELIGIBLE", (), ("F1",)),
        "109/68",
        "A suicide attempt two years ago.",
    ),
}


@pytest.mark.parametrize("seed", FIXED_PEOPLE)
def test_the_people_of_the_cases_stay_who_they_are(seed):
    who, themes, (disposition, reasons, conditions), pressure, notes = FIXED_PEOPLE[seed]
    p = virtual_patient(seed, "mixed")
    assert f"{p.initials}, {p.age_years}, {p.occupation}, {p.household}" == who
    assert p.themes == themes
    truth = screen(p.candidate)
    assert (truth.disposition, truth.reasons, truth.conditions) == (
        disposition,
        reasons,
        conditions,
    )
    assert p.answers["blood-pressure"].startswith(pressure)
    assert f"From the notes: {notes}\n" in p.letter


def test_thousands_of_distinct_people(people):
    for crowd in people.values():
        assert len({(p.letter, p.candidate, tuple(p.answers.values())) for p in crowd}) == N
        assert len({p.candidate for p in crowd}) > 0.95 * N


def test_seed_and_difficulty_are_checked():
    for wrong in (1.5, "1", True, None):
        with pytest.raises(ValueError, match="whole number"):
            virtual_patient(wrong)
    with pytest.raises(ValueError, match="not a difficulty"):
        virtual_patient(1, "easy")
    with pytest.raises(ValueError, match="between 1 and 20000"):
        clinic(0)
    with pytest.raises(ValueError, match="not a difficulty"):
        clinic(5, 1, "V01")
    assert virtual_patient(-5) == virtual_patient(-5)


@pytest.mark.parametrize("difficulty", DIFFICULTIES)
def test_number_of_barriers_is_as_stated(people, difficulty):
    counts = Counter(len(barriers(p)) for p in people[difficulty])
    stated = dict(BARRIERS[difficulty])
    assert set(counts) == set(stated)
    # One barrier fewer when none of the class fits: too rare to show here.
    test = chisquare([counts[n] for n in stated], [share * N for share in stated.values()])
    assert test.pvalue > 0.001


def test_classes_of_barriers_are_as_stated(people):
    counts = Counter(KIND[barriers(p)[0]] for p in people["straightforward"] if barriers(p))
    total = sum(counts.values())
    test = chisquare([counts[k] for k, _ in CLASS_WEIGHTS], [w * total for _, w in CLASS_WEIGHTS])
    assert test.pvalue > 0.001


def test_age_bands_are_as_stated(people):
    crowd = [p for p in people["mixed"] if p.age_years >= 18]
    counts = [sum(low <= p.age_years <= high for p in crowd) for _n, low, high, _s in AGE_BANDS]
    test = chisquare(counts, [share * len(crowd) for *_rest, share in AGE_BANDS])
    assert test.pvalue > 0.001


def test_every_theme_and_code_turns_up(people):
    drawn = {key for crowd in people.values() for p in crowd for key in p.themes}
    assert drawn == {theme.key for theme in THEMES}
    met = {
        code
        for crowd in people.values()
        for p in crowd
        for code in (lambda s: s.reasons + s.conditions)(screen(p.candidate))
    }
    # Fasting is shown both ways and not graded, so nobody comes with it.
    assert met == set(CODES) - {"D16"}


def test_a_theme_does_what_its_class_says(people):
    for p in people["straightforward"]:
        reasons = screen(p.candidate).reasons
        for key in barriers(p):
            assert any(code[0] == KIND[key] for code in reasons), (key, reasons)
        if not barriers(p):
            assert reasons == (), p.themes


@pytest.mark.parametrize("trait", ["occupation", "household"])
def test_no_stereotype_is_tied_to_a_trait(people, trait):
    """Findings are independent of who somebody is; below 18 the rule itself makes one."""
    crowd = [p for group in people.values() for p in group if p.age_years >= 18]
    of = {
        "occupation": lambda p: re.sub("^(formerly|training as) ", "", p.occupation),
        "household": lambda p: p.household,
    }[trait]
    values = sorted({of(p) for p in crowd})
    size = Counter(of(p) for p in crowd)
    tested, small = 0, []
    for theme in THEMES:
        if theme.key == "under-18":
            continue
        with_it = Counter(of(p) for p in crowd if theme.key in p.themes)
        table = [[with_it[v] for v in values], [size[v] - with_it[v] for v in values]]
        tested += 1
        small.append(chi2_contingency(table).pvalue)
    # Bonferroni over all themes; and no heap of small p-values either.
    assert min(small) > 0.001 / tested
    assert sum(p < 0.05 for p in small) < 0.15 * tested


#: Barriers that are not believed at every age from 30 on, and from when they are.
BELIEVED_FROM = {"glaucoma": 40, "heart-attack-now": 41, "heart-attack-year": 41} | {
    "stroke": 42,
    "dementia": 60,
}
#: Drawn only where a pregnancy is possible, or making the age themselves.
NOT_BY_AGE = {"pregnant", "untested", "breastfeeding", "under-18"}


@pytest.fixture(scope="module")
def first_barriers():
    """Age and first barrier of many people with one barrier at most."""
    found = [virtual_patient(seed, "straightforward") for seed in range(8000)]
    return [(p.age_years, barriers(p)[0]) for p in found if barriers(p)]


@pytest.mark.parametrize(("low", "high"), [(30, 39), (42, 59), (60, 90)])
def test_within_an_age_every_finding_that_fits_is_as_likely(first_barriers, low, high):
    statistic, freedom = 0.0, 0
    for kind, _weight in CLASS_WEIGHTS:
        found = Counter(
            key
            for age, key in first_barriers
            if low <= age <= high and KIND[key] == kind and key not in NOT_BY_AGE
        )
        fitting = {
            theme.key
            for theme in THEMES
            if theme.kind == kind
            and theme.key not in NOT_BY_AGE
            and BELIEVED_FROM.get(theme.key, 0) <= low
        }
        assert set(found) == fitting
        statistic += chisquare(list(found.values())).statistic
        freedom += len(fitting) - 1
    assert chi2.sf(statistic, freedom) > 0.001


def test_nobody_is_too_young_for_what_they_tell(people):
    for crowd in (*people.values(), [virtual_patient(s, "hard") for s in range(N, 2 * N)]):
        for p in crowd:
            truth, age = p.candidate, p.age_years
            if truth.weeks_since_mi is not None:
                assert age - truth.weeks_since_mi / 52 >= 40
            assert not truth.stroke_or_tia or age >= 42
            assert not truth.dementia or age >= 60
            assert truth.child_pugh is None or age >= 30
            assert truth.substance_use != "remission" or age >= 25
            assert truth.pregnancy != "pos" or age <= 45
            assert not truth.lactating or age <= 45
            if age < 18:
                assert truth.adequate_trials <= 2
                assert truth.substance_use == "none"
                assert not (truth.opioid or truth.unstable_cardiac or truth.intoxicated)
                assert truth.benzodiazepine_mg_diazepam_eq == 0
            if age < 50:
                assert "aneurysm of the aorta" not in p.answers["vessels"]
            if age < 22:
                assert p.occupation.startswith("training as ") or age < 18


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("mild", "intent"),
        ("mild", "recent-behaviour"),
        ("mild", "passive-thoughts"),
        ("other-diagnosis", "mild"),
        ("bipolar-uncovered", "lamotrigine"),
        ("bipolar-uncovered", "cyp"),
        ("intoxicated", "no-capacity"),
        ("intoxicated", "dementia"),
        ("ketamine-disorder", "allergy"),
        ("inpatient-behaviour", "no-escort"),
    ],
)
def test_stories_that_contradict_each_other_never_meet(people, one, other):
    crowds = (*people.values(), [virtual_patient(s, "hard") for s in range(N, 3 * N)])
    assert not any({one, other} <= set(p.themes) for crowd in crowds for p in crowd)
    assert any(one in p.themes for crowd in crowds for p in crowd)


def test_another_diagnosis_is_told_as_one(people):
    for crowd in people.values():
        for p in crowd:
            if p.candidate.diagnosis == "other":
                assert p.answers["mood"].startswith("“Low on some days.")
                assert ("pain" in p.answers["mood"]) == ("pain" in p.answers["highs"])
                assert p.candidate.adequate_trials < 2
                # Whichever of the three is asked, the reason comes to light.
                for key in ("mood", "trials", "highs"):
                    assert "R4" in told_by(p.candidate, set(inquiry_of(key).reveals))


def test_no_plain_answer_denies_what_is_there(people):
    """Neither a test that was not needed nor a question about the past gives a false all-clear."""
    denies = {
        "vessel-scan": lambda p: p.vascular_contraindication or p.raised_icp,
        "echocardiogram": lambda p: p.unstable_cardiac or p.weeks_since_mi is not None,
        "eeg": lambda p: p.seizures is not None,
        "urine": lambda p: p.ketamine_bladder or p.urinary_symptoms,
        "substances": lambda p: p.ketamine_use_disorder or p.ketamine_bladder,
        "drug-screen": lambda p: p.opioid or p.benzodiazepine_mg_diazepam_eq > 0,
        "alarm": lambda p: p.spo2_pct < 90,
        "capacity": lambda p: p.intoxicated or p.dementia,
        "home": lambda p: p.setting == "in",
        "medicines": lambda p: (
            p.seizures is not None
            or p.weeks_since_mi is not None
            or p.stroke_or_tia
            or p.unstable_cardiac
            or p.psychosis == "current"
        ),
    }
    met = Counter()
    for crowd in people.values():
        for p in crowd:
            for key, there in denies.items():
                if there(p.candidate):
                    met[key] += 1
                    assert p.answers[key] not in CLEAR[key], (key, p.seed)
            if "ketamine-once" in p.themes:
                assert p.answers["substances"] not in CLEAR["substances"]
            if "sleeping tablets" in p.answers["substances"]:
                assert "sleeping tablets that I buy" in p.answers["medicines"]
                assert p.answers["drug-screen"] != "Negative." or p.candidate.opioid
    assert set(met) == set(denies)
    assert {saying.inquiry for saying in INSTEAD} <= set(CLEAR)


def test_nobody_believes_the_neighbours_and_is_fetched_by_one(people):
    for crowd in people.values():
        for p in crowd:
            if p.candidate.psychosis == "current" or p.candidate.setting == "in":
                assert "neighbour" not in p.answers["home"]
            if p.household == "on their own":
                assert "at home to come" not in p.answers["home"]


def test_a_heart_attack_about_a_year_ago_is_told_in_months(people):
    """The rule changes at 52 weeks: “a year” would leave it open."""
    told = [p for crowd in people.values() for p in crowd if p.candidate.weeks_since_mi]
    for p in told:
        weeks = p.candidate.weeks_since_mi
        number, unit = re.search(r"(a|\d+) (week|month|year)s? ago", p.answers["heart"]).groups()
        assert unit == ("week" if weeks < 52 else "month" if weeks < 104 else "year")
        if unit == "month":
            assert 52 < int(number) * 52 / 12 < 110
    assert sum(52 < p.candidate.weeks_since_mi < 104 for p in told) > 5


def test_medicines_go_with_the_history(people):
    for crowd in people.values():
        for p in crowd:
            told = p.answers["medicines"]
            assert ("Levetiracetam" in told) == (p.candidate.seizures is not None)
            heart = p.candidate.weeks_since_mi is not None or p.candidate.stroke_or_tia
            assert ("Aspirin" in told) == bool(heart)
            assert ("aripiprazole" in told) == (p.candidate.psychosis == "current")
            assert len(set(p.medicines)) == len(p.medicines)
            if p.candidate.seizures is not None or p.candidate.substance_use in {"active", "early"}:
                assert "bupropion" not in p.medicines
            assert not (p.candidate.child_pugh and "duloxetine" in p.medicines)
            if p.candidate.pregnancy != "na":
                assert "alproate" not in " ".join((told, *p.medicines))


def test_the_trials_fit_into_the_episode(people):
    """Six weeks each at least: 1.4 months."""
    for crowd in people.values():
        for p in crowd:
            months = re.search(r"(\d+) months", p.answers["mood"])
            if months:
                assert int(months[1]) >= 1.4 * p.candidate.adequate_trials


def test_what_the_rule_does_not_read_means_nothing_to_the_checker():
    """Medicines that only go with a history bring no code of the rule, and no wrong spelling."""
    named = ("levetiracetam", "aspirin", "atorvastatin", "bisoprolol", "aripiprazole")
    report = medication_report(named)
    assert report.screening.reasons == report.screening.conditions == ()
    assert not any(line.suggestion for line in report.lines)


def test_letters_use_neither_names_nor_pronouns(people):
    pronoun = re.compile(r"\b([Hh]e|[Ss]he|[Hh]is|[Hh]ers?|[Hh]im|Mrs?|Ms|Miss)\b")
    for crowd in people.values():
        for p in crowd[:500]:
            assert re.fullmatch(r"[A-Z]\. [A-Z]\.", p.initials)
            assert p.initials in p.letter
            text = " ".join((p.letter, *p.answers.values(), *p.medicines))
            assert not pronoun.search(text), text
            assert "{" not in text


def test_wording_is_person_first_and_without_method():
    bad = re.compile(
        r"\b(committed|addicts?\b|alcoholic|schizophrenic|epileptic|junkie|abuser|overdose|hang|rope|"
        r"gun|jump|blade|cut)",
        re.IGNORECASE,
    )
    for saying in SAYINGS:
        for text in (*saying.said, *saying.letter):
            assert not bad.search(text), text


def test_looks_bad_and_looks_fine_are_both_met(people):
    for name, crowd in people.items():
        bad = [p for p in crowd if p.looks_bad]
        fine = [p for p in crowd if p.looks_fine]
        assert len(bad) > 0.1 * N, name
        assert len(fine) > 0.02 * N, name
        assert all(screen(p.candidate).disposition == "ELIGIBLE" for p in bad)
        for p in fine:
            assert screen(p.candidate).reasons
            assert not told_by(p.candidate, p.known)
    assert sum(p.looks_fine for p in people["hard"]) > sum(
        p.looks_fine for p in people["straightforward"]
    )


def test_asking_everything_reveals_everything(people):
    useful = [each for each in INQUIRIES if not each.wasteful]
    for p in people["hard"][:300]:
        known = set(p.known)
        for each in useful:
            known |= set(revealed_by(each, p.candidate))
        assert known | {"fasted"} == set(FIELDS)
        assert seen(p.candidate, known) == p.candidate
        assert told_by(p.candidate, known) == screen(p.candidate).reasons


def test_nobody_is_told_more_than_is_true(people):
    for crowd in people.values():
        for p in crowd[:500]:
            assert p.known <= set(FIELDS)
            assert set(told_by(p.candidate, p.known)) <= set(screen(p.candidate).reasons)


def test_every_inquiry_has_an_answer(people):
    keys = {each.key for each in INQUIRIES}
    assert set(CLEAR) == keys
    assert {saying.inquiry for saying in SAYINGS} <= keys
    for crowd in people.values():
        for p in crowd[:200]:
            assert set(p.answers) == keys
            assert all(p.answers.values())
            assert p.vitals == p.answers["blood-pressure"]
            assert set(p.labs) <= keys


def test_findings_are_said_where_they_are_revealed(people):
    for saying in SAYINGS:
        assert set(saying.fields) <= set((*inquiry_of(saying.inquiry).reveals, "pregnancy")), saying
    for p in people["hard"][:500]:
        truth = p.candidate
        assert f"{truth.systolic_mmhg:g}/{truth.diastolic_mmhg:g}" in p.answers["blood-pressure"]
        assert str(truth.cssrs_ideation) in p.answers["c-ssrs"] or truth.cssrs_ideation == 0
        assert (p.answers["pregnancy-test"] == "Positive.") == (truth.pregnancy == "pos")
        assert (p.answers["drug-screen"] == "Negative.") <= (
            not truth.urine_drug_screen_unexplained
        )


def inquiry_of(key):
    return next(each for each in INQUIRIES if each.key == key)


def test_every_finding_shows(people):
    """No answer is the clear one when its inquiry hides a barrier."""
    plain = Candidate()
    for p in people["hard"][:600]:
        for each in INQUIRIES:
            brought = set(told_by(p.candidate, set(each.reveals))) - {"D1"}
            if brought and each.key != "blood-pressure":
                assert p.answers[each.key] not in CLEAR[each.key], (each.key, brought)
    assert screen(plain).reasons == ()


def test_medicines_are_coherent(people):
    for crowd in people.values():
        for p in crowd:
            truth = p.candidate
            assert not (truth.maoi and (truth.stimulant or truth.opioid))
            assert not (truth.opioid and truth.naltrexone)
            assert truth.pregnancy == "na" or 18 <= p.age_years <= 50
            if truth.maoi:
                assert not set(p.medicines) & {"sertraline", "venlafaxine", "escitalopram"}
            assert truth.setting == "out" or truth.cssrs_ideation < 4
            if truth.mania:
                assert truth.diagnosis in {"BD1", "BD2"}


def test_who_needs_an_ecg_follows_from_age_heart_and_treated_hypertension(people):
    # The course's list: heart disease, fainting, from 50 with a risk factor, from 65 (screen-
    # workup-ecg, screen-rule-age-older).
    for crowd in people.values():
        for p in crowd:
            truth = p.candidate
            heart = truth.weeks_since_mi is not None or truth.unstable_cardiac
            faint = "ecg-unread" in p.themes
            pressure = "controlled-pressure" in p.themes and p.age_years >= 50
            assert truth.ecg_needed == (p.age_years >= 65 or heart or faint or pressure)
            assert truth.ecg_done == (truth.ecg_needed and not faint)
            assert ("ECG" in p.answers["heart"]) >= faint
            if pressure:
                assert "for the blood pressure" in p.answers["medicines"]
            assert ("There was a reason" in p.answers["ecg"]) == truth.ecg_needed
            if not 50 <= truth.heart_rate_bpm <= 110 or truth.systolic_mmhg > 150:
                assert "no reason" not in p.answers["ecg"]
            if p.age_years >= 65:
                assert "65 or older" in p.answers["ecg"]
    for case in VIGNETTES:
        truth = case.candidate
        heart = truth.weeks_since_mi is not None or truth.unstable_cardiac
        assert truth.ecg_needed >= (truth.age_years >= 65 or heart), case.key


def test_the_need_for_an_ecg_comes_to_light_from_age_heart_and_medicines(people):
    asked = {name for key in ("heart", "medicines") for name in inquiry_of(key).reveals}
    for p in people["hard"]:
        known = follows(p.known | asked, p.candidate)
        assert "ecg_needed" in known
        # Nothing calls for one: nothing about it is left to know.
        assert ("ecg_done" in known) == (not p.candidate.ecg_needed)
        assert (p.age_years >= 65) <= ("ecg_needed" in p.known)
        if p.candidate.ecg_needed is False:
            half = follows(p.known | set(inquiry_of("heart").reveals), p.candidate)
            assert "ecg_needed" not in half, "the medicines were not asked"
        assert seen(p.candidate, known).ecg_needed == p.candidate.ecg_needed


def test_no_drug_of_the_lists_leaves_it_open_whether_an_ecg_is_needed(people):
    prolongs = re.compile(
        "citalopram|clarithromycin|methadone|haloperidol|sotalol|quetiapine", re.IGNORECASE
    )
    for crowd in people.values():
        assert not any(
            prolongs.search(" ".join((*p.medicines, p.answers["medicines"]))) for p in crowd
        )


def test_nobody_above_55_is_asked_for_a_pregnancy(people):
    for crowd in people.values():
        for p in crowd:
            settled = {"pregnancy", "lactating"} <= p.known
            assert settled == (p.age_years > 55)
            if settled:
                assert (p.candidate.pregnancy, p.candidate.lactating) == ("na", False)


def test_who_is_intoxicated_is_seen_to_be_so_at_the_door(people):
    for crowd in people.values():
        for p in crowd:
            assert bool(p.first_look) == p.candidate.intoxicated
            assert "intoxicated" in p.known
            if p.candidate.intoxicated:
                assert "D3" in told_by(p.candidate, p.known)
                assert not p.looks_fine
                assert "slurred" in p.answers["thinking"]
                assert "nobody should take a consent today" in p.answers["capacity"]


def test_the_cssrs_always_says_something_of_behaviour(people):
    for crowd in people.values():
        for p in crowd[:700]:
            none = "No suicidal behaviour in the past three months" in p.answers["c-ssrs"]
            assert none == (not p.candidate.suicidal_behaviour_3mo)


def test_no_answer_takes_longer_than_the_step_unless_the_nurse_has_done_it(people):
    waiting = re.compile(r"(five|ten) minutes")
    for crowd in people.values():
        for p in crowd[:700]:
            for answer in p.answers.values():
                assert "nurse took" in answer or not waiting.search(answer), answer
    assert len(set(CLEAR["thinking"])) >= 4, "the same words in patient after patient"


def test_letter_and_answer_tell_one_story(people):
    for p in people["straightforward"]:
        if "bleed in the brain" in p.letter:
            assert "bleed in my brain" in p.answers["vessels"]
        if "small aneurysm" in p.letter:
            assert "aneurysm of the aorta" in p.answers["vessels"]
        if "TIA" in p.letter:
            assert "TIA" in p.answers["vessels"]


def test_vignettes_can_be_met():
    for case in VIGNETTES:
        p = virtual_patient(3, case.key)
        assert p.candidate == case.candidate
        assert p.age_years == case.candidate.age_years
        assert p.looks_bad == case.looks_bad
        assert set(case.medicines) <= set(p.medicines)
        assert (case.key == "V09") == ("clozapine" in p.medicines)
        if case.candidate.ecg_needed:
            assert re.search(r"a reason for one: \w", p.answers["ecg"])


def test_clinic_is_drawn_like_the_people(people):
    crowd = clinic(N, seed=9)
    assert clinic(20, seed=9) == crowd[:20]
    share = sum(screen(c).disposition == "ELIGIBLE" for c in crowd) / N
    other = sum(screen(p.candidate).disposition == "ELIGIBLE" for p in people["mixed"]) / N
    assert abs(share - other) < 0.05
    assert len(set(crowd)) > 0.95 * N


def test_an_unknown_inquiry_is_refused_with_the_nearest():
    assert inquiry("ask", "vessels").label
    with pytest.raises(ValueError, match="Did you mean 'vessels'"):
        inquiry("ask", "vessel")
    with pytest.raises(ValueError, match="not a test"):
        inquiry("test", "vessels")
