"""What people wrote, without what is not seen but acts."""

from commonweal.kernel.texts import seen


def test_controls_and_marks_of_direction_go_and_letters_stay() -> None:
    assert seen("\u202eLl\u0177r\x00 \u2066hall\u2069\x1b[1m") == "Llŷr hall[1m"
    assert seen("\u202e \u200b") == ""


def test_blanks_of_all_sorts_are_spaces_and_lines_stay_where_asked() -> None:
    assert seen("one\u00a0two\r\nthree") == "one two  three"
    assert seen("one\ntwo\tthree\n", lines=True) == "one\ntwo three"
