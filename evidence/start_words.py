"""Words of a bundle's START-HERE pages in English and Urdu. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from footage.span import GapReason

if TYPE_CHECKING:
    from collections.abc import Mapping

    from evidence.manifest import Json

LEFT_TO_RIGHT: Final = "\u2066"
BY_FIRST_LETTER: Final = "\u2068"
END: Final = "\u2069"
_JOINERS: Final = frozenset("\u200c\u200d")
"""Zero-width characters that spelling in Urdu and other languages needs."""


def left_to_right(text: str) -> str:
    """Keep the order of a time, path or number inside text of either direction."""
    return f"{LEFT_TO_RIGHT}{text}{END}"


def isolated(text: str) -> str:
    """Keep a text that somebody typed on one line, and its direction out of the text around it."""
    plain = "".join(c if c.isprintable() or c in _JOINERS else " " for c in text)
    return f"{BY_FIRST_LETTER}{' '.join(plain.split())}{END}"


def signer_lines(crypto: Json, compare: str, unsigned: str) -> list[str]:
    """Return a line for each who signs a manifest, with the fingerprint; or that nobody does.

    Args:
        crypto: What the manifest says of its signers.
        compare: Words before the fingerprint.
        unsigned: Words where nobody signs.
    """
    found = fingerprints(crypto)
    return [f"{compare} {left_to_right(f'sha256:{one}')}" for one in found] or [unsigned]


def fingerprints(crypto: Json) -> list[str]:
    """Return the SHA-256 of the certificate of each who signs, in hexadecimal digits."""
    signers = crypto["signers"]
    return [str(one["sha256"]) for one in signers] if isinstance(signers, list) else []


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """Words of the pages in a language.

    Attributes:
        code: Language tag of the page part.
        direction: "ltr" or "rtl".
        reasons: Words for each reason of a gap.
        what: Paragraphs about the content of a bundle.
        clips: Paragraph about the derived films.
        report: Paragraph about the report in both languages.
        stills: Paragraph about the derived pictures.
        views: Paragraph about the films for viewing.
        redacted: Sentence about covered parts of pictures in these films.
        alone: Paragraph of a bundle whose recorded files are left out.
        what_alone: Paragraphs about the content of such a bundle.
        check: Paragraph before the command that checks the bundle.
        check_page: Name of the page that checks the files in a browser.
        checked: Paragraphs behind the command.
    """

    code: str
    direction: str
    title: str
    what: tuple[str, ...]
    clips: str
    report: str
    stills: str
    views: str
    redacted: str
    alone: str
    what_alone: str
    bundle: str
    case: str
    purpose: str
    recipient: str
    made: str
    by: str
    asked: str
    none: str
    signature: str
    compare: str
    unsigned: str
    to: str
    local: str
    utc: str
    camera: str
    place: str
    zone: str
    footage: str
    no_footage: str
    missing: str
    reason: str
    nothing_missing: str
    reasons: Mapping[GapReason, str]
    clock: str
    uncertain: str
    offset: str
    offset_unknown: str
    offset_partly: str
    stated: str
    check_title: str
    check: str
    check_page: str
    checked: tuple[str, ...]


ENGLISH: Final = Words(
    code="en",
    direction="ltr",
    title="Start here: footage exported as evidence",
    what=(
        (
            "This folder holds recordings of the cameras below, a list of what is missing of the "
            "time asked for, and a program that checks both. The recordings are in the folder "
            "master, as they were stored; any player for MP4 plays them."
        ),
        (
            "A player's own counter may not begin at 0. The time of day of each file is in the "
            "list of files at the end of this page."
        ),
        (
            "The page repeats what MANIFEST.json states. What no bundle can show stands there "
            "under limitations; README.txt tells of imported files."
        ),
    ),
    clips=(
        "For playing, the folder clip holds a film of each unbroken stretch, whose counter begins "
        "at 0. The films are derived; the files in master are what was recorded."
    ),
    report="{} is a report for printing; {} is the same in Urdu.",
    stills="The folder stills holds single pictures, derived from the files in master.",
    views=(
        "The folder view holds a film of each camera for viewing. Below each picture stands its "
        "time, local and UTC, and what the camera's own clock showed, where that is known. The "
        "films are derived, coded again, and have no sound: they are not the recording."
    ),
    redacted="Parts of the pictures in these films are covered, as listed in MANIFEST.json.",
    alone=(
        "The recorded files are left out of this bundle on purpose. Their SHA-256 stand in "
        "MANIFEST.json, so that whoever holds them can show that they are the same. Without them "
        "the bundle is not complete, and nothing proves what the films show."
    ),
    what_alone=(
        "This folder holds films of the cameras below, made from their recordings, a list of what "
        "is missing of the time asked for, and a program that checks the folder."
    ),
    bundle="Bundle",
    case="Case",
    purpose="Purpose",
    recipient="Recipient",
    made="Made",
    by="by",
    asked="Time asked for (UTC)",
    none="(none stated)",
    signature="Signature",
    compare="by a certificate; compare its fingerprint with the one noted elsewhere:",
    unsigned="this bundle is not signed",
    to="to",
    local="Local time",
    utc="UTC",
    camera="Camera",
    place="Place",
    zone="Time zone",
    footage="Footage",
    no_footage="No footage of this camera is in the bundle.",
    missing="Missing of the time asked for",
    reason="Reason",
    nothing_missing="Nothing is missing of the time asked for.",
    reasons={
        GapReason.CAMERA_LOST: "camera not reached",
        GapReason.RECORDER_DOWN: "recorder was not running",
        GapReason.SPOOL_OVERFLOW: "recorder's disk was full",
        GapReason.WRITE_FAILED: "could not be written",
        GapReason.EXPIRED: "deleted by policy",
        GapReason.CLOCK_STEPPED: "recorder's clock was set",
        GapReason.NO_PICTURES: "no pictures in the recording",
        GapReason.HELD_BACK: "held back",
        GapReason.NOT_SCHEDULED: "not scheduled",
        GapReason.UNKNOWN: "reason not known",
    },
    clock="Clock",
    uncertain="The true time of each picture lies within {} before or after the time stated.",
    offset=(
        "The camera's own clock minus the recorder's: {least} to {greatest}. The times here are "
        "the recorder's; nothing was corrected in the files."
    ),
    offset_unknown="How far the camera's own clock was off is not known.",
    offset_partly="That is known of {known} of {files} files.",
    stated=(
        "Imported files are among these: their times, uncertain by up to {}, are as stated by who "
        "brought the files, and nobody measured them. See README.txt and provenance/clock.json."
    ),
    check_title="How to check",
    check=(
        "Work on a copy. With Python 3.9 or later, and without a network, run this command in "
        "this folder:"
    ),
    check_page="Without Python, in a browser (checksums and films alone)",
    checked=(
        "The answer says what is proven, what is missing and what was not checked.",
        (
            "Then compare the SHA-256 of MANIFEST.json with the one noted when this bundle was "
            "handed over. Only this shows that the bundle is the one that was made."
        ),
    ),
)

URDU: Final = Words(
    code="ur",
    direction="rtl",
    title="یہاں سے شروع کریں: ثبوت کے طور پر برآمد کی گئی فوٹیج",
    what=(
        (
            "اس فولڈر میں نیچے درج کیمروں کی ریکارڈنگ ہے، مانگے گئے وقت میں سے جو غائب ہے اس کی "
            "فہرست، اور ایک پروگرام جو دونوں کی جانچ کرتا ہے۔ ریکارڈنگ فولڈر master میں ویسی ہی ہے "
            "جیسی محفوظ ہوئی تھی؛ MP4 چلانے والا کوئی بھی پلیئر اسے چلا سکتا ہے۔"
        ),
        (
            "ضروری نہیں کہ پلیئر کا اپنا شمار 0 سے شروع ہو۔ ہر فائل کا اصل وقت اس صفحے کے آخر میں "
            "فائلوں کی فہرست میں ہے۔"
        ),
        (
            "یہ صفحہ وہی دہراتا ہے جو MANIFEST.json میں لکھا ہے۔ جو بات کوئی بنڈل ثابت نہیں کر "
            "سکتا وہ وہاں limitations میں درج ہے؛ درآمد شدہ فائلوں کا بیان README.txt میں ہے۔"
        ),
    ),
    clips=(
        "دیکھنے کے لیے فولڈر clip میں ہر مسلسل حصے کی ایک فلم ہے جس کا شمار 0 سے شروع ہوتا ہے۔ یہ "
        "فلمیں اخذ کی گئی ہیں؛ جو ریکارڈ ہوا وہ master کی فائلیں ہیں۔"
    ),
    report="{1} چھاپنے کے لیے رپورٹ ہے؛ {0} وہی رپورٹ انگریزی میں ہے۔",
    stills="فولڈر stills میں ساکن تصویریں ہیں جو master کی فائلوں سے نکالی گئی ہیں۔",
    views=(
        "فولڈر view میں ہر کیمرے کی دیکھنے کے لیے ایک فلم ہے۔ ہر تصویر کے نیچے اس کا وقت درج "
        "ہے، مقامی اور UTC، اور وہ وقت جو کیمرے کی اپنی گھڑی دکھا رہی تھی، جہاں معلوم ہو۔ یہ "
        "فلمیں اخذ کی گئی ہیں، دوبارہ کوڈ کی گئی ہیں اور ان میں آواز نہیں: یہ اصل ریکارڈنگ "
        "نہیں۔"
    ),
    redacted="ان فلموں میں تصویر کے کچھ حصے ڈھانپے گئے ہیں؛ فہرست MANIFEST.json میں ہے۔",
    alone=(
        "ریکارڈ شدہ فائلیں جان بوجھ کر اس بنڈل میں شامل نہیں کی گئیں۔ ان کے SHA-256 "
        "MANIFEST.json میں درج ہیں تاکہ جس کے پاس وہ فائلیں ہوں وہ دکھا سکے کہ وہی ہیں۔ ان کے "
        "بغیر یہ بنڈل مکمل نہیں، اور فلموں میں جو نظر آتا ہے اس کا کوئی ثبوت نہیں۔"
    ),
    what_alone=(
        "اس فولڈر میں نیچے درج کیمروں کی فلمیں ہیں جو ان کی ریکارڈنگ سے بنائی گئی ہیں، مانگے "
        "گئے وقت میں سے جو غائب ہے اس کی فہرست، اور ایک پروگرام جو فولڈر کی جانچ کرتا ہے۔"
    ),
    bundle="بنڈل",
    case="مقدمہ",
    purpose="مقصد",
    recipient="وصول کنندہ",
    made="بنایا گیا",
    by="از",
    asked="مانگا گیا وقت (UTC)",
    none="(نہیں بتایا گیا)",
    signature="دستخط",
    compare="ایک سرٹیفکیٹ سے؛ اس کا فنگر پرنٹ اُس سے ملائیں جو کہیں اور درج ہے:",
    unsigned="اس بنڈل پر دستخط نہیں ہیں",
    to="تا",
    local="مقامی وقت",
    utc="UTC",
    camera="کیمرا",
    place="مقام",
    zone="ٹائم زون",
    footage="فوٹیج",
    no_footage="اس کیمرے کی کوئی فوٹیج بنڈل میں نہیں۔",
    missing="مانگے گئے وقت میں سے جو غائب ہے",
    reason="وجہ",
    nothing_missing="مانگے گئے وقت کا کچھ غائب نہیں۔",
    reasons={
        GapReason.CAMERA_LOST: "کیمرے سے رابطہ نہیں",
        GapReason.RECORDER_DOWN: "ریکارڈر بند تھا",
        GapReason.SPOOL_OVERFLOW: "ریکارڈر کی ڈسک بھر گئی",
        GapReason.WRITE_FAILED: "لکھا نہ جا سکا",
        GapReason.EXPIRED: "پالیسی کے تحت حذف",
        GapReason.CLOCK_STEPPED: "ریکارڈر کی گھڑی بدلی گئی",
        GapReason.NO_PICTURES: "ریکارڈنگ میں تصویریں نہیں",
        GapReason.HELD_BACK: "روکا گیا",
        GapReason.NOT_SCHEDULED: "شیڈول میں نہیں",
        GapReason.UNKNOWN: "وجہ معلوم نہیں",
    },
    clock="گھڑی",
    uncertain="ہر تصویر کا اصل وقت بتائے گئے وقت سے زیادہ سے زیادہ {} پہلے یا بعد ہے۔",
    offset=(
        "کیمرے کی اپنی گھڑی منفی ریکارڈر کی گھڑی: {least} تا {greatest}۔ یہاں کے اوقات ریکارڈر کے "
        "ہیں؛ فائلوں میں کوئی تصحیح نہیں کی گئی۔"
    ),
    offset_unknown="معلوم نہیں کہ کیمرے کی اپنی گھڑی کتنی آگے یا پیچھے تھی۔",
    offset_partly="یہ {files} میں سے {known} فائلوں کے بارے میں معلوم ہے۔",
    stated=(
        "ان میں درآمد شدہ فائلیں بھی ہیں: ان کا وقت، {} تک کی کمی بیشی کے ساتھ، وہی ہے جو فائلیں "
        "لانے والے نے بتایا؛ اسے کسی نے ناپا نہیں۔ README.txt اور provenance/clock.json دیکھیں۔"
    ),
    check_title="جانچ کیسے کریں",
    check=(
        "نقل پر کام کریں۔ Python 3.9 یا اس کے بعد کے ساتھ، نیٹ ورک کے بغیر، اس فولڈر میں یہ کمانڈ "
        "چلائیں:"
    ),
    check_page="Python کے بغیر، براؤزر میں (صرف ہیش اور فلمیں)",
    checked=(
        "جواب بتاتا ہے کہ کیا ثابت ہے، کیا غائب ہے اور کیا نہیں جانچا گیا۔",
        (
            "پھر MANIFEST.json کا SHA-256 اس سے ملائیں جو بنڈل حوالے کرتے وقت لکھا گیا تھا۔ صرف "
            "اسی سے ثابت ہوتا ہے کہ یہ وہی بنڈل ہے جو بنایا گیا تھا۔"
        ),
    ),
)
