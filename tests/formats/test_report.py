"""What a report says when there is more to say than it holds."""

from app.formats.kit.describe import describe
from app.formats.kit.fields import FIELDS
from app.formats.kit.report import MAX_PLACES, MAX_SENTENCES, Report
from app.formats.registry import formats


def test_what_is_too_much_for_a_report_is_numbered_in_its_lines():
    report = Report("Exported", annotations=MAX_PLACES, images=1)
    for number in range(MAX_PLACES + 2):
        report.lose("outline", f"cat.png, object {number}")
        report.lose("color", f"class {number}", "class")
    report.lose("status", "cat.png", "image")
    for number in range(MAX_SENTENCES + 1):
        report.leave_out(f"cat.png, object {number}: its mask is empty.")
    assert describe(report).lines[0] == " ".join(describe(report).sums)
    assert describe(report).lines[MAX_SENTENCES + 1] == "And 1 more problem."
    assert describe(report).lines[-2:] == ["And the outline of 2 more objects.", "And the color of 2 more classes."]


def test_nothing_left_out_is_no_details():
    assert (describe(Report("Exported")).details, describe(Report("Exported")).sums) == (
        [],
        ["Exported 0 objects, 0 classes, 0 images."],
    )


def test_people_read_of_no_keys():
    """What a file calls a key is no word of the window, where keys are pressed."""
    texts = [field.name for field in FIELDS] + [option.text for each in formats() for option in each.options]
    assert not [text for text in texts if "keys" in text or "deals" in text]
