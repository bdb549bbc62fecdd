"""Labels on screen: chips, and the colors that policy files name."""

from __future__ import annotations

import msgspec
from tests.unit.shell.nodes import Site, label_of

from latticework.kernel.labels import SecurityPolicy, exercise_policy
from latticework.shell import marks
from latticework.shell.language import speak


def test_a_mark_says_level_letters_release_and_caveats(site: Site) -> None:
    label = label_of(4, "USA", restrictive=frozenset({"Special Handling/LANTERN"}))
    made = marks.mark(site.kernel, label)
    assert (made.css, made.letters, made.name, made.release) == ("lv-4", "TS", "TOP SECRET", "JPN USA")
    assert made.caveats == ("LANTERN",)
    assert marks.mark(site.kernel, label_of(3)).release == "originator only"
    assert marks.mark(site.kernel, label_of(0, "*")).release == "all members"
    speak("ja")
    assert marks.mark(site.kernel, label).letters == "機密"
    draft = msgspec.structs.replace(label, informative=frozenset({"Handling/DRAFT", "Elsewhere/UNKNOWN"}))
    assert marks.mark(site.kernel, draft).caveats == ("LANTERN", "UNKNOWN", "草案"), "the banner says it so too"


def test_a_label_of_a_policy_that_is_not_loaded_is_still_shown(site: Site) -> None:
    foreign = msgspec.structs.replace(label_of(2, "USA"), policy="ELSEWHERE")
    assert marks.mark(site.kernel, foreign).letters == "2"
    assert marks.banner(site.kernel, [foreign]).marking.startswith("TOP SECRET"), "less would be a guess"


SPIF = b"""<SPIF xmlns="http://www.xmlspif.org/spif" schemaVersion="2.1">
<securityPolicyId name="HUES" id="1.2.3"/><securityClassifications>
<securityClassification name="LOW" lacv="1" hierarchy="10" color="yellow"/>
<securityClassification name="MIDDLE" lacv="2" hierarchy="20" color="#102030"/>
<securityClassification name="HIGH" lacv="3" hierarchy="30" color="expression(alert(1))"/>
</securityClassifications></SPIF>"""


def test_a_policy_files_colors_are_taken_when_they_are_colors() -> None:
    policy = SecurityPolicy.from_spif_bytes(SPIF)
    css = marks.policies_css({"HUES": policy, "EXERCISE": exercise_policy()})
    assert css.splitlines() == [
        ".p-hues-10 { --cb: #ffff00; --ci: #14181a; }",  # dark ink on a light ground, and the other way round
        ".p-hues-20 { --cb: #102030; --ci: #ffffff; }",
    ]
    assert [marks.rank(policy, level) for level in (10, 20, 30)] == [0, 1, 2]
