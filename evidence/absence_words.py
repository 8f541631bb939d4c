"""Words of a certificate of absence in English and Urdu: START-HERE texts, and lines for a PDF.

Pure. The words say of each part what was found, how sure that is, and who says why.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from evidence.absence_parts import SWITCHED_OFF, Attested, State
from evidence.readme import VERIFY_COMMAND
from evidence.start_words import ENGLISH as START_ENGLISH
from evidence.start_words import URDU as START_URDU
from evidence.start_words import isolated, left_to_right, signer_lines
from footage.asked_times import local_text, utc_text
from footage.instant import Instant, Interval
from footage.leaf import Late
from footage.local_time import time_zone
from footage.span import GapReason

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from evidence.absence_document import Certificate, OfCamera
    from evidence.absence_parts import Part
    from evidence.manifest import Json
    from evidence.start_words import Words

NAMES: Final = {"en": "START-HERE.txt", "ur": "START-HERE.ur.txt"}
"""Names of the START-HERE texts, by language."""
NOTED_COMMAND: Final = f"{VERIFY_COMMAND} --ledger-key KEY --signer SHA256 --manifest DIGEST"
"""The check with what the reader noted elsewhere."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AbsenceWords:
    """Words of a certificate in a language.

    Attributes:
        start: The words that bundles use too.
        states: Words for a part that is stored, or gone.
        proven: Words for a part of which is proven that nothing was entered.
        unproven: Words for a part of which that is not proven; the reason follows.
        unsure: Words for a place of which nobody said that the camera stood there then.
        signed: Words for a signature; the fingerprint of the signer's certificate follows.
        noted: Words before the command that checks with what the reader noted elsewhere.
        attested: Words for who says why something is missing.
        reasons: Words for reasons that bundles do not have.
        whys: Words for why it is not proven that nothing was entered, by the English words' begin.
    """

    start: Words
    title: str
    what: tuple[str, ...]
    certificate: str
    found: str
    comma: str
    states: Mapping[State, str]
    proven: str
    unproven: str
    attested: Mapping[Attested, str]
    attests: str
    nobody: str
    entry: str
    reasons: Mapping[str, str]
    whys: Mapping[str, str]
    last_before: str
    first_after: str
    unknown: str
    kept: str
    not_kept: str
    unsure: str
    late: str
    lates: Mapping[Late, str]
    no_late: str
    leaf: str
    ledger: str
    no_ledger: str
    fixed: str
    signed: str
    unsigned: str
    check: str
    noted: str
    limits_title: str
    limits: tuple[str, ...]


_NO_LEAF: Final = "the ledger has no leaf of this camera"
_NO_LATER: Final = "the ledger has no later leaf of this camera"
_NO_EARLIER: Final = "before the camera's first leaf"
_MORE_LATE: Final = "there are more late leaves"

