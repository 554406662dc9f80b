"""The people of practice mode. Made-up persons and a made-up firm; the numbers have right check digits."""

from __future__ import annotations

from dataclasses import dataclass, replace

from cryptography import x509
from cryptography.x509.oid import NameOID

ORGANIZATION_IDENTIFIER = x509.ObjectIdentifier("2.5.4.97")
DESCRIPTION = x509.ObjectIdentifier("2.5.4.13")


def corporate_number(base: str) -> str:
    """法人番号: the check digit before 12 digits (法人番号の指定等に関する省令 第2条; facts.md 6)."""
    total = sum(int(digit) * (1 if n % 2 else 2) for n, digit in enumerate(reversed(base), start=1))
    return f"{9 - total % 9}{base}"


@dataclass(frozen=True)
class Person:
    """What a card's certificate says of its holder, and how the server knows the person."""

    name: str
    name_romaji: str
    organization: str
    organization_romaji: str
    corporate_number: str
    head_office: str
    title: str
    authority: str = ""  # 代理権 (委任項目)

    def subject(self, serial: str) -> x509.Name:
        """Romaji only, as the e-bidding CAs' subjects are."""
        return x509.Name(
            [
                x509.NameAttribute(NameOID.COUNTRY_NAME, "JP"),
                x509.NameAttribute(NameOID.ORGANIZATION_NAME, self.organization_romaji),
                x509.NameAttribute(NameOID.COMMON_NAME, self.name_romaji),
                x509.NameAttribute(NameOID.SERIAL_NUMBER, serial),
            ]
        )

    def japanese_name(self) -> x509.Name:
        """subjectAltName directoryName (facts.md 5.2)."""
        attributes = [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "JP"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, self.organization),
            x509.NameAttribute(ORGANIZATION_IDENTIFIER, f"NTRJP-{self.corporate_number}"),
            x509.NameAttribute(NameOID.LOCALITY_NAME, self.head_office),
            x509.NameAttribute(NameOID.TITLE, self.title),
            x509.NameAttribute(NameOID.COMMON_NAME, self.name),
        ]
        if self.authority:
            attributes.append(x509.NameAttribute(DESCRIPTION, self.authority))
        return x509.Name(attributes)


@dataclass(frozen=True)
class Member:
    """A person with a card, an account and a profile folder. PINs of practice cards are no secret."""

    key: str
    person: Person
    user_id: str
    organization_id: str
    side: str
    role: str
    contractor_number: str | None
    pin: str
    registered: bool = True  # else the server does not know this card
    beside: str = ""  # whose card is in this profile's other reader


CONTRACTOR = Member(
    key="contractor",
    person=Person(
        name="山田 太郎",
        name_romaji="Taro Yamada",
        organization="あおば橋建設株式会社",
        organization_romaji="Aobabashi Kensetsu Co., Ltd.",
        corporate_number=corporate_number("010001999001"),
        head_office="東京都千代田区青葉橋1丁目2番3号",
        title="代表取締役",
    ),
    user_id="u-yamada",
    organization_id="o-aobabashi",
    side="contractor",
    role="代表者",
    contractor_number="1000000153",
    pin="123456",
)
OFFICER = Member(
    key="officer",
    person=Person(
        name="佐藤 花子",
        name_romaji="Hanako Sato",
        organization="関東地方整備局",
        organization_romaji="Kanto Regional Development Bureau",
        corporate_number=corporate_number("000012199001"),
        head_office="埼玉県さいたま市中央区新都心2番地1",
        title="分任支出負担行為担当官",
    ),
    user_id="u-sato",
    organization_id="o-kanto",
    side="officer",
    role="契約担当者",
    contractor_number=None,
    pin="654321",
)
INSPECTOR = Member(
    key="inspector",
    person=Person(
        name="中村 三郎",
        name_romaji="Saburo Nakamura",
        organization=OFFICER.person.organization,
        organization_romaji=OFFICER.person.organization_romaji,
        corporate_number=OFFICER.person.corporate_number,
        head_office=OFFICER.person.head_office,
        title="技術検査官",
    ),
    user_id="u-nakamura",
    organization_id=OFFICER.organization_id,
    side="officer",
    role="検査職員",
    contractor_number=None,
    pin="246810",
)
SECOND = Member(
    key="second",
    person=Person(
        name="鈴木 一郎",
        name_romaji="Ichiro Suzuki",
        organization="みどり組株式会社",
        organization_romaji="Midorigumi Co., Ltd.",
        corporate_number=corporate_number("010001999002"),
        head_office="東京都港区緑町2丁目2番2号",
        title="代表取締役社長",
    ),
    user_id="u-suzuki",
    organization_id="o-midori",
    side="contractor",
    role="代表者",
    contractor_number="1000000154",
    pin="135791",
)
THIRD = Member(
    key="third",
    person=Person(
        name="髙橋 美咲",
        name_romaji="Misaki Takahashi",
        organization="やまと道路株式会社",
        organization_romaji="Yamato Doro Co., Ltd.",
        corporate_number=corporate_number("010001999003"),
        head_office="神奈川県横浜市中区大和町3番3号",
        title="代表取締役",
    ),
    user_id="u-misaki",
    organization_id="o-yamato",
    side="contractor",
    role="代表者",
    contractor_number="1000000155",
    pin="975310",
)
AGENT = replace(
    CONTRACTOR,
    key="agent",
    person=replace(
        CONTRACTOR.person, name="伊藤 健", name_romaji="Ken Ito", title="関東支店長", authority="検査及び請求に関する件"
    ),
    user_id="u-ito",
    role="支店長",
    pin="112233",
)
SUB_AGENT = replace(
    AGENT,
    key="sub_agent",
    person=replace(AGENT.person, name="渡辺 葵", name_romaji="Aoi Watanabe", title="所長", authority="検査に関する件"),
    user_id="u-watanabe",
    role="所長",
    pin="445566",
)
# Cards that open a door other than log-in: a firm that is not registered, a renewed card, a new representative 代表者変更.
NEWCOMER = replace(
    CONTRACTOR,
    key="newcomer",
    person=replace(
        CONTRACTOR.person,
        name="佐々木 学",
        name_romaji="Manabu Sasaki",
        organization="みなと設計株式会社",
        organization_romaji="Minato Sekkei Co., Ltd.",
        corporate_number=corporate_number("010001999004"),
        head_office="千葉県千葉市中央区港町4番4号",
    ),
    pin="314159",
    registered=False,
)
RENEWAL = replace(CONTRACTOR, key="renewal", registered=False, beside=CONTRACTOR.key)
SUCCESSOR = replace(
    CONTRACTOR,
    key="successor",
    person=replace(CONTRACTOR.person, name="山田 花子", name_romaji="Hanako Yamada"),
    pin="271828",
    registered=False,
)
# In a contract's life one firm of the joint venture registers itself first, and another's card is renewed on the way.
REGISTERING = replace(THIRD, registered=False)
SECOND_RENEWAL = replace(SECOND, key="second_renewal", registered=False, beside=SECOND.key)
MEMBERS = (CONTRACTOR, OFFICER)
# Whoever practises meets the inspector 検査職員 and a partner in a joint venture too.
PRACTICE_MEMBERS = (*MEMBERS, INSPECTOR, SECOND, NEWCOMER, RENEWAL, SUCCESSOR)
# A contract's whole life, of a joint venture 共同企業体 whose lead has an agent 代理人 and a sub-agent 復代理人.
LIFE_MEMBERS = (*MEMBERS, INSPECTOR, SECOND, REGISTERING, AGENT, SUB_AGENT, SUCCESSOR, SECOND_RENEWAL)
