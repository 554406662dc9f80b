"""Which CA writes what where. A row stands here only with evidence; whatever no row knows is read generally and called unknown.

Of the five CAs of the e-bidding core system (AOSign, e-Probatio PS2, TDB TypeA, TOiNX, DIACERT-PLUS) no published profile
with its object identifiers was to be had. What is known of AOSign is which facts its certificate carries (氏名, ローマ字氏名,
自宅住所, 商号, 本店, 法人番号, 代理権; the CA's own FAQ), not where; so they have no rows, and a real card is the way to one.
"""

from __future__ import annotations

from dataclasses import dataclass

UNKNOWN = "unknown"
DOCUMENTED, REPORTED, OWN = "documented", "reported", "own"


@dataclass(frozen=True)
class Layout:
    """`policies`: the certificate's policy is one of these or lies below one. `extension`: it carries this one instead.

    `opaque_subject`: the Subject's CN is a number and no name. `sure`: "documented" by the CA, "reported" by several who read
    real cards, or our "own".
    """

    name: str
    ca: str
    policies: tuple[str, ...]
    sure: str
    evidence: str
    extension: str = ""
    opaque_subject: bool = False


LAYOUTS = (
    # JPKI (マイナンバーカード), 署名用電子証明書. The CA's profile specification (J-LIS, 公的個人認証サービス プロファイル仕様書 3.2)
    # names policy and otherNames; found alike in kjur/jsrsasign-addon-oids and three readers of real cards. One other
    # repository numbers 生年月日 and 住所 differently, against all the rest.
    Layout(
        name="jpki-sign",
        ca="公的個人認証サービス",
        policies=("1.2.392.200149.8.5.1.1",),
        sure=DOCUMENTED,
        evidence="J-LIS プロファイル仕様書 3.2; jsrsasign addon (jpki oids); readers of real cards",
        opaque_subject=True,
    ),
    # JPKI, 利用者証明用電子証明書: carries nobody's name at all. Same sources.
    Layout(
        name="jpki-auth",
        ca="公的個人認証サービス",
        policies=("1.2.392.200149.8.5.1.3",),
        sure=DOCUMENTED,
        evidence="J-LIS プロファイル仕様書 3.2; jsrsasign addon (jpki oids)",
        opaque_subject=True,
    ),
    # 商業登記に基づく電子証明書 (file, not card): the firm stands in an extension of its own, as the Ministry of Justice's
    # 付録1 「電磁的記録への記録方式 (ASN.1 構造とオブジェクト識別子)」 defines it. Policies 1.2.392.100300.1.3.2 and .4 are
    # known from kjur/jsrsasign-addon-*; the extension decides, so that a new policy needs no new row.
    Layout(
        name="commercial-registry",
        ca="電子認証登記所",
        policies=("1.2.392.100300.1.3",),
        sure=DOCUMENTED,
        evidence="法務省 付録1 (001216068.pdf); jsrsasign addon (jpcorpreg)",
        extension="1.2.392.100300.1.1.3",
    ),
    # Practice mode's own authority; 2.999 is the arc for examples (ITU-T X.660).
    Layout(
        name="practice",
        ca="体験モード",
        policies=("2.999.392.1.1",),
        sure=OWN,
        evidence="econtract_practice/authority.py",
    ),
)


def layout_of(policies: tuple[str, ...], extensions: frozenset[str]) -> Layout | None:
    """The row that fits; None where no row does."""
    for layout in LAYOUTS:
        if layout.extension and layout.extension in extensions:
            return layout
        if any(p == known or p.startswith(known + ".") for p in policies for known in layout.policies):
            return layout
    return None
