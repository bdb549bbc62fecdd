"""What a policy names, the EXERCISE policy, and the names that `latticework.kernel.labels` promises."""

from __future__ import annotations

from pathlib import Path

import pytest

from latticework.kernel import labels
from latticework.kernel.errors import InvalidLabel
from latticework.kernel.labels import SecurityPolicy, exercise_policy

FILE = Path(labels.__file__).parent / "policies" / "exercise.spif.xml"


def test_the_package_exports_what_it_says():
    assert len(set(labels.__all__)) == len(labels.__all__)
    assert all(hasattr(labels, name) for name in labels.__all__)
    promised = {"Category", "Label", "Release", "SecurityPolicy", "exercise_policy", "join", "map_label"}
    assert promised <= set(labels.__all__)


def test_exercise_is_loaded_once_and_says_that_it_is_invented():
    policy = exercise_policy()
    assert policy is exercise_policy()
    assert repr(policy) == "SecurityPolicy('EXERCISE')"
    assert policy.levels == (0, 1, 2, 3, 4)
    assert [policy.classification_name(level) for level in policy.levels] == [
        "UNCLASSIFIED", "RESTRICTED", "CONFIDENTIAL", "SECRET", "TOP SECRET"]
    assert policy.release_names == ("JPN", "USA", "AUS", "KOR", "PHL", "IND", "GBR", "NZL", "NLD", "TWN")
    assert policy.restrictive == ("Special Handling/LANTERN", "Special Handling/BREAKWATER", "Special Handling/CEDAR")
    assert policy.informative == ("Handling/DRAFT", "Handling/PERSONAL", "Handling/COMMERCIAL")
    assert all(policy.color(level) is None for level in policy.levels), "the look has its own colors"
    assert "invented" in FILE.read_text(encoding="utf-8")


def test_an_unknown_rank_has_no_name():
    with pytest.raises(InvalidLabel):
        exercise_policy().classification_name(9)


def test_a_policy_loads_from_a_path_in_words_too(tmp_path):
    file = tmp_path / "policy.xml"
    file.write_bytes(FILE.read_bytes())
    assert SecurityPolicy.from_spif(str(file)).id == SecurityPolicy.from_spif(file).id == exercise_policy().id


def test_it_names_caveats_in_its_languages() -> None:
    policy = exercise_policy()
    assert policy.caveat_name("Handling/COMMERCIAL") == "COMMERCIAL"
    assert policy.caveat_name("Handling/COMMERCIAL", "ja") == "営業秘密"
    assert policy.caveat_name("Special Handling/LANTERN", "ja") == "LANTERN"
    assert policy.caveat_name("Elsewhere/WORD", "ja") == "WORD"