ENGLISH: Final = AbsenceWords(
    start=START_ENGLISH,
    title="Certificate of absence",
    what=(
        (
            "This folder says what the cameras below have stored of the time asked for, what they "
            "have not, and why. Whenever footage is stored here, a line about it (a leaf) is "
            "entered in a ledger that cannot be changed afterwards without that showing. Each leaf "
            "names the leaf of the same camera before it. So two leaves that follow each other "
            "prove that nothing of the time between was stored by this system when it happened."
        ),
        (
            "PROVEN means: shown by such leaves, which anybody can check. ATTESTED means: somebody "
            "or some part of the system says so. Why something is missing is always attested, "
            "never proven."
        ),
    ),
    certificate="Certificate",
    found="What was found",
    comma=",",
    states={
        State.STORED: "Footage of this time is stored.",
        State.GONE: "Footage of this time was stored, and is not there any more.",
    },
    proven="PROVEN: nothing of this time was entered when it happened.",
    unproven="NOT PROVEN, stated only: nothing of this time is stored. Why it is not proven:",
    attested={
        Attested.RECORDER: "the recorder's entry in the catalogue",
        Attested.RETENTION: "the deletion, as entered in the catalogue",
        Attested.CUSTODY: "the custody log",
        Attested.CATALOGUE: "the catalogue: no recorder told of the camera then",
    },
    attests="Reason, ATTESTED by",
    nobody="Nobody attests a reason.",
    entry="entry",
    reasons={SWITCHED_OFF: "the camera was switched off: it had no source to record from"},
    whys={
        _NO_LEAF: "the ledger has no entry of this camera at all.",
        _NO_LATER: "the ledger has no later entry of this camera, which would close the time.",
        _NO_EARLIER: (
            "it lies before the camera's first entry, and nothing shows that there was a ledger "
            "then."
        ),
        _MORE_LATE: "the camera has more late entries than are named here.",
    },
    last_before="Last footage before",
    first_after="First footage after",
    unknown="none known",
    kept="stored",
    not_kept="named by the ledger, not looked for in the store",
    unsure="nobody said since when the camera stands there",
    late="Entered later than it happened",
    lates={
        Late.IMPORT: "an import: brought from outside",
        Late.BACK_FILL: "stored before, and found without an entry",
        Late.DELAYED: "delayed",
        Late.OUT_OF_ORDER: "out of order",
        Late.AHEAD: "a clock was ahead",
    },
    no_late="Nothing of this time was entered later, as far as the camera's newest leaf, of",
    leaf="Entry (leaf) of the ledger",
    ledger="Ledger: {leaves} entries under a checkpoint signed at {signed}.",
    no_ledger="There was no ledger yet. Nothing in this certificate is proven.",
    fixed="The entries behind this time stand under signed checkpoints since {fixed}.",
    signed=(
        "by the key whose certificate is trust/signer.pem; compare its fingerprint with the one "
        "noted elsewhere:"
    ),
    unsigned="this certificate is not signed",
    check="To check all of it, with Python 3.9 or later and OpenSSL 3, in this folder:",
    noted=(
        "That says whether everything here fits together. Whether this installation made it, only "
        "what you noted elsewhere can tell: the ledger's key, the fingerprint of who signed, the "
        "digest of MANIFEST.json. With them:"
    ),
    limits_title="What this cannot prove",
    limits=(
        "That a camera saw nothing, or that nobody else recorded it.",
        "Why something is missing: that is attested by those who are named.",
        "Times are this system's own clocks'; the order of entries is proven.",
        (
            "Footage may be brought in later. Late entries are named as late; what was entered "
            "after the camera's newest leaf is not known to this certificate."
        ),
        (
            "Who forged all of this folder put keys of his own there: compare the fingerprints of "
            "the ledger's key and of who signed, which the check prints, and the digest of "
            "MANIFEST.json, with those noted elsewhere."
        ),
    ),
)

