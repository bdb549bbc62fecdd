"""Coverage-guided (atheris) and generated (hypothesis) input for every decoder of labels."""

from __future__ import annotations

from importlib.resources import files

from tests.fuzz.kernel import targets_labels as targets
from tests.fuzz.kernel.fuzzing import suite

from latticework.kernel.ids import MemberId
from latticework.kernel.labels import Label, Release


def _good() -> dict[str, list[bytes]]:
    """Return well-formed input for each target, for the fuzzers to begin with."""
    full = Label(
        policy="EXERCISE", classification=3,
        release=Release(members=frozenset({"JPN", "CAN"}), groups=frozenset({"G@1"})),
        restrictive=frozenset({"Special Handling/CEDAR"}), informative=frozenset({"Handling/DRAFT"}),
        originators=frozenset({MemberId("JPN")}), expires_ms=1,
    )
    written = targets.POLICY.write(full, created_ms=0)
    inside = b'<Classification>SECRET</Classification><Category TagName="Releasable To" Type="PERMISSIVE">' \
             b"<GenericValue>JPN</GenericValue></Category>"
    spif = (files("latticework.kernel.labels") / "policies" / "exercise.spif.xml").read_bytes()
    return {
        "label": [written, targets.POLICY.write_plain(full)], "label_inside": [inside], "policy": [spif[:4000], spif],
        "policy_inside": [b'<markingData phrase="x"><code>pageTop</code></markingData><securityCategoryTagSets>'
                          b'<securityCategoryTagSet name="S" id="1.3"><securityCategoryTag name="T" tagType="tagType7">'
                          b'<tagCategory name="C" lacv="1"/></securityCategoryTag></securityCategoryTagSet>'
                          b"</securityCategoryTagSets>"],
    }


GOOD = _good()


EXAMPLES = (b"", b"<a>" * 100_000, b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", "<a>—</a>".encode("utf-16"),
            "<a>—</a>".encode("utf-32"))
test_atheris_finds_nothing, test_anything_is_refused_with_one_of_our_own_errors, \
    test_small_changes_of_good_input_are_handled = suite(targets, GOOD, runs=3000, examples=EXAMPLES)
