"""Letters and addresses: what may be written, and to whom it can go."""

import pytest

from commonweal.messages.rules import (
    BODY_CHARACTERS,
    MAX_ADDRESS,
    MAX_LOCAL,
    MAX_SUBJECT,
    AddressNotUsable,
    Letter,
    address_key,
    checked_address,
    cleaned_body,
    cleaned_subject,
    in_ascii,
)

LONGEST = "a" * 10 + "@" + ".".join(["b" * 60] * 4)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("anna@example.org", "anna@example.org"),
        ("  Anna.Jones+hall@EXAMPLE.Org\n", "Anna.Jones+hall@example.org"),
        ("o'neil@parish.gov.uk", "o'neil@parish.gov.uk"),
        ("ŵyn@TŶ.cymru", "ŵyn@tŷ.cymru"),
        ("post@xn--t-foa.cymru", "post@xn--t-foa.cymru"),
        (LONGEST, LONGEST),
    ],
)
def test_an_address_stays_as_it_was_typed_but_for_its_domain(typed: str, kept: str) -> None:
    assert checked_address(typed) == kept


@pytest.mark.parametrize(
    "typed",
    [
        "", "anna", "anna@", "@example.org", "anna@example", "anna@@example.org", "a@b@example.org",
        "an na@example.org", "anna@exam ple.org", "anna@example..org", "anna@.example.org",
        "anna@example.org.", ".anna@example.org", "an..na@example.org", "anna.@example.org",
        "anna@example.org\r\nBcc: all@example.org", "anna\n@example.org", "anna\x00@example.org",
        "anna\u200b@example.org", "anna\u202e@example.org", "anna\ud800@example.org",
        "<anna@example.org>", "Anna <anna@example.org>", '"an na"@example.org',
        "anna@example.org,all@example.org", "anna@[127.0.0.1]", "=?utf-8?q?x?=@example.org",
        "anna@exa_mple.org", "anna@straße.de", "anna@\uff45xample.org",
        f"{'a' * (MAX_LOCAL + 1)}@example.org", "a" + LONGEST,
        f"anna@{'b' * 64}.org",
    ],
)  # fmt: skip
def test_what_no_mail_can_be_sent_to_is_no_address(typed: str) -> None:
    assert len(LONGEST) == MAX_ADDRESS
    with pytest.raises(AddressNotUsable) as refused:
        checked_address(typed)
    assert str(MAX_ADDRESS) in refused.value.message


def test_two_ways_to_type_an_address_are_one_and_two_mailboxes_are_two() -> None:
    assert address_key(" Anna@Example.ORG") == address_key("anna@example.org")
    assert address_key("straße@example.org") != address_key("strasse@example.org")
    assert address_key("anna@example.org") != address_key("anna+hall@example.org")


def test_a_domain_in_welsh_is_looked_up_as_mail_servers_do() -> None:
    assert in_ascii("tŷ.cymru") == "xn--t-foa.cymru"


def test_a_subject_is_one_short_line_whatever_is_in_it() -> None:
    assert cleaned_subject("Hall\r\nBcc: all@example.org") == "Hall Bcc: all@example.org"
    assert cleaned_subject(" Tŷ\u2028Mawr \u202e\x00") == "Tŷ Mawr"
    long = cleaned_subject("x" * (MAX_SUBJECT + 1))
    assert len(long) == MAX_SUBJECT
    assert long.endswith("x…")


def test_a_text_keeps_its_lines_and_nothing_unseen() -> None:
    assert cleaned_body("Helo,\r\n\r\nyour code:\x07 \u202e123") == "Helo,\n\nyour code: 123"
    assert len(cleaned_body("x" * (BODY_CHARACTERS.value + 1))) == BODY_CHARACTERS.value


@pytest.mark.parametrize("kind", ["", "Sign in", "a\nb", "x" * 41])
def test_a_kind_is_a_word_of_the_code(kind: str) -> None:
    with pytest.raises(ValueError, match="no kind"):
        Letter(kind, "Hello", "Hello")


@pytest.mark.parametrize(
    "link", ["mailto:a@b.cd", "https://a.org/\r\nBcc: x", "https://a.org/>,<b", "https://"]
)
def test_a_link_in_a_header_is_nothing_but_a_link(link: str) -> None:
    with pytest.raises(ValueError, match="no blanks"):
        Letter("digest", "Hello", "Hello", unsubscribe_url=link)
