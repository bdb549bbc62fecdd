"""Hostile XML: one sentence and a stable code each, nothing expanded, nothing fetched.

The attacks follow the OWASP XML External Entity Prevention Cheat Sheet and "billion laughs" (CWE-776, CWE-611).
"""

from __future__ import annotations

import pytest

from latticework.kernel.errors import InvalidLabel, InvalidPolicyFile
from latticework.kernel.labels import SecurityPolicy, exercise_policy
from latticework.kernel.labels.extension import MAX_LABEL_BYTES
from latticework.kernel.labels.spif import MAX_POLICY_BYTES

NS = "http://surevine.com/xmlns/spiffy"
POLICY = exercise_policy()
LAUGHS = "<!DOCTYPE a [<!ENTITY a0 'ha'>" + "".join(
    f"<!ENTITY a{n} '{f'&a{n - 1};' * 10}'>" for n in range(1, 10)) + "]>"
GOOD = f'<label xmlns="{NS}"><policy id="{POLICY.id}"/><classification lacv="2"/></label>'

HOSTILE = {
    "billion laughs": f'{LAUGHS}<label xmlns="{NS}">&a9;</label>'.encode(),
    "billion laughs in an attribute": f'{LAUGHS}<label xmlns="{NS}" a="&a9;"/>'.encode(),
    "billion laughs in UTF-16": f'{LAUGHS}<label xmlns="{NS}">&a9;</label>'.encode("utf-16"),
    "billion laughs in UTF-16 without a mark": f'{LAUGHS}<label xmlns="{NS}">&a9;</label>'.encode("utf-16-le"),
    "billion laughs in UTF-32": f'{LAUGHS}<label xmlns="{NS}">&a9;</label>'.encode("utf-32"),
    "external entity":
        f'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/hostname">]><label xmlns="{NS}">&x;</label>'.encode(),
    "external document type": f'<!DOCTYPE a SYSTEM "http://127.0.0.1:9/a.dtd"><label xmlns="{NS}"/>'.encode(),
    "parameter entity": f'<!DOCTYPE a [<!ENTITY % x SYSTEM "http://127.0.0.1:9/"> %x;]><label xmlns="{NS}"/>'.encode(),
    "undefined entity": f'<label xmlns="{NS}">&nothing;</label>'.encode(),
    "empty": b"",
    "spaces": b"   \n",
    "no XML": b"UNCLASSIFIED",
    "only a declaration": b"<?xml version='1.0'?>",
    "truncated": GOOD.encode()[:-9],
    "two roots": (GOOD + GOOD).encode(),
    "nested deeply": f'<label xmlns="{NS}">{"<a>" * 200}{"</a>" * 200}</label>'.encode(),
    "nested very deeply": f'<label xmlns="{NS}">{"<a>" * 30000}{"</a>" * 30000}</label>'.encode(),
    "not UTF-8": f'<label xmlns="{NS}">é</label>'.encode("latin-1"),
    "another encoding declared": f'<?xml version="1.0" encoding="ISO-8859-1"?>{GOOD}'.encode(),
    "Shift JIS": f'<?xml version="1.0" encoding="Shift_JIS"?><label xmlns="{NS}">秘</label>'.encode("shift_jis"),
    "UTF-16 declared in UTF-8": f'<?xml version="1.0" encoding="UTF-16"?>{GOOD}'.encode(),
    "EBCDIC": GOOD.encode("cp500"),
    "NUL": GOOD.replace("<policy", "\0<policy").encode(),
    "control character": GOOD.replace("<policy", "\x01<policy").encode(),
    "undeclared prefix": f'<x:label xmlns="{NS}"/>'.encode(),
    "the same attribute twice": f'<label xmlns="{NS}" a="1" a="2"/>'.encode(),
    "two declarations": f'<?xml version="1.0"?><?xml version="1.0" encoding="utf-16"?>{GOOD}'.encode(),
    "random": bytes(range(256)),
}


def is_one_clear_sentence(text: str) -> bool:
    return len(text) < 250 and text.endswith(".") and "\n" not in text and "Traceback" not in text and "0x" not in text


@pytest.mark.parametrize("data", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_labels_are_refused(data):
    with pytest.raises(InvalidLabel) as refused:
        POLICY.read(data)
    assert refused.value.code == "LW-1101"
    assert is_one_clear_sentence(refused.value.message)
    assert "haha" not in refused.value.message


@pytest.mark.parametrize("data", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_policy_files_are_refused(data):
    with pytest.raises(InvalidPolicyFile) as refused:
        SecurityPolicy.from_spif_bytes(data)
    assert refused.value.code == "LW-1102"
    assert is_one_clear_sentence(refused.value.message)


def test_size_is_capped_before_anything_is_read():
    with pytest.raises(InvalidLabel, match=f"more than {MAX_LABEL_BYTES} bytes"):
        POLICY.read(b"<" * (MAX_LABEL_BYTES + 1))
    with pytest.raises(InvalidPolicyFile, match=f"more than {MAX_POLICY_BYTES} bytes"):
        SecurityPolicy.from_spif_bytes(b"<" * (MAX_POLICY_BYTES + 1))


def test_an_endless_file_is_not_read_to_its_end():
    with pytest.raises(InvalidPolicyFile, match="more than"):
        SecurityPolicy.from_spif("/dev/zero")


@pytest.mark.parametrize("path", ["/does/not/exist.xml", "/"])
def test_a_file_that_cannot_be_read(path):
    with pytest.raises(InvalidPolicyFile, match="cannot be read"):
        SecurityPolicy.from_spif(path)


def test_a_comment_does_not_cut_a_word_in_two():
    # The trick that let "admin@example.com<!---->.evil" through SAML readers (CVE-2017-11427 and its kin).
    text = ('<originatorConfidentialityLabel xmlns="urn:nato:stanag:4774:confidentialitymetadatalabel:1:0">'
            "<ConfidentialityInformation><PolicyIdentifier>EXERCISE</PolicyIdentifier>"
            "<Classification>TOP<!-- SECRET --> SEC<?x y?>RET</Classification>"
            "</ConfidentialityInformation></originatorConfidentialityLabel>")
    assert POLICY.read(text.encode()).classification == 4


@pytest.mark.parametrize("data", [
    GOOD.encode(), GOOD.encode("utf-8-sig"), GOOD.encode("utf-16"),
    f'<?xml version="1.0" encoding="UTF-8"?>{GOOD}'.encode(),
    f'<?xml version="1.0" encoding="UTF-16"?>{GOOD}'.encode("utf-16"),
    f"<?xml version='1.0' encoding='us-ascii'?>\n<!-- a comment -->\n{GOOD}".encode(),
])
def test_plain_encodings_are_read(data):
    assert POLICY.read(data).classification == 2


def test_nesting_is_capped_also_where_nobody_looks():
    deep = f'<x:a xmlns:x="urn:x">{"<x:a>" * 99}{"</x:a>" * 99}</x:a>'
    with pytest.raises(InvalidLabel, match="nested deeper than 64"):
        POLICY.read(GOOD.replace("</label>", deep + "</label>").encode())
