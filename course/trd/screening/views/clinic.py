"""How the screening clinic looks: the letter, the chart, the debrief and the tally."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from html import escape
from typing import Any

from trd.panel.parts import badge
from trd.screening.interview import ASK, INQUIRIES, KNOWN_AT_START, inquiry
from trd.screening.people import DIFFICULTIES, VirtualPatient
from trd.screening.rule import (
    CONDITION,
    CONTRAINDICATED,
    DEFER,
    DISPOSITIONS,
    ELIGIBLE,
    EMERGENCY,
    HEADLINES,
    REFER,
    RULE,
    explain,
    headline,
    row,
)
from trd.screening.simulation import MARKING, clock
from trd.screening.visits import Account, Reason, Tally, Visit, tally

#: How the questions and tests are laid out. What is wasteful stands among the rest.
SECTIONS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("Ask: today", ("alarm", "thinking", "home")),
    ("Ask: mood and mind", ("mood", "trials", "highs", "voices", "capacity")),
    ("Ask: substances and medicines", ("substances", "ketamine", "medicines")),
    ("Ask: body", ("heart", "vessels", "head-eyes", "reproductive")),
    ("Measure and rate", ("blood-pressure", "c-ssrs", "stop-bang", "baseline")),
    (
        "Laboratory",
        (
            "liver-tests",
            "thyroid",
            "urine",
            "drug-screen",
            "pregnancy-test",
            "ketamine-level",
            "gene-test",
        ),
    ),
    ("Tracings and scans", ("ecg", "echocardiogram", "eeg", "vessel-scan")),
)

CLASSES: tuple[tuple[str, str], ...] = (
    (EMERGENCY, "E: Emergencies"),
    (CONTRAINDICATED, "C: Outside the outpatient rule"),
    (REFER, "R: A specialist or the referrer first"),
    (DEFER, "D: Wait until it is settled"),
)

#: What clinicians may type to find a line of the rule, besides its own words. A way to the line
#: and no more: whether it applies, the line itself says.
ALSO: Mapping[str, str] = {
    "E1": "suicidality thoughts ideation self-harm attempt overdose preparations c-ssrs columbia",
    "E2": "bp high raised hypertensive hypertension crisis headache vision sight blurred",
    "E3": "red flags chest pain tightness breath breathing breathless breathlessness shortness "
    "dyspnoea dyspnea hypoxia spo2 sats low worst sudden headache stroke weakness weak numb speech "
    "fainting syncope collapse",
    "E4": "confusion confused attention orientation disorientated disoriented",
    "C1": "avm malformed vessels vascular bleeding haemorrhage hemorrhage subarachnoid cerebral "
    "aorta aortic",
    "C2": "allergy allergic allergies anaphylaxis anaphylactic reaction rash hives swelling "
    "excipient",
    "C3": "psychotic voices hearing hallucinations hallucinating delusions paranoia paranoid "
    "suspicion suspicious schizoaffective",
    "C4": "pregnant positive hcg test",
    "C5": "manic hypomania hypomanic high elated irritable racing sleepless bipolar",
    "C6": "mi infarction acs nstemi stemi pci cabg angina chest pain tightness rest failure oedema "
    "edema swollen legs valve valvular arrhythmia arrhythmias rhythm palpitations cardiac coronary "
    "recent",
    "C7": "cirrhosis hepatic",
    "C8": "icp head trauma tumour tumor growth hydrocephalus bleeding haemorrhage hemorrhage globe "
    "splinter",
    "C9": "addiction addicted dependence dependent misuse abuse recreational bladder urine urinary "
    "urology urological",
    "R1": "suicide suicidality self-harm attempt overdose preparations c-ssrs columbia ward",
    "R2": "18 age adolescent teenager minor child children young under",
    "R3": "capacity consent understand understanding competence",
    "R4": "trd resistant resistance treatments antidepressants failed dose adherence depression "
    "severity ptsd trauma pain",
    "R5": "psychotic voices hearing hallucinations delusions paranoia earlier",
    "R6": "lithium mood stabiliser stabilizer switch mania",
    "R7": "memory loss cognition cognitive forgetful forgetfulness alzheimer",
    "R8": "alcohol drinking drinks wine drugs cannabis cocaine benzodiazepines sleeping tablets "
    "sedatives addiction addicted dependence dependent misuse abuse audit",
    "R9": "mi infarction pci cabg cardiac coronary cerebral cva past recent",
    "R10": "cirrhosis hepatic hepatology",
    "R11": "epilepsy epileptic fits convulsions",
    "R12": "osa apnea cpap mask snoring snores airway",
    "R13": "eye eyes ocular pressure ophthalmology",
    "D1": "bp high raised hypertension hypertensive uncontrolled diastolic",
    "D2": "heart rate hr bpm tachycardia bradycardia fast slow rhythm",
    "D3": "drunk alcohol smell slurred positive drugs test uds sober",
    "D4": "alcohol drinking sober abstinent abstinence addiction dependence detox detoxification "
    "early",
    "D5": "pregnant test hcg lactation lactating nursing milk breast-feeding baby",
    "D6": "urine bladder cystitis uti frequency burning dysuria haematuria hematuria urinalysis "
    "urology urological",
    "D7": "liver function hepatic enzymes transaminases lft lfts raised",
    "D8": "thyroid function disease overactive thyrotoxicosis graves tsh t4",
    "D9": "spo2 sats low hypoxia breathing oximetry",
    "D10": "maoi mao bp antidepressant tranylcypromine phenelzine",
    "D11": "asthma copd lung lungs",
    "D12": "obesity obese overweight weight osa apnea snoring snores stop-bang airway",
    "D13": "electrocardiogram ekg tracing heart qt qtc",
    "D14": "missing incomplete pending asked blood tests results madrs phq-9 c-ssrs scale "
    "prescription monitoring",
    "D15": "escort driver driving accompany accompanied companion alone bus",
    "D16": "food drink eat eaten fasting empty stomach nil mouth npo",
    "F1": "suicide suicidality ideation self-harm attempt overdose c-ssrs columbia safety plan",
    "F2": "benzodiazepines clonazepam lorazepam alprazolam sedatives",
    "F3": "stimulants methylphenidate amphetamine adhd",
    "F4": "opioids opiate oxycodone morphine tramadol methadone pain painkiller",
    "F5": "opioid",
    "F6": "mood stabiliser stabilizer",
    "F7": "cyp interaction inhibitor inducer grapefruit carbamazepine rifampicin clarithromycin",
    "F8": "age old older elderly",
    "F9": "mania manic hypomania switch",
    "F10": "alcohol drinking drugs sober abstinent addiction dependence recovery",
    "F11": "epilepsy epileptic fits convulsions",
    "F12": "osa apnea cpap mask snoring airway obesity obese overweight weight",
    "F13": "letter second opinion cardiology neurology hepatology",
    "F14": "maoi mao bp antidepressant tranylcypromine phenelzine",
    "F15": "age young",
}

#: What clinicians may look for in vain: what they type, and what the rule has no line about.
NOT_HERE: tuple[tuple[str, str], ...] = (
    ("kidney renal creatinine egfr dialysis stone function failure disease", "the kidneys"),
    ("hearing deaf deafness ear tinnitus loss", "hearing"),
    ("diabetes diabetic insulin glucose sugar", "diabetes"),
    ("smoking smoker smokes nicotine tobacco", "smoking"),
    ("hypotension hypotensive low blood pressure bp", "low blood pressure"),
    ("underweight low weight anorexia bulimia eating disorder", "low weight or eating disorders"),
)

_CONDITIONS_LABEL = next(each.label for each in MARKING if each.key == "conditions")
_DIFFICULTY = {"straightforward": "Straightforward", "mixed": "Mixed", "hard": "Hard"}


def short(disposition: str) -> str:
    """Return the first words of how a disposition reads on screen."""
    return HEADLINES[disposition].partition(":")[0]


def worded(text: str) -> str:
    """Put the words of the screen for the names of the rule, and leave out row ids.

    Examples
    --------
    >>> worded("the decision was REFER.")
    'the decision was “Not decided here”.'
    """
    text = re.sub(r" \((screen-[a-z0-9-]+|course convention)\)", "", text)
    # The longest name first: REFER is the beginning of REFER-EMERGENCY.
    names = "|".join(sorted(DISPOSITIONS, key=len, reverse=True))
    return re.sub(rf"\b({names})\b", lambda found: f"“{short(found[0])}”", text)


def tag(code: str) -> str:
    """Return a code as a small tag."""
    return f'<span class="trd-code">{escape(code)}</span>'


# -- what the widget draws its controls from ---------------------------------------------------


def sections() -> list[dict[str, Any]]:
    """Return the questions and tests in groups."""
    labels = {each.key: (each.kind, each.label) for each in INQUIRIES}
    return [
        {
            "title": title,
            "items": [{"do": labels[k][0], "key": k, "label": labels[k][1]} for k in keys],
        }
        for title, keys in SECTIONS
    ]


def decisions() -> list[dict[str, str]]:
    """Return the five decisions as they read on screen."""
    return [
        {"id": name, "head": short(name), "rest": HEADLINES[name].partition(": ")[2]}
        for name in DISPOSITIONS
    ]


def _words(text: str) -> list[str]:
    """Return the words of a text once each, as they are compared with what is typed."""
    return list(dict.fromkeys(re.findall(r"[^\W_]+", text.lower())))


def _options(disposition: str) -> list[dict[str, Any]]:
    return [
        {
            "code": each.code,
            "what": each.what,
            "words": _words(f"{each.code} {each.what} {ALSO[each.code]}"),
        }
        for each in RULE
        if each.disposition == disposition
    ]


def reasons() -> list[dict[str, Any]]:
    """Return the barriers of the rule in its order."""
    return [{"title": title, "items": _options(name)} for name, title in CLASSES]


def conditions() -> list[dict[str, Any]]:
    """Return what may go into the plan."""
    return _options(CONDITION)


def not_here() -> list[dict[str, Any]]:
    """Return what the rule has no line about, with the words by which it is looked for."""
    return [{"words": _words(typed), "what": what} for typed, what in NOT_HERE]


def difficulties() -> list[list[str]]:
    """Return the difficulties by name and label."""
    return [[name, _DIFFICULTY[name]] for name in DIFFICULTIES]


# -- the person --------------------------------------------------------------------------------


def person(patient: VirtualPatient) -> str:
    """Return in a few words who is there."""
    return f"{patient.initials}, {patient.age_years}"


def letter(patient: VirtualPatient) -> str:
    """Return the referral letter and the medication list that came with it."""
    paragraphs = "".join(f"<p>{escape(part)}</p>" for part in patient.letter.split("\n\n"))
    ward = patient.candidate.setting == "in"
    sender = "Inpatient ward" if ward else "General practice"
    if patient.medicines:
        items = "".join(f"<li>{escape(name)}</li>" for name in patient.medicines)
        medicines = (
            f"<ul>{items}</ul>"
            '<p class="trd-list-foot">As enclosed; not checked with the person.</p>'
        )
    else:
        medicines = "<p>No list came with the letter.</p>"
    look = ""
    if patient.first_look:
        look = (
            '<p class="trd-list-head trd-look">Seen at the door</p>'
            f"<p>{escape(patient.first_look)}</p>"
        )
    return (
        '<div class="trd-letter">'
        f'<p class="trd-from">{sender}<span>to the screening clinic</span></p>'
        f'<p class="trd-re">Re: {escape(person(patient))}: ketamine for depression</p>'
        f"{paragraphs}"
        '<p class="trd-sign">With kind regards,<br>the referring doctor</p></div>'
        '<div class="trd-list"><p class="trd-list-head">Medication list</p>'
        f"{medicines}{look}</div>"
    )


def entry(action: Mapping[str, Any], answer: str) -> str:
    """Return one line of the chart."""
    found = inquiry(action["do"], action["what"])
    kind, mark = ("ask", "Asked") if found.kind == ASK else ("test", "Result")
    return (
        f'<span class="trd-time">{clock(action["t_s"])}</span>'
        f'<span class="trd-note trd-{kind}"><span class="trd-asked">{mark}: '
        f'{escape(found.label)}</span><span class="trd-said">{escape(answer)}</span></span>'
    )


def decided(action: Mapping[str, Any]) -> str:
    """Return the decision as the last line of the chart."""
    codes = "; ".join(explain(code).what for code in action["reasons"]) or "no barrier named"
    plan = "; ".join(explain(code).what for code in action["conditions"])
    more = f"<br>Plan: {escape(plan)}" if plan else ""
    return (
        f'<span class="trd-time">{clock(action["t_s"])}</span>'
        f'<span class="trd-note trd-done"><span class="trd-asked">Decided</span>'
        f'<span class="trd-said"><strong>{escape(HEADLINES[action["disposition"]])}</strong><br>'
        f"{escape(codes)}{more}</span></span>"
    )


# -- the debrief -------------------------------------------------------------------------------


def debrief(found: Account) -> str:
    """Return what the visit came to: marks, reasons, what each step bought."""
    truth = found.debrief.truth
    assert truth is not None  # noqa: S101 - an account has one
    return "".join(
        (
            _verdict(found),
            _marks(found),
            _reasons_table(found),
            _conditions_table(found) if truth.disposition == ELIGIBLE else "",
            _missed(found),
            _bought(found),
            _disagree(found),
        )
    )


def _verdict(found: Account) -> str:
    debrief = found.debrief
    truth = debrief.truth
    assert truth is not None  # noqa: S101 - an account has one
    if debrief.critical_errors:
        kind, words = "bad", "Something dangerous was missed"
    elif found.right:
        kind, words = "good", "The rule’s decision, and borne out"
    elif found.decision["disposition"] == truth.disposition:
        kind, words = "partial", "The rule’s decision, but not borne out by what was asked"
    else:
        kind, words = "no", "Not the rule’s decision"
    points = f"{_number(debrief.points)} of {debrief.max_points:g} points"
    errors = "".join(
        f'<p class="trd-error-line">{escape(worded(text))} This takes all points.</p>'
        for text in debrief.critical_errors
    )
    notes = "".join(f"<p>{escape(text)}</p>" for text in truth.notes)
    chosen = found.decision["disposition"]
    yours = (
        "" if chosen == truth.disposition else f"<p>You decided: {escape(HEADLINES[chosen])}.</p>"
    )
    remark = ""
    if found.patient.looks_bad:
        remark = "<p>There were findings that look like a barrier, and none of them is one.</p>"
    elif found.patient.looks_fine and not _on_paper(found):
        remark = "<p>Neither letter nor list said it: it had to be asked or tested.</p>"
    wasted = len(debrief.wasteful)
    if found.right and wasted:
        steps = "step was" if wasted == 1 else "steps were"
        remark += f"<p>It could be had for less: {wasted} {steps} wasteful.</p>"
    return (
        f'<p class="trd-headline">{badge(kind, words)} <strong>{points}</strong></p>{errors}'
        f'<p class="trd-rule">By this course’s rule: <strong>'
        f"{escape(headline(truth))}.</strong></p>"
        f"{yours}{remark}{notes}"
    )


def _on_paper(found: Account) -> bool:
    """Whether letter or list names any part of a reason."""
    told = found.patient.known - set(KNOWN_AT_START)
    return any(each.applies and told & set(row(each.code).reads) for each in found.reasons)


def _number(value: float) -> str:
    return f"{round(value, 1):g}"


def _marks(found: Account) -> str:
    truth = found.debrief.truth
    barrier = truth is not None and truth.disposition != ELIGIBLE

    def remark(label: str, earned: float, most: float, why: str) -> str:
        if barrier and label == _CONDITIONS_LABEL and earned == most:
            why = "Not asked for where there is a barrier."
        return f'<br><span class="trd-small">{escape(worded(why))}</span>' if why else ""

    rows = "".join(
        "<tr>"
        f'<th scope="row">{escape(label)}'
        + remark(label, earned, most, why)
        + f'</th><td class="trd-points">{_number(earned)} of {most:g}</td>'
        f'<td><span class="trd-meter" aria-hidden="true"><span style="width:'
        f'{100 * earned / most:.0f}%"></span></span></td>'
        f"</tr>"
        for label, earned, most, why in found.debrief.breakdown
    )
    how = "".join(
        f"<li><strong>{escape(rule.label)}.</strong> {escape(rule.rule)}</li>" for rule in MARKING
    )
    lost = " before the critical error" if found.debrief.critical_errors else ""
    return (
        f"<h5>Marks{lost}</h5><table><tbody>{rows}</tbody></table>"
        "<details><summary>How it is marked (a convention of this course)</summary>"
        f"<ul>{how}</ul></details>"
    )


def _state(reason: Reason) -> str:
    if reason.within:
        return badge("na", f"belongs to {reason.within}, need not be named")
    if not reason.applies:
        return badge("bad", "named, does not apply")
    if not reason.asked_for:
        return badge(
            "na", "named, not marked" if reason.named else "not asked for: enough was known to act"
        )
    if reason.named and reason.shown_by:
        return badge("good", "found and named")
    if reason.named:
        return badge("partial", "named without having been found")
    return badge("bad", "found, not named" if reason.shown_by else "missed")


def _where(reason: Reason) -> str:
    if reason.shown_by:
        return f"Shown by: {escape(reason.shown_by)}"
    if reason.ask:
        return "Would have shown it: " + escape("; ".join(each.label for each in reason.ask))
    return ""


def _reasons_table(found: Account) -> str:
    if not found.reasons:
        return "<h5>Reasons</h5><p>There was no barrier to find.</p>"
    items = ""
    for reason in found.reasons:
        words = explain(reason.code)
        why = f"{escape(_why(found, reason.code))} <em>{escape(_sentence(words.until))}</em>"
        where = _where(reason) if reason.applies else ""
        items += (
            f"<li>{_state(reason)} <strong>{escape(words.what)}</strong> {tag(reason.code)}"
            + (f"<br>{why}" if reason.applies else "")
            + (f'<br><span class="trd-small">{where}</span>' if where else "")
            + "</li>"
        )
    return f'<h5>Reasons</h5><ul class="trd-found">{items}</ul>'


def _why(found: Account, code: str) -> str:
    """Say why a reason matters in this person: its line may be about two findings."""
    if code == "E3" and not found.patient.candidate.red_flag_symptoms:
        return "So little oxygen at rest comes first, whatever the person feels."
    return explain(code).why


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:] + "."


def _conditions_table(found: Account) -> str:
    if not found.conditions:
        return "<h5>Conditions for the plan</h5><p>There were none to name.</p>"
    items = ""
    for reason in found.conditions:
        words = explain(reason.code)
        if not reason.applies:
            mark = badge("bad", "named, does not apply")
        else:
            mark = badge("good", "named") if reason.named else badge("no", "left out")
        plan = f"<br>{escape(_sentence(words.until))}" if reason.applies else ""
        items += f"<li>{mark} <strong>{escape(words.what)}</strong> {tag(reason.code)}{plan}</li>"
    return f'<h5>Conditions for the plan</h5><ul class="trd-found">{items}</ul>'


def _missed(found: Account) -> str:
    words = _not_asked(
        found,
        found.debrief.omitted,
        "Not asked, though an emergency or contraindication could hide there",
    )
    # Whoever finds no barrier must have looked for all of them.
    if found.decision["disposition"] == ELIGIBLE:
        words += _not_asked(
            found,
            [each.key for each in found.unasked],
            "Not asked, though a referral or a delay could hide there",
        )
    return words


def _not_asked(found: Account, keys: Sequence[str], title: str) -> str:
    if not keys:
        return ""
    labels = {each.key: each.label for each in INQUIRIES}
    items = "".join(
        f"<li>{escape(labels[key])}<br><span class='trd-small'>It would have brought: "
        f"{escape(_answer(found.patient, key))}</span></li>"
        for key in keys
    )
    return f"<h5>{title}</h5><ul>{items}</ul>"


def _answer(patient: VirtualPatient, key: str) -> str:
    words = patient.answers[key]
    if key == "reproductive" and patient.candidate.pregnancy != "na":
        words += f" Then the pregnancy test: {patient.answers['pregnancy-test']}"
    return words


def _bought(found: Account) -> str:
    if not found.bought:
        return "<h5>What each step bought</h5><p>Nothing was asked or ordered.</p>"
    rows = ""
    for time, what, brought in found.bought:
        finding = "brought to light" in brought or "a warning sign" in brought
        waste = "wasteful" in brought
        sign = ("waste", "✗") if waste else ("find", "●") if finding else ("", "·")
        words = escape(worded(brought))
        rows += (
            f'<tr class="trd-{sign[0]}"><td class="trd-points">{time}</td>'
            f'<td><span aria-hidden="true">{sign[1]} </span>{escape(what)}</td>'
            f"<td>{words}</td></tr>"
        )
    wasteful = len(found.debrief.wasteful)
    note = f"{wasteful} of them wasteful" if wasteful else "none of them wasteful"
    steps = len(found.bought)
    many = f"each of the {steps} steps" if steps > 1 else "the one step"
    return (
        f"<details{' open' if wasteful else ''}><summary>What {many} "
        f'bought: {note}</summary><div class="trd-scroll"><table class="trd-bought"><thead><tr>'
        '<th scope="col">Time</th><th scope="col">Step</th><th scope="col">What it brought</th>'
        f"</tr></thead><tbody>{rows}</tbody></table></div></details>"
    )


def _disagree(found: Account) -> str:
    listed = found.reasons if found.reasons else found.conditions
    codes = [each.code for each in listed if each.applies]
    if "D3" in codes and not found.patient.candidate.urine_drug_screen_unexplained:
        # Sources differ on the urine drug screen; nobody differs on somebody who is drunk.
        codes.remove("D3")
    items = "".join(
        f"<li><strong>{escape(explain(code).what)}</strong> {tag(code)}: "
        f"{escape(explain(code).disagreement)}</li>"
        for code in codes
        if not explain(code).sources_agree
    )
    if not items:
        return ""
    return f"<h5>Where sources disagree</h5><ul>{items}</ul>"


# -- the tally ---------------------------------------------------------------------------------


def results(visits: Sequence[Visit]) -> str:
    """Return the results kept across patients as a table."""
    columns = [tally(visits, name) for name in (*DIFFICULTIES, None)]
    heads = [*_DIFFICULTY.values(), "All"]
    heads[0] = "Straight\u00adforward"  # may break on a narrow screen

    def line(label: str, cell: Callable[[Tally], str], always: bool = False) -> str:
        cells = "".join(f"<td>{cell(t) if t.seen or always else '–'}</td>" for t in columns)
        return f'<tr><th scope="row">{label}</th>{cells}</tr>'

    rows = (
        line("Patients seen", lambda t: str(t.seen), always=True)
        + line("Right decisions", lambda t: f"{t.right} ({100 * t.right / t.seen:.0f}\u00a0%)")
        + line("Right in a row", lambda t: str(t.in_a_row))
        + line("Dangerous misses", lambda t: str(t.dangerous))
        + line("Wasteful steps per patient", lambda t: f"{t.wasteful:.1f}")
        + line("Safety questions answered", lambda t: f"{100 * t.safety:.0f}\u00a0%")
    )
    head = "".join(f'<th scope="col">{name}</th>' for name in heads)
    return (
        '<table class="trd-tally"><caption>Your results</caption>'
        f"<thead><tr><td></td>{head}</tr></thead><tbody>{rows}</tbody></table>"
        '<p class="trd-small">Only the first meeting with a person counts. A right decision is '
        "the rule’s, borne out by what you asked.</p>"
    )


def not_kept(why: str) -> str:
    """Return a line for a visit or results that could not be written down."""
    return (
        f'<p class="trd-note" role="status">Not kept: {escape(why)}. This visit and the results '
        "above last until this page is closed; everything else works.</p>"
    )
