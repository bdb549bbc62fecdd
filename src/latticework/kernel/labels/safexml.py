"""Reading XML that strangers wrote: capped, without DTDs, entities, network or comments, one sentence for every fault.

What is refused: more bytes than the limit; encodings other than UTF-8 and UTF-16; any document type declaration, since
entities (billion laughs, external files) live only there; text that is not well-formed; nesting beyond the limit.

Source: OWASP XML External Entity Prevention Cheat Sheet; XML 1.0 (fifth edition), sections 2.8, 4.3.3 and appendix F.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from lxml import etree

from latticework.kernel.errors import LabelError

MAX_DEPTH: Final = 64
"""Deepest nesting of elements; a policy file needs 8."""

_DECLARATION: Final = re.compile(r"<\?xml\s[^>]*?\?>")
_ENCODING: Final = re.compile(r"""\sencoding\s*=\s*["']([A-Za-z][A-Za-z0-9._-]*)["']""")
_BOMS: Final = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_DECLARED: Final = {"utf-8": frozenset({"utf-8", "utf8", "us-ascii", "ascii"}),
                    "utf-16-le": frozenset({"utf-16", "utf-16le"}), "utf-16-be": frozenset({"utf-16", "utf-16be"})}
"""What a declaration may name, by the encoding that the first bytes show."""
_INTEGER: Final = re.compile(r"[0-9]{1,18}")


class XmlSource(NamedTuple):
    """What is read, in the words of its faults.

    Parameters
    ----------
    what
        The word for it (``label``, ``security policy file``).
    fault
        The error to raise.
    limit
        Size cap in bytes.
    """

    what: str
    fault: type[LabelError]
    limit: int

    def refuse(self, why: str) -> LabelError:
        """Return the error that says why the thing is refused; `why` ends the sentence."""
        return self.fault(f"the {self.what} {why}.")

    def parse(self, data: bytes) -> etree._Element:
        """Return the root element of `data`.

        Raises
        ------
        LabelError
            `fault`, with one sentence, for everything that is not small, plain, well-formed XML.
        """
        if len(data) > self.limit:
            raise self.refuse(f"has more than {self.limit} bytes; it was refused unread")
        text = self._text(data)
        if "\0" in text:
            raise self.refuse("is not UTF-8 text; save it as UTF-8")
        if "<!DOCTYPE" in text:
            raise self.refuse("has a document type declaration, which is never read; remove it")
        parser = etree.XMLParser(
            encoding="utf-8",  # Never guessed: a guess could read what the checks above did not see.
            resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False, huge_tree=False,
            remove_comments=True, remove_pis=True, recover=False,
        )
        try:
            root = etree.fromstring(text.encode("utf-8"), parser)
        except (etree.XMLSyntaxError, ValueError, UnicodeError):
            # The library's text may quote the input, so it is not passed on.
            raise self.refuse("is not well-formed XML") from None
        self._check_depth(root)
        return root

    def _text(self, data: bytes) -> str:
        encoding, skip = next(((name, len(bom)) for bom, name in _BOMS if data.startswith(bom)), ("utf-8", 0))
        try:
            text = data[skip:].decode(encoding)
        except UnicodeDecodeError:
            raise self.refuse("is not UTF-8 text; save it as UTF-8") from None
        declaration = _DECLARATION.match(text)
        if declaration is None:
            return text
        declared = _ENCODING.search(declaration.group())
        if declared is not None and declared.group(1).lower() not in _DECLARED[encoding]:
            raise self.refuse(f"declares the encoding {declared.group(1)[:20]} and is not read in it; save it as UTF-8")
        rest = text[declaration.end():]
        if _DECLARATION.match(rest):
            raise self.refuse("is not well-formed XML")
        return rest

    def _check_depth(self, root: etree._Element) -> None:
        depth = 0
        for event, _ in etree.iterwalk(root, events=("start", "end")):
            depth += 1 if event == "start" else -1
            if depth > MAX_DEPTH:
                raise self.refuse(f"is nested deeper than {MAX_DEPTH} elements")

    # ---- parts -----------------------------------------------------------------------------------------------------

    def attribute(self, element: etree._Element, name: str) -> str:
        """Return an attribute that must be there."""
        value = element.get(name)
        if value is None:
            raise self.refuse(f"lacks the attribute {name!r} on its element {local_name(element)!r}")
        return value

    def number(self, element: etree._Element, name: str) -> int:
        """Return an attribute that must be a whole number of at most 18 digits."""
        return self.whole(self.attribute(element, name), name)

    def whole(self, text: str, name: str) -> int:
        """Return `text` as a whole number of at most 18 digits."""
        stripped = text.strip()
        if not _INTEGER.fullmatch(stripped):
            raise self.refuse(f"has {name!r} {text[:20]!r}, which is not a whole number")
        return int(stripped)

    def words(self, element: etree._Element) -> str:
        """Return the text of an element that must hold text alone, without surrounding space."""
        if len(element):
            raise self.refuse(f"has elements inside {local_name(element)!r}, where only text belongs")
        text = (element.text or "").strip()
        if not text:
            raise self.refuse(f"has an empty element {local_name(element)!r}")
        return text


def local_name(element: etree._Element) -> str:
    """Return the name of an element without its namespace."""
    return etree.QName(element).localname


def namespace(element: etree._Element) -> str:
    """Return the namespace of an element; empty when it has none."""
    return etree.QName(element).namespace or ""


def children(element: etree._Element, *names: str) -> Iterator[etree._Element]:
    """Yield the children with one of the local `names` in the namespace of `element`."""
    own = namespace(element)
    for child in element:
        if namespace(child) == own and local_name(child) in names:
            yield child
