"""What is refused, warned of or noted before signing, and why. The only place that decides it.

Refuse: the document can show something else than what is signed, or does so already. Warn: somebody has to look before signing.
Note: worth knowing, common in honest documents.
"""

from __future__ import annotations

from dataclasses import dataclass

from econtract_core.evidence.verdict import Severity

_REFUSE, _WARN, _NOTE = Severity.REFUSE, Severity.WARN, Severity.NOTE


@dataclass(frozen=True)
class Rule:
    """`reason`: why this severity and no other."""

    severity: Severity
    reason: str


# Keyed by a finding's code, or "code:kind" where a kind is judged by itself.
RULES: dict[str, Rule] = {
    # the file as a whole
    "encryption": Rule(_REFUSE, "an update of an encrypted file is bound to its password, and no verifier can open it"),
    "broken": Rule(_REFUSE, "two programs may show two documents"),
    "read-leniently": Rule(_NOTE, "common in old files; what comes out is verified before it is shown"),
    "locked": Rule(_REFUSE, "a further signature would break the earlier one"),
    # what runs
    "script": Rule(_REFUSE, "a script can change what is shown"),
    "postscript": Rule(_REFUSE, "a program that only printers run: paper and screen can differ"),
    "action": Rule(_REFUSE, "it changes what is shown or sends what was typed"),
    "action:Trans": Rule(_WARN, "how a page comes in, not what it shows"),
    "action:Named": Rule(_NOTE, "moves within the document"),
    "action:Print": Rule(_WARN, "prints without being asked"),
    "link": Rule(_NOTE, "shown before it is followed; common"),
    "external-reference": Rule(_REFUSE, "what is shown comes from another file that nobody signs"),
    "external-reference:link": Rule(_WARN, "leads to another file that is not signed with this one"),
    "rich-media": Rule(_REFUSE, "moving pictures and 3D show different things at different times"),
    "xfa": Rule(_REFUSE, "the form is drawn by a program inside the document"),
    # forms
    "form-calculation": Rule(_REFUSE, "values change by themselves"),
    "form-appearance": Rule(_WARN, "each viewer draws the values in its own way"),
    "field-value-differs": Rule(_REFUSE, "what is shown is not the value; a viewer shows the value once it is touched"),
    "field-under-field": Rule(_REFUSE, "a value lies hidden under another field, ready to be uncovered"),
    "text-under-field": Rule(_WARN, "text of the page lies under a filled field, ready to be uncovered"),
    "text-under-annotation": Rule(_WARN, "an annotation can be taken away without touching the page under it"),
    "field-default-differs": Rule(_NOTE, "a reset would bring another value; resetting actions are refused"),
    "open-form": Rule(_NOTE, "fields can be filled after signing; verifying tells"),
    "changeable-annotation": Rule(_NOTE, "annotations can be changed after signing; verifying tells"),
    "hidden-annotation": Rule(_WARN, "not seen, or seen only on paper"),
    "several-appearances": Rule(_NOTE, "looks different while it is pressed or pointed at"),
    # layers and attachments
    "attachment": Rule(_WARN, "signed with the document but seen by nobody who only reads it"),
    "attachment:portfolio": Rule(_REFUSE, "the page one sees is only the cover of the files inside"),
    "optional-content": Rule(_WARN, "layers can be shown and hidden"),
    "hidden-layer": Rule(_WARN, "a layer is off: its content is there and is not seen"),
    "layer-by-use": Rule(_WARN, "paper and screen show different layers"),
    "alternate-image": Rule(_WARN, "another picture may be shown or printed in its place"),
    # what a page holds and does not show
    "text-layer": Rule(_NOTE, "a scan with the text that was read from it; what counts is the picture"),
    "invisible-text": Rule(_WARN, "text that nobody sees can be made visible later"),
    "transparent-text": Rule(_WARN, "text that nobody sees can be made visible later"),
    "same-color-text": Rule(_WARN, "text in the colour of its background"),
    "tiny-text": Rule(_WARN, "text too small to be read"),
    "text-outside-page": Rule(_WARN, "text outside of what is shown of the page"),
    "clipped-text": Rule(_NOTE, "text cut away by a clipping path; common in figures that were cropped"),
    "text-under-image": Rule(_WARN, "text behind a picture; a scan with its text, or one prepared to be taken away"),
    "text-under-shape": Rule(_WARN, "text painted over; it can still be read out and uncovered"),
    "page-without-area": Rule(_WARN, "a page that no viewer can show as it is"),
    "content-not-read": Rule(_WARN, "a page whose content could not be looked at in full"),
    # fonts
    "standard-font": Rule(_NOTE, "every viewer has these fourteen, each slightly other ones"),
    "unembedded-font": Rule(_NOTE, "another PC may show other letters; common in office documents"),
    # structure
    "switched-off-object": Rule(_REFUSE, "the document refers to something that is there and switched off: one line uncovers it"),
    "ambiguous-index": Rule(_REFUSE, "programs read the list of objects in several ways; signed twice, it could not be verified"),
    "object-redefined": Rule(_REFUSE, "one number stands for two contents; which one shows is the reader's choice"),
    "hidden-page": Rule(_WARN, "a page that is in no list of pages and can be put in"),
    "hidden-object": Rule(_WARN, "content that no index of the file knows and a later one can point to"),
    "unused-content": Rule(_NOTE, "left by an editing program, or kept for later"),
    "missing-object": Rule(_NOTE, "nothing is shown there now; common after editing"),
    "data-after-end": Rule(_WARN, "bytes behind the end belong to nothing"),
    "several-ends": Rule(_NOTE, "an end mark that closes no revision"),
    "revisions": Rule(_NOTE, "it was changed by updates, as signing does"),
    "page-count": Rule(_WARN, "the list of pages and their number disagree; viewers may leave pages out"),
    "page-twice": Rule(_NOTE, "the same page stands in the list more than once"),
    # earlier signatures
    "earlier-signature": Rule(_NOTE, "somebody signed before"),
    "earlier-timestamp": Rule(_NOTE, "somebody stamped before"),
    "earlier-signature-broken": Rule(_REFUSE, "the document is not what was signed"),
    "earlier-signature-changed": Rule(_WARN, "something was changed after an earlier signature; see the verification"),
}  # fmt: skip

# Actions by type (ISO 32000-2 12.6.4): what they are found as.
ACTIONS: dict[str, str] = {
    "/JavaScript": "script",
    "/Launch": "action",
    "/SubmitForm": "action",
    "/ImportData": "action",
    "/GoToR": "external-reference:link",
    "/GoToE": "external-reference:link",
    "/Hide": "action",
    "/SetOCGState": "action",
    "/ResetForm": "action",
    "/Rendition": "rich-media",
    "/Movie": "rich-media",
    "/Sound": "rich-media",
    "/GoTo3DView": "rich-media",
    "/RichMediaExecute": "rich-media",
    "/Trans": "action",
    "/Thread": "external-reference:link",
    "/Named": "action",
    "/URI": "link",
}
RICH_MEDIA = frozenset({"/RichMedia", "/Movie", "/Screen", "/Sound", "/3D"})


def severity(code: str, kind: str = "") -> Severity:
    """How a finding is judged."""
    rule = RULES.get(f"{code}:{kind}") if kind else None
    return (rule or RULES[code]).severity