URDU: Final = AbsenceWords(
    start=START_URDU,
    title="عدم موجودگی کا تصدیق نامہ",
    what=(
        (
            "اس فولڈر میں بتایا گیا ہے کہ نیچے درج کیمروں کی مانگے گئے وقت کی کون سی ریکارڈنگ "
            "محفوظ ہے، کون سی نہیں، اور کیوں۔ یہاں جب بھی کوئی ریکارڈنگ محفوظ ہوتی ہے، اس کا "
            "اندراج ایک ایسے رجسٹر میں ہوتا ہے جسے بعد میں بدلا جائے تو پتہ چل جاتا ہے۔ ہر اندراج "
            "اسی کیمرے کے پچھلے اندراج کا نام لیتا ہے۔ اس لیے یکے بعد دیگرے دو اندراج ثابت کرتے "
            "ہیں کہ درمیانی وقت کی کوئی ریکارڈنگ اُس وقت اس نظام میں محفوظ نہیں ہوئی۔"
        ),
        (
            "«ثابت» کا مطلب ہے: ایسے اندراجات سے ظاہر، جنہیں ہر کوئی جانچ سکتا ہے۔ «بیان» کا مطلب "
            "ہے: کوئی شخص یا نظام کا کوئی حصہ ایسا کہتا ہے۔ ریکارڈنگ نہ ہونے کی وجہ ہمیشہ بیان "
            "ہوتی ہے، ثابت نہیں۔"
        ),
    ),
    certificate="تصدیق نامہ",
    found="کیا ملا",
    comma="،",
    states={
        State.STORED: "اس وقت کی ریکارڈنگ محفوظ ہے۔",
        State.GONE: "اس وقت کی ریکارڈنگ محفوظ تھی، اب موجود نہیں۔",
    },
    proven="ثابت: اس وقت کی کوئی ریکارڈنگ اُس وقت درج نہیں ہوئی۔",
    unproven="ثابت نہیں، صرف بیان: اس وقت کی کوئی ریکارڈنگ محفوظ نہیں۔ ثابت نہ ہونے کی وجہ:",
    attested={
        Attested.RECORDER: "کیٹلاگ میں ریکارڈر کا اندراج",
        Attested.RETENTION: "کیٹلاگ میں درج حذف",
        Attested.CUSTODY: "تحویل کا رجسٹر",
        Attested.CATALOGUE: "کیٹلاگ: اُس وقت کسی ریکارڈر نے اس کیمرے کا ذکر نہیں کیا",
    },
    attests="وجہ، بیان از",
    nobody="وجہ کسی نے بیان نہیں کی۔",
    entry="اندراج",
    reasons={SWITCHED_OFF: "کیمرا بند کیا گیا تھا: ریکارڈ کرنے کا کوئی ذریعہ نہ تھا"},
    whys={
        _NO_LEAF: "رجسٹر میں اس کیمرے کا کوئی اندراج نہیں۔",
        _NO_LATER: "رجسٹر میں اس کیمرے کا کوئی بعد کا اندراج نہیں جو اس وقت کو بند کرے۔",
        _NO_EARLIER: (
            "یہ وقت کیمرے کے پہلے اندراج سے پہلے کا ہے، اور کچھ ظاہر نہیں کرتا کہ تب رجسٹر "
            "موجود تھا۔"
        ),
        _MORE_LATE: "اس کیمرے کے دیر سے ہونے والے اندراج یہاں درج تعداد سے زیادہ ہیں۔",
    },
    last_before="اس سے پہلے کی آخری ریکارڈنگ",
    first_after="اس کے بعد کی پہلی ریکارڈنگ",
    unknown="معلوم نہیں",
    kept="محفوظ ہے",
    not_kept="رجسٹر میں درج ہے، ذخیرے میں تلاش نہیں کی گئی",
    unsure="کسی نے نہیں بتایا کہ کیمرا کب سے وہاں ہے",
    late="وقت کے بعد درج ہونے والی ریکارڈنگ",
    lates={
        Late.IMPORT: "درآمد: باہر سے لائی گئی",
        Late.BACK_FILL: "پہلے سے محفوظ، بغیر اندراج کے ملی",
        Late.DELAYED: "تاخیر سے",
        Late.OUT_OF_ORDER: "ترتیب سے باہر",
        Late.AHEAD: "گھڑی آگے تھی",
    },
    no_late="اس وقت کی کوئی ریکارڈنگ بعد میں درج نہیں ہوئی، کیمرے کے تازہ ترین اندراج تک، بوقت",
    leaf="رجسٹر کا اندراج",
    ledger="رجسٹر: {leaves} اندراجات، تصدیق پر دستخط {signed} کو ہوئے۔",
    no_ledger="تب تک کوئی رجسٹر نہ تھا۔ اس تصدیق نامے کی کوئی بات ثابت نہیں۔",
    fixed="اس وقت کے بعد کے اندراجات {fixed} سے دستخط شدہ تصدیق کے تحت ہیں۔",
    signed=(
        "اُس کنجی سے جس کا سرٹیفکیٹ \u2066trust/signer.pem\u2069 ہے؛ اس کا فنگر پرنٹ اُس سے ملائیں "
        "جو کہیں اور درج ہے:"
    ),
    unsigned="اس تصدیق نامے پر دستخط نہیں ہیں",
    check="سب کچھ جانچنے کے لیے، Python 3.9 یا نئے اور OpenSSL 3 کے ساتھ، اسی فولڈر میں:",
    noted=(
        "اس سے معلوم ہوتا ہے کہ یہاں سب کچھ آپس میں ملتا ہے۔ یہ کہ اسے اسی نظام نے بنایا، صرف وہ "
        "بتا سکتا ہے جو آپ نے کہیں اور لکھ رکھا ہو: رجسٹر کی کنجی، دستخط کرنے والے کا فنگر پرنٹ، "
        "اور MANIFEST.json کا ڈائجسٹ۔ ان کے ساتھ:"
    ),
    limits_title="یہ کیا ثابت نہیں کر سکتا",
    limits=(
        "یہ کہ کیمرے نے کچھ نہیں دیکھا، یا کسی اور نے ریکارڈنگ نہیں کی۔",
        "ریکارڈنگ نہ ہونے کی وجہ: یہ اُن کا بیان ہے جن کا نام لیا گیا ہے۔",
        "اوقات اسی نظام کی گھڑیوں کے ہیں؛ اندراجات کی ترتیب ثابت ہے۔",
        (
            "ریکارڈنگ بعد میں بھی لائی جا سکتی ہے۔ دیر سے ہونے والے اندراج ایسے ہی درج ہیں؛ کیمرے "
            "کے تازہ ترین اندراج کے بعد کیا درج ہوا، یہ تصدیق نامہ نہیں جانتا۔"
        ),
        (
            "جو پورا فولڈر جعلی بنائے وہ اس میں اپنی کنجیاں رکھ دے گا: جانچ میں چھپنے والے رجسٹر "
            "کی کنجی اور دستخط کرنے والے کے فنگر پرنٹ، اور MANIFEST.json کے ڈائجسٹ کا موازنہ کہیں "
            "اور لکھے ہوئے سے کریں۔"
        ),
    ),
)


