"""What anybody may have typed, shown as words: nothing runs, nothing is fetched."""

from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trd.grading import objectives as lessons
from trd.grading.feedback.markdown import markdown_filter, rubric_of, safe_line, safe_markdown

TAGS = {
    *("p", "br", "strong", "em", "s", "code", "pre", "a", "ul", "ol", "li", "blockquote", "hr"),
    *("h1", "h2", "h3", "h4", "h5", "h6", "table", "thead", "tbody", "tr", "th", "td", "div"),
}
ATTRIBUTES = {
    *("href", "title", "rel", "target", "class", "style", "start"),
    *("role", "aria-label", "tabindex"),
}


class Seen(HTMLParser):
    """Every tag and attribute of a piece of HTML."""

    def __init__(self, html):
        super().__init__()
        self.tags, self.attributes, self.links = set(), set(), []
        self.odd = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self.links += [value for name, value in attrs if name == "href"]

    def handle_comment(self, data):
        self.odd.append(data)

    handle_decl = handle_pi = unknown_decl = handle_comment


def _inert(html):
    seen = Seen(html)
    assert seen.tags <= TAGS
    assert seen.attributes <= ATTRIBUTES
    assert seen.odd == []
    for link in seen.links:
        assert link.lower().startswith(("http://", "https://", "mailto:")), link


HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "a <svg/onload=alert(1)> b",
    "<!-- --!><script>alert(1)</script> -->",
    "<style>@import 'http://outside.invalid'</style>",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](java&#x73;cript:alert(1))",
    "[x](&#x01;javascript:alert(1))",
    "[x]( javascript:alert(1))",
    "[x](<java\tscript:alert(1)>)",
    "[x](data:text/html,<script>alert(1)</script>)",
    "[x](vbscript:x)",
    "[x](file:///etc/passwd)",
    "[x](//outside.invalid)",
    "[x][y]\n\n[y]: javascript:alert(1)",
    "<javascript:alert(1)>",
    '[x](https://a.example "onmouseover=alert(1)")',
    '[x](https://a.example/"onmouseover="alert(1))',
    "![x](http://outside.invalid/pixel.png)",
    '![x" onerror="alert(1)](http://outside.invalid/x)',
    "![<img src=x onerror=alert(1)>](http://outside.invalid/x)",
    '```"><script>alert(1)</script>\nx\n```',
    '# <img src=x onerror="alert(1)">',
    "| <script>a</script> |\n|---|\n| <img src=x> |",
    "<![CDATA[<script>x</script>]]><?php x ?><!DOCTYPE x>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_runs_and_nothing_is_fetched(text):
    for html in (safe_markdown(text), safe_markdown(text, lines=True, headings=False)):
        _inert(html)
        assert "<img" not in html
    _inert(safe_line(text))


@given(st.text(alphabet="<>&\"'`[]()!#*_-|:/=\\ \n\tascriptjvhx1", max_size=200))
def test_no_mixture_of_marks_gets_through(text):
    _inert(safe_markdown(text, lines=True))


def test_what_was_typed_can_still_be_read():
    html = safe_markdown("If p < 0.05 & <b>bold</b>, see [here](javascript:x)")
    assert "p &lt; 0.05 &amp; &lt;b&gt;bold&lt;/b&gt;" in html
    assert "[here](javascript:x)" in html


def test_links_give_nothing_away():
    seen = Seen(safe_markdown("[NICE](https://www.nice.org.uk/guidance)"))
    assert seen.links == ["https://www.nice.org.uk/guidance"]
    html = safe_markdown("[NICE](https://www.nice.org.uk/guidance)")
    assert 'rel="noopener noreferrer nofollow"' in html


def test_a_picture_is_named_and_not_fetched():
    assert "[picture: a *chart*]".replace("*", "") in safe_markdown("![a chart](http://x.y/z.png)")
    assert "http" not in safe_markdown("![a chart](http://x.y/z.png)")


def test_tables_lists_and_quotations_are_drawn():
    html = safe_markdown("| Drug | mg |\n|---|--:|\n| A | 20 |\n\n> said\n\n- one\n- two")
    assert {"table", "blockquote", "ul", "li"} <= Seen(html).tags
    assert 'style="text-align:right"' in html
    # Wide tables are scrolled in a frame that the keyboard reaches.
    assert html.index('tabindex="0"') < html.index("<table")


def test_lines_of_people_who_know_no_markdown_are_kept():
    assert "<br" in safe_markdown("Dear Dr P.,\nthank you", lines=True)
    assert "<br" not in safe_markdown("Dear Dr P.,\nthank you")


def test_quoted_words_bring_no_headings():
    html = safe_markdown("# Big\n\nUnder\n=====", headings=False)
    assert not Seen(html).tags & {"h1", "h2"}
    assert "Big" in html
    assert "h1" in Seen(safe_markdown("# Big")).tags


def test_the_rubric_comes_back_out_of_its_quotation():
    text = "**Rubric** (2 points)\n\n- 1: names the rule\n- 1: is kind"
    quoted = "\n".join(
        f"> {line}".rstrip() for line in ["**For the marker** (x)", "", *text.split("\n")]
    )
    assert rubric_of(quoted) == text
    assert rubric_of(text) == text


def test_the_formgrader_frames_rubrics_and_flattens_answers():
    def shown(source, **metadata):
        return markdown_filter({"cell": {"metadata": metadata}}, source)

    assert 'class="trd-rubric"' in shown("> - 1: x", trd={"kind": "rubric"})
    assert "<h1" in shown("# The case")
    answer = shown("# Mine\na\nb", nbgrader={"solution": True})
    assert "<h1" not in answer
    assert "<br" in answer
    # A forged mark makes no rubric out of script.
    assert "<script" not in shown("<script>x</script>", trd={"kind": "rubric"})
    assert markdown_filter({}, "plain") == "<p>plain</p>\n"


def test_objectives_are_read_from_the_lessons():
    known = lessons.objectives()
    assert "LO-1.2" in known
    assert known["LO-1.2"].words.startswith("Decide whether")
    assert "*(" not in known["LO-1.2"].words
    assert known["LO-1.2"].lesson == "What is treatment-resistant depression?"
    assert lessons.wording()["LO-1.5"].startswith("Explain the disputed STAR*D figures")


def test_lessons_that_cannot_be_read_are_left_out(tmp_path):
    (tmp_path / "01_bad.ipynb").write_text("no notebook")
    assert lessons.objectives(tmp_path) == {}
