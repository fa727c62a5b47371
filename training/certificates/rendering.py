"""The paper: a certificate's snapshot as its design prints it, and in which size."""

from collections.abc import Callable, Mapping
from functools import cache
from math import ceil
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

import segno
import yaml

from training.certificates.models import Certificate
from training.certificates.rules import fill, plain_number
from training.kernel.texts import in_language

if TYPE_CHECKING:
    from training.certificates.press import Press

_PAPER: Final = Path(__file__).parent / "paper"
_STEPS: Final = {"front": 7, "band": 4, "colophon": 3, "back": 7}
_NAME_SIZES: Final = (38, 46, 54, 64)
"""Up to how many letters a name is set in each size; a longer one in the smallest."""
_ONE_LINE: Final = 110
_LETTER: Final = 0.42
"""The width of an average letter of the paper's face, in em."""


def render_pdf(certificate: Certificate) -> bytes:
    """Return the certificate as tagged PDF/UA-1, byte for byte the same each time.

    Each part is set in the largest of its sizes that fits, most at once. Only a syllabus too long
    for the smallest goes on to a third page. Raise Spoiled rather than leave something out.
    """
    from training.certificates.press import alone

    design = certificate.design_version
    content = paper_content(certificate, _labels(design))
    with alone():
        return _printed(_press(design), content, also="".join(certificate.languages[1:2]))


def _printed(press: "Press", content: Mapping[str, Any], *, also: str) -> bytes:
    steps = dict.fromkeys(_STEPS, 0)
    document = press.lay_out({**content, "steps": steps, "part": "all"})
    if not press.fits(document, pages=2, parts=("band", "colophon")):
        for part, count in _STEPS.items():
            steps[part] = press.first_that_fits(_sized(content, part), steps=count, pages=1)
        document = press.lay_out({**content, "steps": steps, "part": "all"})
    return press.print(document, also=also)


def _sized(content: Mapping[str, Any], part: str) -> Callable[[int], Mapping[str, Any]]:
    return lambda step: {**content, "part": part, "steps": {part: step}}


@cache
def _press(design: str) -> "Press":
    from training.certificates.press import Press  # see there why so late

    return Press(_PAPER / design)


@cache
def _labels(design: str) -> Mapping[str, Mapping[str, str]]:
    labels: Mapping[str, Mapping[str, str]] = yaml.safe_load(
        (_PAPER / design / "labels.yaml").read_text("utf-8")
    )
    return labels


def paper_content(
    certificate: Certificate, labels: Mapping[str, Mapping[str, str]]
) -> dict[str, Any]:
    """Return what the templates of a design print, from the snapshot alone."""
    language, *others = certificate.languages
    also = others[0] if others else ""
    first, second = labels[language], labels.get(also)
    address = certificate.verification_address
    return {
        "language": language,
        "design": certificate.design_version,
        "first": first,
        "second": second,
        "wording": certificate.wording[language],
        "also": certificate.wording.get(also),
        "author": ", ".join(_named(issuer, language) for issuer in certificate.issuers),
        "created": certificate.issued_at.isoformat(timespec="seconds"),
        "is_demonstration": certificate.is_demonstration,
        "issuers": [{"name": _named(issuer, language)} for issuer in certificate.issuers],
        "recipient": certificate.recipient_name,
        "name_size": sum(len(certificate.recipient_name) > most for most in _NAME_SIZES),
        "widths": {
            "sentence": _even_width(certificate.wording[language]["sentence"], widest=44),
            "also": _even_width(certificate.wording.get(also, {}).get("sentence", ""), widest=56),
        },
        "holder": _holder(certificate, language, first),
        "basis": in_language(certificate.legal_basis, language),
        "signatories": [_signatory(person, language, also) for person in certificate.signatories],
        "number": certificate.number,
        "code": certificate.code,
        "short_address": _short(address),
        "qr": segno.make(address, error="m", micro=False).svg_data_uri(border=4, scale=4),
        "qr_alt": fill(first["qr"], {"address": address}),
        "facts": _facts(certificate, language, also, first, second or {}),
        "syllabus": _syllabus(certificate, language, also),
        "evidence": certificate.evidence_digest,
    }


def _even_width(text: str, *, widest: int) -> int:
    """Return the width in em at which a centred text breaks into lines of about one length."""
    width = max(len(text), 1) * _LETTER
    return min(widest, ceil(width / ceil(width / widest)) + 2)


def _named(issuer: Mapping[str, Any], language: str) -> str:
    return in_language(issuer["names"], language)


def _short(address: str) -> str:
    """Return where one types the code, as people write addresses."""
    parts = urlsplit(address)
    return f"{parts.netloc}{parts.path.rstrip('/').rpartition('/')[0]}/"


def _document(certificate: Certificate, language: str) -> str:
    if not certificate.document_number:
        return ""
    kind = in_language(certificate.document_names, language) or certificate.document_type.upper()
    return f"{kind} {certificate.document_number}"


def _district(certificate: Certificate, labels: Mapping[str, str]) -> str:
    if not certificate.district_name:
        return ""
    return fill(labels[certificate.district_kind], {"name": certificate.district_name})


