"""XML of strangers: nothing is expanded or fetched, nothing hidden is read, limits hold."""

from __future__ import annotations

import pytest

from econtract_core.evidence.asic import xml_reader as xml
from econtract_core.evidence.asic.xml_reader import Canonical
from econtract_core.rules.errors import DocumentTooLarge, UnsupportedDocument

BOMB = b"""<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "bbbbbbbbbb">
<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;"><!ENTITY d "&c;&c;&c;&c;&c;&c;&c;&c;&c;&c;">]><a>&d;</a>"""


@pytest.mark.parametrize(
    "data",
    [
        BOMB,
        b'<!DOCTYPE a SYSTEM "http://example.invalid/a.dtd"><a/>',
        b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>',
        b"<!DOCTYPE a><a/>",
        b"<a>&unknown;</a>",
        b"<?xml-stylesheet href='x'?><a/>",
        b"<a><?php ?></a>",
        b'<?xml version="1.0" encoding="UTF-16"?><a/>',
        '<?xml version="1.0" encoding="UTF-16"?><a/>'.encode("utf-16"),
        '<?xml version="1.0" encoding="Shift_JIS"?><a>図</a>'.encode("cp932"),
        b"<a>\xff</a>",
        b"<a>\0</a>",
        b"<a",
        b"",
        b"hello",
        b"<a/><b/>",
        b"<a>" * 100 + b"</a>" * 100,
        b"<a>" + b"<b/>" * 100_001 + b"</a>",
        b"<a " + b" ".join(b'xmlns:n%d="urn:%d"' % (n, n) for n in range(2_100)) + b"/>",
    ],
)
def test_refused(data: bytes) -> None:
    with pytest.raises(UnsupportedDocument):
        xml.parse(data)


def test_too_large() -> None:
    with pytest.raises(DocumentTooLarge):
        xml.parse(bytes(xml.LARGEST + 1))


def test_what_is_read() -> None:
    root = xml.parse('\ufeff<?xml version="1.0" encoding="utf-8"?><a><b> 図面 </b><c>QUJD\n IA==</c></a>'.encode())
    assert [xml.text(b) for b in xml.elements(root, "b")] == ["図面"]
    assert xml.binary(xml.needed(root, "c")) == b"ABC "
    assert xml.one(root, "d") is None
    assert xml.text(None) == ""
    assert xml.elements(None) == []


@pytest.mark.parametrize("hidden", [b"<b>ab<!-- --></b>", b"<b>ab<c/></b>"])
def test_text_with_something_in_it(hidden: bytes) -> None:
    root = xml.parse(b"<a>" + hidden + b"</a>")
    with pytest.raises(UnsupportedDocument):
        xml.text(xml.needed(root, "b"))


def test_not_exactly_one() -> None:
    root = xml.parse(b"<a><b/><b/></a>")
    with pytest.raises(UnsupportedDocument):
        xml.one(root, "b")
    with pytest.raises(UnsupportedDocument):
        xml.needed(root, "c")
    with pytest.raises(UnsupportedDocument):
        xml.binary(xml.needed(xml.parse(b"<a><b>!</b></a>"), "b"))


def test_ids_of_every_spelling() -> None:
    root = xml.parse(b'<a Id="1"><b ID="1"/><c id="2" xml:id="3"/></a>')
    assert {key: len(nodes) for key, nodes in xml.ids(root).items()} == {"1": 2, "2": 1, "3": 1}


# --- canonical forms -----------------------------------------------------------------------------------------------------

DOCUMENT = (
    b'<a xmlns="urn:a" xmlns:b="urn:b" xmlns:c="urn:c">\n<b:x  z="1"\ty="2&#10;" c:w="3"><!-- said --><b:empty/>&lt;\r\n'
    b"<![CDATA[<raw>]]></b:x></a>"
)


def test_inclusive_and_exclusive() -> None:
    (node,) = xml.elements(xml.parse(DOCUMENT))
    body = b"<b:empty></b:empty>&lt;\n&lt;raw&gt;</b:x>"
    head = b'<b:x xmlns="urn:a" xmlns:b="urn:b" xmlns:c="urn:c" y="2&#xA;" z="1" c:w="3">'
    assert xml.canonical(node, Canonical()) == head + body
    assert xml.canonical(node, Canonical(comments=True)) == head + b"<!-- said -->" + body
    narrow = b'<b:x xmlns:b="urn:b" xmlns:c="urn:c" y="2&#xA;" z="1" c:w="3">'
    assert xml.canonical(node, Canonical(exclusive=True)) == narrow + body
    (empty,) = xml.elements(node)
    with_c = Canonical(exclusive=True, prefixes=("c",))
    assert xml.canonical(empty, with_c) == b'<b:empty xmlns:b="urn:b" xmlns:c="urn:c"></b:empty>'


def test_what_would_be_inherited_is_refused() -> None:
    """xml: attributes of elements above belong to an inclusive form, by rules that differ between its versions."""
    (node,) = xml.elements(xml.parse(b'<a xml:base="http://example.invalid/"><b/></a>'))
    with pytest.raises(UnsupportedDocument):
        xml.canonical(node, Canonical())
    assert xml.canonical(node, Canonical(exclusive=True)) == b"<b></b>"


def test_a_namespace_without_a_place() -> None:
    (node,) = xml.elements(xml.parse(b'<a xmlns:n="relative/path"><n:b/></a>'))
    with pytest.raises(UnsupportedDocument):
        xml.canonical(node, Canonical())


EXCLUSIVE = "http://www.w3.org/2001/10/xml-exc-c14n#"


@pytest.mark.parametrize(
    ("written", "how"),
    [
        ('Algorithm="http://www.w3.org/TR/2001/REC-xml-c14n-20010315"/>', Canonical()),
        ('Algorithm="http://www.w3.org/2006/12/xml-c14n11"/>', Canonical()),
        (f'Algorithm="{EXCLUSIVE}WithComments"/>', Canonical(exclusive=True, comments=True)),
        (
            f'Algorithm="{EXCLUSIVE}"><i:InclusiveNamespaces xmlns:i="{EXCLUSIVE}" PrefixList="a #default"/></m>',
            Canonical(exclusive=True, prefixes=("a", "#default")),
        ),
        (f'Algorithm="{EXCLUSIVE}"><other/></m>', None),
        ('Algorithm="http://www.w3.org/TR/1999/REC-xslt-19991116"/>', None),
        ('Algorithm="http://www.w3.org/2000/09/xmldsig#enveloped-signature"/>', None),
        ("/>", None),
    ],
)
def test_methods(written: str, how: Canonical | None) -> None:
    assert xml.method(xml.parse(f"<m {written}".encode())) == how


def test_without_a_method_it_is_inclusive() -> None:
    assert xml.method(None) == Canonical()
