"""What held when, and what was known of it when."""

from __future__ import annotations

import random

from tests.unit.workbench.law.books import DAY, RandomLaw, approval, entry, rid, rule, standing, state

from latticework.workbench.law.book import Book
from latticework.workbench.law.spans import EVER, NEVER, span, union


def test_an_amendment_holds_from_its_begin_and_what_it_amends_until_then():
    book = Book([entry(1, rule(begin=10)), entry(2, rule(begin=50), amends=1)])
    assert book.validity(rid(1)) == span(10, 50)
    assert book.validity(rid(2)) == span(50, None)
    assert [e.id for e in book.versions(rid(1))] == [rid(1), rid(2)]


def test_a_correction_takes_the_place_of_what_was_wrong_from_the_start():
    book = Book([entry(1, rule(begin=10)), entry(2, rule(begin=30), corrects=1)])
    assert book.validity(rid(1)) == NEVER
    assert book.validity(rid(2)) == span(30, None)


def test_a_corrected_amendment_amends_from_its_corrected_begin():
    book = Book([entry(1, rule(begin=10)), entry(2, rule(begin=30), amends=1), entry(3, rule(begin=60), corrects=2)])
    assert (book.validity(rid(1)), book.validity(rid(2)), book.validity(rid(3))) == (
        span(10, 60), NEVER, span(60, None))


def test_a_later_version_that_begins_earlier_takes_from_all_before_it():
    book = Book([entry(1, rule(begin=10)), entry(2, rule(begin=60), amends=1), entry(3, rule(begin=40), amends=2)])
    assert [book.validity(rid(n)) for n in (1, 2, 3)] == [span(10, 40), NEVER, span(40, None)]


def test_yesterdays_answer_can_be_given_again():
    book = Book([entry(1, rule(begin=10), known=100), entry(2, rule(begin=20), corrects=1, known=500)])
    assert book.as_known(499).validity(rid(1)) == span(10, None)
    assert book.as_known(500).validity(rid(1)) == NEVER
    assert book.as_known(99).entries == {}


def test_nobody_replaces_another_members_record_nor_one_of_another_kind():
    book = Book([entry(1, rule(begin=10)), entry(2, rule(begin=20), amends=1, author="USA"),
                 entry(3, standing(), corrects=1)])
    assert book.validity(rid(1)) == span(10, None)
    assert book.root(rid(2)) == rid(2)


def test_an_approval_is_never_changed():
    book = Book([entry(1, approval()), entry(2, approval(), corrects=1)])
    assert book.validity(rid(1)) == EVER


def test_each_state_holds_until_the_next():
    rows = [entry(2, state(1, "asked", 5)), entry(3, state(1, "granted", 10, 40)), entry(4, state(1, "revoked", 20)),
            entry(5, state(1, "granted", 30, 40)), entry(6, state(1, "granted", 0), author="USA")]
    book = Book([entry(1, approval()), *rows])
    assert book.granted(rid(1)) == union((span(10, 20), span(30, 40)))
    asked, granted = book.state_at(rid(1), 9), book.state_at(rid(1), 10)
    assert (asked[1].state, granted[1].state) == ("asked", "granted")
    assert book.state_at(rid(1), 4) is None


def test_a_corrected_state_was_never_so():
    book = Book([entry(1, approval()), entry(2, state(1, "granted", 10)),
                 entry(3, state(1, "refused", 10), corrects=2)])
    assert book.granted(rid(1)) == NEVER


def test_the_order_in_which_records_come_has_no_say():
    for seed in range(150):
        law = RandomLaw(seed)
        shuffled = list(law.entries)
        random.Random(seed).shuffle(shuffled)
        other = Book(shuffled)
        for one in law.entries:
            assert law.book.validity(one.id) == other.validity(one.id)
            assert law.book.granted(one.id) == other.granted(one.id)


def test_a_daylight_change_changes_nothing():
    # 2026-03-08 and 2026-11-01 are the changes in the United States: a day of the record is 86,400,000 ms throughout.
    begin = 1_772_928_000_000
    book = Book([entry(1, rule(begin=begin, end=begin + 2 * DAY))])
    assert book.validity(rid(1)).rows == ((begin, begin + 2 * DAY),)