def _holder(certificate: Certificate, language: str, labels: Mapping[str, str]) -> list[str]:
    """Return the lines under the name: the document, the post, and where it is held."""
    post = in_language(certificate.post_titles, language)
    institution = in_language(certificate.institution_names, language)
    place = ", ".join(part for part in (institution, _district(certificate, labels)) if part)
    together = ", ".join(part for part in (post, place) if part)
    held = [together] if len(together) <= _ONE_LINE else [post, place]
    return [line for line in (_document(certificate, language), *held) if line]


def _signatory(person: Mapping[str, Any], language: str, also: str) -> dict[str, str]:
    post = person.get("post", {})
    institution = person.get("institution", {})
    first = in_language(post, language)
    second = post.get(also, "")
    return {
        "name": person["name"],
        "post": first,
        "also": second if second != first else "",
        "institution": in_language(institution, language),
    }


def _syllabus(certificate: Certificate, language: str, also: str) -> list[dict[str, str]]:
    """Return the syllabus line by line, in pairs when both languages have as many lines."""
    first = certificate.syllabus.get(language, [])
    second = certificate.syllabus.get(also, [])
    if len(first) == len(second):
        return [
            {"text": text, "also": _without_number_of(text, other)}
            for text, other in zip(first, second, strict=True)
        ]
    return [{"text": text, "also": ""} for text in first] + [
        {"text": "", "also": text} for text in second
    ]


def _without_number_of(text: str, other: str) -> str:
    """Return a line's translation without the number that stands before both; '' if the same."""
    number = text.split(" ", 1)[0]
    if number[:1].isdigit():
        other = other.removeprefix(f"{number} ")
        text = text.removeprefix(f"{number} ")
    return other if other != text else ""


def _facts(
    certificate: Certificate,
    language: str,
    also: str,
    first: Mapping[str, str],
    second: Mapping[str, str],
) -> list[list[dict[str, str]]]:
    """Return the two tables of the record: who and by whom, and what."""

    def fact(key: str, value: str, other: str = "") -> dict[str, str]:
        return {
            "label": first[key],
            "also_label": second.get(key, ""),
            "value": value,
            "also": other if other != value else "",
        }

    def texts(key: str, by_language: Mapping[str, str]) -> dict[str, str]:
        return fact(key, in_language(by_language, language), by_language.get(also, ""))

    def said(key: str, say: Callable[[str, Mapping[str, str]], str]) -> dict[str, str]:
        return fact(key, say(language, first), say(also, second) if second else "")

    def issuers(key: str, part: str) -> dict[str, str]:
        return said(
            key,
            lambda code, _labels: "; ".join(
                _named(issuer, code) for issuer in certificate.issuers if issuer["part"] == part
            ),
        )

    people = [
        fact("holder", certificate.recipient_name),
        fact("document", _document(certificate, language)),
        texts("post", certificate.post_titles),
        texts("institution", certificate.institution_names),
        said("district", lambda _code, labels: _district(certificate, labels)),
        issuers("issuer", "issuer"),
        issuers("co_organiser", "co-organiser"),
        texts("basis", certificate.legal_basis),
        said("issued", lambda code, _labels: certificate.wording[code]["issued"]),
    ]
    course = [
        texts("course", certificate.course_titles),
        said("code_and_version", lambda _code, labels: _version(certificate, labels)),
        said("edition", lambda code, _labels: _edition(certificate, code)),
        texts("mode", certificate.mode_names),
        said("dates", lambda code, labels: fill(labels["period"], certificate.wording[code])),
        said("hours", lambda _code, labels: _hours(certificate, labels)),
        said("mark", lambda code, labels: _mark(certificate, code, labels)),
        said("attendance", lambda _code, labels: _attendance(certificate, labels)),
    ]
    return [[fact for fact in table if fact["value"]] for table in (people, course)]


def _version(certificate: Certificate, labels: Mapping[str, str]) -> str:
    fields = {"code": certificate.course_code, "number": str(certificate.course_version)}
    return fill(labels["version_is"], fields)


def _edition(certificate: Certificate, language: str) -> str:
    name = in_language(certificate.edition_titles, language)
    return f"{name} ({certificate.edition_code})" if name else certificate.edition_code


def _hours(certificate: Certificate, labels: Mapping[str, str]) -> str:
    kinds = (
        (certificate.hours_asynchronous, "asynchronous"),
        (certificate.hours_synchronous, "synchronous"),
        (certificate.hours_assessed, "assessed"),
    )
    parts = [f"{plain_number(hours)} {labels[kind]}" for hours, kind in kinds if hours]
    length = fill(labels["hour_is"], {"minutes": str(certificate.academic_hour_minutes)})
    return f"{plain_number(certificate.hours)} {length}: {', '.join(parts)}"


def _mark(certificate: Certificate, language: str, labels: Mapping[str, str]) -> str:
    if certificate.mark is None:
        return labels["no_mark"]
    words = certificate.mark_words.get(language, "")
    return f"{certificate.mark:.2f} {labels['of']} {certificate.scale_maximum} ({words})"


def _attendance(certificate: Certificate, labels: Mapping[str, str]) -> str:
    if certificate.attendance is None:
        return labels["no_attendance"]
    return f"{plain_number(certificate.attendance)} %"