def start_texts(made: Certificate) -> Mapping[str, str]:
    """Return the START-HERE texts of a certificate, by path."""
    return {
        NAMES[words.start.code]: "\n".join(_lines(made, words)) + "\n" for words in (ENGLISH, URDU)
    }


def _lines(made: Certificate, words: AbsenceWords) -> Iterator[str]:
    start, purpose = words.start, made.purpose
    yield from (words.title, "=" * len(words.title), "")
    for paragraph in words.what:
        yield from (paragraph, "")
    yield f"{words.certificate}: {left_to_right(made.bundle_id)}"
    yield f"{start.case}: {isolated(purpose.case) if purpose.case else start.none}"
    created = left_to_right(utc_text(made.created))
    yield f"{start.made}: {created} {start.by} {isolated(purpose.actor)}"
    yield f"{start.asked}: {utc_times(made.interval, words)}"
    for line in signer_lines(made.crypto, words.signed, words.unsigned):
        yield f"{start.signature}: {line}"
    yield from ("", ledger_line(made, words))
    for one in made.cameras:
        name = f"{isolated(one.camera.name)} ({left_to_right(one.camera.id)})"
        title = f"{start.camera}: {name}"
        yield from ("", title, "-" * len(title))
        yield from (f"{start.place}: {line}" for line in place_lines(one, made, words))
        for part in one.parts:
            yield from (f"* {shown_times(part.interval, made, words)}",)
            yield from (f"    {line}" for line in part_lines(one, part, words))
        for line in sight_lines(one, made, words):
            yield f"  {line}"
    yield from ("", words.limits_title, "-" * len(words.limits_title))
    yield from (f"- {limit}" for limit in words.limits)
    yield from ("", start.check_title, words.check, f"    {VERIFY_COMMAND}")
    yield from ("", words.noted, f"    {NOTED_COMMAND}")


def place_lines(one: OfCamera, made: Certificate, words: AbsenceWords) -> Iterator[str]:
    """Yield where a camera stood; with times where the camera stood at several places."""
    for each in one.stood:
        at = each.camera
        line = isolated(f"{at.site}, {at.district}, {at.place.lat}, {at.place.lon}")
        if len(one.stood) > 1:
            line += f"{words.comma} {shown_times(each.interval, made, words)}"
        yield line if each.sure else f"{line} ({words.unsure})"


