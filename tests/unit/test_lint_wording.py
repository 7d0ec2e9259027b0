"""The wording rules catch the sentences they are for and leave their neighbours alone."""

import sys
from pathlib import Path

import pytest

from trd.lint import check
from trd.lint.document import Project

sys.path.insert(0, str(Path(__file__).parents[1] / "fixtures" / "lint"))

from sample_course import LESSON, SampleCourse


def fired(root: Path, sentence: str) -> set[str]:
    course = SampleCourse()
    course.cell(LESSON, "take-aways")["source"] = f"## Take-aways\n\nContent note.\n\n{sentence}"
    course.cell(LESSON, "take-aways")["metadata"]["trd"]["kind"] = "task"
    course.write(root)
    return {finding.rule for finding in check([root / LESSON], Project(root))}


@pytest.mark.parametrize(
    "sentence",
    [
        "Her brother committed suicide.",
        "He made a failed suicide attempt.",
        "An addict came in.",
        "A treatment-resistant patient was seen.",
        "Treatment-resistant patients were seen.",
        "These are failed patients.",
        "She failed two drugs.",
        "The patient has failed sertraline.",
        "A schizophrenic was seen.",
        "The depressed need care.",
        "Depressed patients were asked.",
        "She suffers from depression.",
        "He was non-compliant.",
        "Sufferers know.",
        "The mentally ill were asked.",
    ],
)
def test_people_come_first(sentence, tmp_path):
    assert fired(tmp_path, sentence) == {"person-first"}


# The list of sentences that go further than the evidence, section by section of the course notes.
@pytest.mark.parametrize(
    "sentence",
    [
        "TRD is defined as two failures.",
        "Treatment-resistant depression is defined as two trials.",
        "Two thirds recover if you keep trying.",
        "STAR*D was fraudulent.",
        "STAR\\*D was debunked.",
        "One third of people with depression have TRD.",
        "The FDA requires different classes.",
        "The FDA requires 6 weeks.",
        "ATHF-SF says 40 mg.",
        "57 % of TRD is bipolar.",
        "TRD raises all-cause mortality.",
        "Ketamine beats ECT.",
        "ECT is superior to ketamine.",
        "Genotyping predicts response.",
        "NICE says two drugs.",
        "The EMA says so.",
    ],
)
def test_sentences_beyond_the_evidence(sentence, tmp_path):
    assert fired(tmp_path, sentence) == {"do-not-say"}


@pytest.mark.parametrize(
    "sentence",
    [
        "The depressed mood lifted; a person with schizophrenia spoke.",
        "The trial failed; the treatment did not help her.",
        "Schizophrenic symptoms are not the topic.",
        "Substance use is a cause to look for; addiction is another.",
        "He died by suicide.",
        "The FDA label calls it TRD when two drugs did not help.",
        "One third of those on medication in one US model had TRD.",
        "In STAR\\*D two thirds is what the first report estimated.",
        "Genotyping did not predict response.",
        "In one trial ketamine was compared with ECT.",
        "NICE NG222 (2022) recommends more.",
        "“Ketamine beats ECT” is a headline, as is “TRD is defined as bad luck”.",
        "Ms K. and Dr P. talk; Mr O. The rest wait.",
    ],
)
def test_careful_sentences_pass(sentence, tmp_path):
    assert fired(tmp_path, sentence) == set()


@pytest.mark.parametrize("sentence", ["Mr Olsen waits.", "Dr. Kay waits.", "Mrs Ødegård waits."])
def test_full_names_are_refused(sentence, tmp_path):
    assert fired(tmp_path, sentence) == {"fictional-people"}


def test_words_of_items_are_read_too(tmp_path):
    course = SampleCourse()
    course.replace(LESSON, "check-adequate", "This reason one stands", "She failed, this stands")
    course.write(tmp_path)
    (finding,) = check([tmp_path / LESSON], Project(tmp_path))
    assert (finding.rule, finding.cell) == ("person-first", "check-adequate")


def test_a_wrong_option_may_say_what_the_evidence_does_not(tmp_path):
    course = SampleCourse()
    course.replace(LESSON, "check-adequate", '"two": "Two"', '"two": "Ketamine beats ECT"')
    course.write(tmp_path)
    assert check([tmp_path / LESSON], Project(tmp_path)) == []
