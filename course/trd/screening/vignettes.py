"""Twenty invented people on whom the rule is checked; what differs from the default is written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from trd.screening.candidate import Candidate
from trd.screening.rule import CONTRAINDICATED, DEFER, ELIGIBLE, EMERGENCY, REFER


@dataclass(frozen=True)
class Vignette:
    """One invented person.

    Attributes
    ----------
    key : str
        ``"V01"`` to ``"V20"``.
    looks_bad : bool
        Looks like a barrier at first sight and is none.
    story, point : str
        Who it is, and what the case teaches.
    candidate : Candidate
    disposition : str
    reasons : tuple of str
        What the evidence review expects of the rule.
    medicines : tuple of str
        Those of the story that the rule does not read; empty when it names none.
    """

    key: str
    looks_bad: bool
    story: str
    point: str
    candidate: Candidate
    disposition: str
    reasons: tuple[str, ...]
    medicines: tuple[str, ...] = ()


def _vignette(
    key: str,
    story: str,
    point: str,
    disposition: str,
    reasons: str = "",
    medicines: tuple[str, ...] = (),
    **differs: Any,
) -> Vignette:
    return Vignette(
        key=key.rstrip("*"),
        looks_bad=key.endswith("*"),
        story=story,
        point=point,
        candidate=Candidate(**differs),
        disposition=disposition,
        reasons=tuple(reasons.split()),
        medicines=medicines,
    )


VIGNETTES: tuple[Vignette, ...] = (
    _vignette(
        "V01",
        "A. B., 42, a teacher: three antidepressants have not helped, PHQ-9 of 19.",
        "Nothing stands in the way: go on to specialist consent.",
        ELIGIBLE,
        age_years=42,
        adequate_trials=3,
        pregnancy="neg",
    ),
    _vignette(
        "V02*",
        "C. D., 58: diabetes; lisinopril, metformin, an SSRI and quetiapine; 136/84.",
        "Controlled hypertension is no bar; expect a larger rise.",
        ELIGIBLE,
        medicines=("sertraline", "lisinopril", "metformin", "quetiapine"),
        age_years=58,
        systolic_mmhg=136,
        diastolic_mmhg=84,
        ecg_needed=True,
        ecg_done=True,
    ),
    _vignette(
        "V03",
        "E. F., 45: methylphenidate at breakfast, 152/94, no symptoms.",
        "Hold the stimulant, rest, measure again; no drug by vein to make the number.",
        DEFER,
        "D1",
        age_years=45,
        systolic_mmhg=152,
        diastolic_mmhg=94,
        stimulant=True,
    ),
    _vignette(
        "V04*",
        "G. H., 71: 148/86.",
        "Within the limit above the age of 65; the precautions of F8 apply.",
        ELIGIBLE,
        age_years=71,
        systolic_mmhg=148,
        diastolic_mmhg=86,
        ecg_needed=True,
        ecg_done=True,
    ),
    _vignette(
        "V05",
        "I. J., 50: 192/124, blurred vision and headache.",
        "The emergency department, not the infusion room.",
        EMERGENCY,
        "E2 D1",
        age_years=50,
        systolic_mmhg=192,
        diastolic_mmhg=124,
        bp_symptoms=True,
    ),
    _vignette(
        "V06",
        "K. L., 66: an aneurysm of the abdominal aorta, 4.2 cm, “stable for years”.",
        "Its stability does not matter.",
        CONTRAINDICATED,
        "C1",
        age_years=66,
        vascular_contraindication=True,
        ecg_needed=True,
        ecg_done=True,
    ),
    _vignette(
        "V07",
        "M. N., 61: a heart attack four weeks ago.",
        "Within six weeks.",
        CONTRAINDICATED,
        "C6",
        age_years=61,
        weeks_since_mi=4,
        ecg_needed=True,
        ecg_done=True,
    ),
    _vignette(
        "V08",
        "O. P., 63: a stent 34 weeks ago, well since.",
        "A cardiologist's letter first; sources differ on the window.",
        REFER,
        "R9",
        age_years=63,
        weeks_since_mi=34,
        ecg_needed=True,
        ecg_done=True,
    ),
    _vignette(
        "V09",
        "Q. R., 35: schizoaffective disorder, hears voices now, takes clozapine.",
        "Psychosis now is outside this course's rule; the label would weigh.",
        CONTRAINDICATED,
        "C3",
        medicines=("clozapine",),
        age_years=35,
        psychosis="current",
    ),
    _vignette(
        "V10",
        "S. T., 48: one psychotic depression six years ago.",
        "A second opinion; sources disagree.",
        REFER,
        "R5",
        age_years=48,
        psychosis="past",
    ),
    _vignette(
        "V11*",
        "U. V., 39: bipolar II, lithium and lamotrigine, mania rating 2.",
        "Covered bipolar depression goes on with conditions F6 and F9.",
        ELIGIBLE,
        age_years=39,
        diagnosis="BD2",
        antimanic=True,
        lamotrigine=True,
        pregnancy="neg",
    ),
    _vignette(
        "V12",
        "W. X., 31: bipolar I, sleeps three hours, speech under pressure.",
        "Mania now, whatever the cover.",
        CONTRAINDICATED,
        "C5",
        age_years=31,
        diagnosis="BD1",
        antimanic=True,
        mania=True,
    ),
    _vignette(
        "V13*",
        "Y. Z., 52: alcohol use disorder, in remission for 14 months, monthly naltrexone.",
        "Keep the naltrexone; F5 and F10.",
        ELIGIBLE,
        age_years=52,
        substance_use="remission",
        naltrexone=True,
    ),
    _vignette(
        "V14",
        "B. D., 29: past ketamine dependence, a small painful bladder.",
        "Use disorder and cystitis, ever.",
        CONTRAINDICATED,
        "C9 D6",
        age_years=29,
        ketamine_use_disorder=True,
        ketamine_bladder=True,
        urinary_symptoms=True,
    ),
    _vignette(
        "V15",
        "C. E., 44: drinks every day, urine screen unexplained.",
        "Addiction care first; confirm the screen before any label.",
        REFER,
        "R8 D3",
        age_years=44,
        substance_use="active",
        urine_drug_screen_unexplained=True,
    ),
    _vignette(
        "V16",
        "F. H., 28: ten weeks pregnant, untreated Graves disease.",
        "Pregnancy decides; the thyroid is a second reason.",
        CONTRAINDICATED,
        "C4 D8",
        age_years=28,
        pregnancy="pos",
        uncontrolled_thyroid=True,
    ),
    _vignette(
        "V17*",
        "G. I., 37: passive thoughts for years, an attempt two years ago, clonazepam.",
        "Safety plan, and no abrupt stop of clonazepam: F1 and F2.",
        ELIGIBLE,
        age_years=37,
        cssrs_ideation=2,
        benzodiazepine_mg_diazepam_eq=20,
        pregnancy="neg",
    ),
    _vignette(
        "V18",
        "J. L., 26: has a plan and the means at home.",
        "Same-day emergency care.",
        EMERGENCY,
        "E1",
        age_years=26,
        cssrs_ideation=5,
    ),
    _vignette(
        "V19",
        "K. M., 54: sleep apnoea without treatment, high STOP-BANG, oxycodone, BMI 43.",
        "Treatment of the apnoea and anaesthesia first.",
        REFER,
        "R12",
        age_years=54,
        bmi=43,
        sleep_apnoea="untreated",
        opioid=True,
    ),
    _vignette(
        "V20",
        "N. P., 60: tranylcypromine and theophylline.",
        "A blood pressure plan and another drug for the lungs.",
        DEFER,
        "D10 D11",
        age_years=60,
        maoi=True,
        theophylline=True,
        ecg_needed=True,
        ecg_done=True,
    ),
)


def vignette(key: str) -> Vignette:
    """Return one vignette.

    Raises
    ------
    ValueError
        If there is none of that name.
    """
    for found in VIGNETTES:
        if found.key == str(key).upper().rstrip("*"):
            return found
    raise ValueError(f"{key!r} is not a vignette; they are V01 to V20.")