def part_lines(one: OfCamera, part: Part, words: AbsenceWords) -> Iterator[str]:
    """Yield what is said of a part of a camera's time."""
    if part.state is State.ABSENT:
        why = one.unproven(part)
        yield f"{words.unproven} {_why(why, words)}" if why else words.proven
    else:
        yield words.states[part.state]
    if part.attested is Attested.NOBODY:
        yield words.nobody
    elif part.reason:
        by = words.attested[part.attested]
        if part.entries:
            numbers = left_to_right(", ".join(map(str, part.entries)))
            by += f"{words.comma} {words.entry} {numbers}"
        by += f"{words.comma} {isolated(part.who)}" if part.who else ""
        detail = f" ({isolated(part.detail)})" if part.detail else ""
        yield f"{words.attests} {by}: {reason_words(part.reason, words)}{detail}"


def sight_lines(one: OfCamera, made: Certificate, words: AbsenceWords) -> Iterator[str]:
    """Yield the last footage before, the first after, and what was entered late."""
    for title, sight in (
        (words.last_before, one.last_before()),
        (words.first_after, one.first_after()),
    ):
        yield f"{title}: {_sight(sight, made, words)}"
    late = [
        leaf.leaf
        for leaf in one.leaves.late
        if leaf.leaf.draft.late is not None and leaf.leaf.draft.interval.overlaps(one.interval)
    ]
    for leaf in late:
        assert leaf.draft.late is not None  # noqa: S101 - of the list above
        at = left_to_right(utc_text(leaf.appended))
        times = shown_times(leaf.draft.interval, made, words)
        yield f"{words.late}: {times} ({words.lates[leaf.draft.late]}{words.comma} {at})"
    if not late and one.leaves.late and one.leaves.late_whole(one.interval.start):
        yield f"{words.no_late} {left_to_right(utc_text(one.leaves.late[0].leaf.appended))}"


def ledger_line(made: Certificate, words: AbsenceWords) -> str:
    """Return what is said of the ledger's checkpoints."""
    if made.checkpoint is None or made.signed_at is None:
        return words.no_ledger
    signed = left_to_right(utc_text(made.signed_at))
    said = words.ledger.format(leaves=left_to_right(str(made.checkpoint.size)), signed=signed)
    fixed = made.fixed.signed if made.fixed else made.signed_at
    return f"{said} {words.fixed.format(fixed=left_to_right(utc_text(fixed)))}"


def reason_words(reason: str, words: AbsenceWords) -> str:
    """Return the words for a reason."""
    return words.reasons.get(reason) or words.start.reasons[GapReason(reason)]


def _why(why: str, words: AbsenceWords) -> str:
    return next((said for begin, said in words.whys.items() if why.startswith(begin)), why)


def _sight(sight: Json | None, made: Certificate, words: AbsenceWords) -> str:
    if sight is None:
        return words.unknown
    start, end = sight["start"], sight["end"]
    assert isinstance(start, Instant)  # noqa: S101 - as `OfCamera` makes it
    assert isinstance(end, Instant)  # noqa: S101
    kept = words.kept if sight["stored"] else words.not_kept
    return f"{shown_times(Interval(start, end), made, words)} ({kept})"


def local_times(interval: Interval, made: Certificate, words: AbsenceWords) -> str:
    """Return an interval in local time."""
    zone = time_zone(made.zone)
    ends = (local_text(interval.start, zone), local_text(interval.end, zone))
    return f" {words.start.to} ".join(map(left_to_right, ends))


def utc_times(interval: Interval, words: AbsenceWords) -> str:
    """Return an interval in UTC."""
    ends = (utc_text(interval.start), utc_text(interval.end))
    return f" {words.start.to} ".join(map(left_to_right, ends))


def shown_times(interval: Interval, made: Certificate, words: AbsenceWords) -> str:
    """Return an interval in local time and in UTC."""
    return f"{local_times(interval, made, words)} = {utc_times(interval, words)}"
