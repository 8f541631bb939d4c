"""Words of a bundle's report in English and Urdu. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from footage.recipient import RecipientKind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from footage.document import Language


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportWords:
    """Words of the report in a language; what `{}` names is filled in.

    Attributes:
        recipient_kinds: Words for each kind of recipient.
        requirements: The 21 requirements of PLD 2019 SC 675 in short, each with what the bundle
            has for the requirement.
    """

    title: str
    subtitle: str
    authority: str
    document: str
    recipient_kind: str
    recipient_kinds: Mapping[RecipientKind, str]
    cameras: str
    software: str
    custody: str
    custody_at: str
    custody_head: str
    ledger: str
    ledger_at: str
    no_ledger: str
    keys: str
    certificate: str
    looked_at: str
    what: str
    result: str
    stored_digests: str
    of_files: str
    original_digests: str
    holes: str
    holes_found: str
    proofs: str
    signature: str
    time_stamp: str
    camera_signatures: str
    unsigned: str
    signed_by: str
    not_there: str
    asked_for: str
    not_checked: str
    none_found: str
    signatures_found: str
    start: str
    end: str
    files: str
    file: str
    more_files: str
    more_rows: str
    sheet: str
    sheet_says: str
    sheet_no_clip: str
    number: str
    shows: str
    play: str
    second: str
    shown_at: str
    witness: str
    exhibit: str
    begins: str
    stills: str
    still: str
    still_time: str
    no_still: str
    proves: str
    proven_files: str
    proven_tiles: str
    proven_ledger: str
    proven_clips: str
    stated_files: str
    unknown_views: str
    attested_places: str
    attested_times: str
    attested_gaps: str
    attested_export: str
    attested_imports: str
    unknown_camera: str
    unknown_signature: str
    unknown_signer: str
    unknown_camera_signed: str
    unknown_camera_valid: str
    unknown_ledger: str
    unknown_offset: str
    unknown_gaps: str
    unknown_persons: str
    requirements_title: str
    requirements_say: str
    requirement: str
    served: str
    requirements: tuple[tuple[str, str], ...]


ENGLISH: Final = ReportWords(
    title="Report on exported footage",
    subtitle="Case {case}, bundle {bundle}",
    authority="On the order of",
    document="Document of the authority",
    recipient_kind="Kind of recipient",
    recipient_kinds={
        RecipientKind.INSIDE: "inside: the bundle stays in the house",
        RecipientKind.INVESTIGATOR: "investigator",
        RecipientKind.COURT: "court",
        RecipientKind.AUTHORITY: "authority",
        RecipientKind.LABORATORY: "laboratory",
        RecipientKind.OTHER: "other",
    },
    cameras="Cameras",
    software="Made with",
    custody="Custody log",
    custody_at="entry {intent} of {count}",
    custody_head="Head of the custody log (SHA-256)",
    ledger="Ledger",
    ledger_at="{origin}, {leaves} entries, checkpoint signed {signed}",
    no_ledger="no proof of the ledger is in this bundle",
    keys="Fingerprint (SHA-256) of the ledger's key",
    certificate="Fingerprint (SHA-256) of the certificate that signs",
    looked_at="What was looked at when this bundle was made",
    what="What",
    result="Result",
    stored_digests="Digest of each file in master against the one taken when it was stored",
    of_files="equal for {n} of {of} files",
    original_digests="Digest of each original file in the bundle against the stored one",
    holes="Times of the pictures inside the files, where the files could be read",
    holes_found="holes found: {n}",
    proofs="Files with a proof of the ledger beside them",
    signature="Signature of the bundle",
    time_stamp="Time stamp of a third party",
    camera_signatures="Signatures by the camera inside the pictures",
    unsigned="none",
    signed_by="by {subject}",
    not_there="none",
    asked_for=(
        "asked of {authority} after this report was made: it is in MANIFEST.json.p7s.tsr, or "
        "NO-TIME-STAMP.txt says why there is none"
    ),
    not_checked="not checked",
    none_found="none found in the files",
    signatures_found="{kind}, in {n} of {of} files; not checked whether they are valid",
    start="From",
    end="To",
    files="Files and digests (SHA-256)",
    file="File",
    more_files="More files of this camera, with their digests, are in SHA256SUMS: {n}.",
    more_rows="More rows are in MANIFEST.json: {n}.",
    sheet="Sheet for the court: what to play",
    sheet_says=(
        "For each row: open the file, go to the second named, and play. The column for the witness "
        "is filled in by hand."
    ),
    sheet_no_clip=(
        "The files are those of master: the counter of a player may not begin at 0, so count the "
        "seconds from the first picture shown."
    ),
    number="No.",
    shows="What is shown",
    play="File to play",
    second="Second",
    shown_at="Time shown",
    witness="Witness",
    exhibit="Exhibit {number}: {label}",
    begins="Begin of the footage",
    stills="Stills",
    still="Still, its digest, and the file it was decoded from",
    still_time="Time shown, and media time in that file",
    no_still="No still of {camera} at {at}: {why}",
    proves="What this bundle proves, what is attested, what is not known",
    proven_files=(
        "The files in master ({n}) are, byte for byte, those whose digests MANIFEST.json lists. "
        "verify/verify.py computes each digest again; so does any tool for SHA-256."
    ),
    proven_tiles="Delivered footage and listed gaps together fill all of the time asked for.",
    proven_ledger=(
        "Of the files in master, {n} of {of} stood in the ledger {origin} when its checkpoint was "
        "signed; this is proven to whoever got the key's fingerprint from elsewhere and checks "
        "the proofs."
    ),
    proven_clips=(
        "The films in clip hold the coded pictures of the files in master, byte for byte; "
        "verify/verify.py makes each film again and compares."
    ),
    stated_files=(
        "The recorded files ({n}) are left out of this bundle; MANIFEST.json states their digests, "
        "as they were compared when the films in view were made of them."
    ),
    unknown_views=(
        "Whether the films in view show what the recorded files show: they are derived, coded "
        "again, and compared with nothing."
    ),
    attested_places=(
        "Names and places of the cameras: by the operator of the system, in its register."
    ),
    attested_times=(
        "Times: by the recorder that received the pictures, within the uncertainty stated for each "
        "camera; nothing was corrected in the files."
    ),
    attested_gaps="Reasons of the gaps: by the recorders and the system that noted them.",
    attested_export=(
        "Who exported, when, for which case and purpose: by the system's custody log, of which "
        "provenance/custody.json has the entries of this case."
    ),
    attested_imports=(
        "Camera, place and time of the imported files: by the persons named in README.txt. They "
        "were not recorded by this system."
    ),
    unknown_camera=(
        "What happened inside the camera, or on the way from the camera to the recorder."
    ),
    unknown_signature=(
        "Whether somebody rewrote the whole bundle: it is not signed and has no time stamp of a "
        "third party. Compare the digest of MANIFEST.json with the one noted at hand-over."
    ),
    unknown_signer=(
        "Whose key signed the bundle: anybody can make a key. Compare the fingerprint of the "
        "certificate with the one noted elsewhere."
    ),
    unknown_camera_signed="Whether the camera signed its pictures: this was not checked.",
    unknown_camera_valid="Whether the signatures that cameras put into their pictures are valid.",
    unknown_ledger="When the digests of the files were taken: no proof of the ledger is here.",
    unknown_offset="How far the own clock of these cameras was off: {cameras}.",
    unknown_gaps="The reason of gaps listed without one: {n}.",
    unknown_persons="Who or what is seen: no person and no vehicle was identified in this report.",
    requirements_title="The 21 requirements of PLD 2019 SC 675",
    requirements_say=(
        "The requirements are told in short, not in the words of the judgment. The right column "
        "says what this bundle has for each; whether it is met, the court decides."
    ),
    requirement="Requirement",
    served="In this bundle",
    requirements=(
        ("Proved genuine, not tampered with", "Digests and verifier; see proven and not known"),
        ("Report of a forensic agency", "Not in the bundle; master serves for its examination"),
        ("Leave of the court to produce it", "For the court; report and manifest to attach"),
        ("Proved by the law of evidence", "For the party; custody extract and this report"),
        ("Accuracy proved, tampering ruled out", "Digests, clock statement, list of gaps"),
        ("The actual record of the event as it took place", "master, as first stored; times"),
        ("The person who recorded is produced", "For the party; page one names the exporter"),
        ("That person produces the recording", "For the party; page one names the exporter"),
        ("Played in court", "Sheet for the court: file and second"),
        ("Clearly audible or viewable", "Files at the quality recorded; stills where made"),
        ("Voice or person identified by who recorded or knows them", "For the witness"),
        ("Others present may testify in support", "For the party; time and place are stated"),
        ("Persons and voices properly identified", "For the witness; sheet for the court"),
        ("Relevant and otherwise admissible", "For the court; case and purpose are stated"),
        ("Safe custody from making to production", "Custody extract; digests since storing"),
        ("Transcript under independent control", "No transcript was made"),
        ("Recorded in routine duty, not to lay a trap", "Recorded automatically; duty to attest"),
        ("Source disclosed", "Camera, place, recorder's times; imports with who brought them"),
        ("Date of acquiring disclosed", "Page one: when the bundle was made, by whom"),
        ("Late production may be suspicious", "Times of recording and of making are stated"),
        ("Formal application to produce it", "For the party; page one has the particulars"),
    ),
)

URDU: Final = ReportWords(
    title="برآمد کی گئی فوٹیج کی رپورٹ",
    subtitle="مقدمہ {case}، بنڈل {bundle}",
    authority="کس کے حکم پر",
    document="مجاز حکم کی دستاویز",
    recipient_kind="وصول کنندہ کی قسم",
    recipient_kinds={
        RecipientKind.INSIDE: "اندرونی: بنڈل ادارے ہی میں رہتا ہے",
        RecipientKind.INVESTIGATOR: "تفتیشی افسر",
        RecipientKind.COURT: "عدالت",
        RecipientKind.AUTHORITY: "مجاز ادارہ",
        RecipientKind.LABORATORY: "لیبارٹری",
        RecipientKind.OTHER: "دیگر",
    },
    cameras="کیمرے",
    software="کس سے بنایا گیا",
    custody="تحویل کا رجسٹر",
    custody_at="اندراج {intent} از {count}",
    custody_head="تحویل کے رجسٹر کا آخری ہیش (SHA-256)",
    ledger="لیجر",
    ledger_at="{origin}، {leaves} اندراجات، چیک پوائنٹ پر دستخط {signed}",
    no_ledger="اس بنڈل میں لیجر کا کوئی ثبوت نہیں",
    keys="لیجر کی کلید کا فنگر پرنٹ (SHA-256)،",
    certificate="دستخط کرنے والے سرٹیفکیٹ کا فنگر پرنٹ (SHA-256)",
    looked_at="یہ بنڈل بناتے وقت کیا دیکھا گیا",
    what="کیا",
    result="نتیجہ",
    stored_digests="فولڈر master کی ہر فائل کا ہیش، محفوظ کرتے وقت لیے گئے ہیش کے مقابل",
    of_files="{of} میں سے {n} فائلوں کا یکساں ہے",
    original_digests="بنڈل کی ہر اصل فائل کا ہیش، محفوظ شدہ ہیش کے مقابل",
    holes="فائلوں کے اندر تصویروں کے اوقات، جہاں فائل پڑھی جا سکی",
    holes_found="خلا ملے: {n}",
    proofs="وہ فائلیں جن کے ساتھ لیجر کا ثبوت ہے",
    signature="بنڈل پر دستخط",
    time_stamp="کسی تیسرے فریق کی مہرِ وقت",
    camera_signatures="تصویروں کے اندر کیمرے کے دستخط",
    unsigned="نہیں",
    signed_by="از {subject}",
    not_there="نہیں",
    asked_for=(
        "اس رپورٹ کے بننے کے بعد {authority} سے مانگی گئی: وہ MANIFEST.json.p7s.tsr میں ہے، ورنہ "
        "NO-TIME-STAMP.txt میں وجہ لکھی ہے"
    ),
    not_checked="جانچ نہیں کی گئی",
    none_found="فائلوں میں کوئی نہیں ملے",
    signatures_found="{kind}، {of} میں سے {n} فائلوں میں؛ درست ہیں یا نہیں، یہ نہیں جانچا گیا",
    start="سے",
    end="تک",
    files="فائلیں اور ان کے ہیش (SHA-256)",
    file="فائل",
    more_files="اس کیمرے کی مزید {n} فائلیں اپنے ہیش کے ساتھ SHA256SUMS میں ہیں۔",
    more_rows="مزید {n} کا ذکر MANIFEST.json میں ہے۔",
    sheet="عدالت کے لیے پرچہ: کیا چلایا جائے",
    sheet_says=(
        "ہر سطر کے لیے: فائل کھولیں، بتائے گئے سیکنڈ پر جائیں اور چلائیں۔ گواہ کا خانہ ہاتھ سے پُر "
        "کیا جائے۔"
    ),
    sheet_no_clip=(
        "یہ فائلیں فولڈر master کی ہیں: ضروری نہیں کہ پلیئر کا شمار 0 سے شروع ہو، اس لیے سیکنڈ "
        "پہلی نظر آنے والی تصویر سے گنیں۔"
    ),
    number="نمبر",
    shows="کیا دکھایا جاتا ہے",
    play="چلانے کی فائل",
    second="سیکنڈ",
    shown_at="دکھایا گیا وقت",
    witness="گواہ",
    exhibit="ثبوت {number}: {label}",
    begins="فوٹیج کا آغاز",
    stills="ساکن تصویریں",
    still="تصویر، اس کا ہیش، اور وہ فائل جس سے نکالی گئی",
    still_time="دکھایا گیا وقت، اور اس فائل کے اندر وقت",
    no_still="کیمرا {camera} کی {at} کی تصویر نہیں: {why}",
    proves="یہ بنڈل کیا ثابت کرتا ہے، کیا کسی کا بیان ہے، اور کیا معلوم نہیں",
    proven_files=(
        "فولڈر master کی فائلیں ({n}) حرف بہ حرف وہی ہیں جن کے ہیش MANIFEST.json میں درج ہیں۔ "
        "verify/verify.py ہر ہیش دوبارہ نکالتا ہے؛ SHA-256 کا کوئی بھی پروگرام یہ کر سکتا ہے۔"
    ),
    proven_tiles="دی گئی فوٹیج اور درج شدہ وقفے مل کر مانگے گئے پورے وقت کو پُر کرتے ہیں۔",
    proven_ledger=(
        "{of} میں سے {n} فائلیں لیجر {origin} میں اس وقت موجود تھیں جب اس کے چیک پوائنٹ پر دستخط "
        "ہوئے؛ یہ اس کے لیے ثابت ہے جس نے کلید کا فنگر پرنٹ کہیں اور سے لیا ہو اور ثبوتوں کو جانچے۔"
    ),
    proven_clips=(
        "فولڈر clip کی فلموں میں master کی فائلوں کی تصویریں حرف بہ حرف ہیں؛ verify/verify.py ہر "
        "فلم دوبارہ بنا کر موازنہ کرتا ہے۔"
    ),
    stated_files=(
        "ریکارڈ شدہ فائلیں ({n}) اس بنڈل میں شامل نہیں؛ MANIFEST.json میں ان کے ہیش درج ہیں، جیسے "
        "فولڈر view کی فلمیں بناتے وقت ملائے گئے۔"
    ),
    unknown_views=(
        "کیا فولڈر view کی فلمیں وہی دکھاتی ہیں جو ریکارڈ شدہ فائلیں دکھاتی ہیں: یہ اخذ کی گئی "
        "ہیں، دوبارہ کوڈ کی گئی ہیں، اور کسی سے ملائی نہیں گئیں۔"
    ),
    attested_places="کیمروں کے نام اور مقام: نظام چلانے والے ادارے کا بیان، اس کے رجسٹر میں۔",
    attested_times=(
        "اوقات: اس ریکارڈر کا بیان جس نے تصویریں وصول کیں، ہر کیمرے کے لیے بتائی گئی کمی بیشی کے "
        "اندر؛ فائلوں میں کوئی تصحیح نہیں کی گئی۔"
    ),
    attested_gaps="وقفوں کی وجوہات: ان ریکارڈروں اور اس نظام کا بیان جنھوں نے انھیں درج کیا۔",
    attested_export=(
        "کس نے، کب، کس مقدمے اور مقصد کے لیے برآمد کیا: نظام کے تحویل کے رجسٹر کا بیان؛ اس مقدمے "
        "کے اندراجات provenance/custody.json میں ہیں۔"
    ),
    attested_imports=(
        "درآمد شدہ فائلوں کا کیمرا، مقام اور وقت: ان لوگوں کا بیان جن کے نام README.txt میں ہیں۔ "
        "یہ فائلیں اس نظام نے ریکارڈ نہیں کیں۔"
    ),
    unknown_camera="کیمرے کے اندر، یا کیمرے سے ریکارڈر تک کے راستے میں کیا ہوا۔",
    unknown_signature=(
        "کیا کسی نے پورا بنڈل نئے سرے سے لکھا: اس پر دستخط نہیں اور کسی تیسرے فریق کی مہرِ وقت "
        "نہیں۔ MANIFEST.json کا ہیش اس سے ملائیں جو حوالے کرتے وقت لکھا گیا تھا۔"
    ),
    unknown_signer=(
        "بنڈل پر کس کی کلید سے دستخط ہوئے: کلید کوئی بھی بنا سکتا ہے۔ سرٹیفکیٹ کا ہیش اس سے ملائیں "
        "جو کہیں اور لکھا گیا تھا۔"
    ),
    unknown_camera_signed="کیا کیمرے نے اپنی تصویروں پر دستخط کیے: یہ نہیں جانچا گیا۔",
    unknown_camera_valid="کیا وہ دستخط درست ہیں جو کیمروں نے اپنی تصویروں میں ڈالے۔",
    unknown_ledger="فائلوں کے ہیش کب لیے گئے: لیجر کا کوئی ثبوت یہاں نہیں۔",
    unknown_offset="ان کیمروں کی اپنی گھڑی کتنی آگے یا پیچھے تھی: {cameras}۔",
    unknown_gaps="{n} وقفوں کی وجہ۔",
    unknown_persons="کون یا کیا نظر آتا ہے: اس رپورٹ میں کسی شخص یا گاڑی کی شناخت نہیں کی گئی۔",
    requirements_title="PLD 2019 SC 675 کے 21 تقاضے",
    requirements_say=(
        "تقاضے مختصر لکھے گئے ہیں، فیصلے کے اپنے الفاظ میں نہیں۔ دوسرا خانہ بتاتا ہے کہ ہر تقاضے "
        "کے لیے اس بنڈل میں کیا ہے؛ تقاضا پورا ہوا یا نہیں، یہ عدالت طے کرتی ہے۔"
    ),
    requirement="تقاضا",
    served="اس بنڈل میں",
    requirements=(
        (
            "اصلی ہونا اور رد و بدل سے پاک ہونا ثابت ہو",
            "ہیش اور جانچ کا پروگرام؛ اوپر دیکھیں",
        ),
        ("فرانزک ادارے کی رپورٹ", "بنڈل میں نہیں؛ معائنے کے لیے master موجود ہے"),
        ("پیش کرنے کے لیے عدالت کی اجازت", "عدالت کا اختیار؛ رپورٹ اور MANIFEST.json منسلک کریں"),
        ("قانونِ شہادت کے مطابق ثابت ہو", "فریق کا کام؛ تحویل کے اندراجات اور یہ رپورٹ"),
        ("درستی ثابت ہو، رد و بدل کا امکان نہ رہے", "ہیش، گھڑی کا بیان، وقفوں کی فہرست"),
        ("واقعے کی اصل ریکارڈنگ، جب وہ پیش آیا", "فولڈر master، جیسا پہلے محفوظ ہوا؛ اوقات"),
        ("ریکارڈ کرنے والا پیش ہو", "فریق کا کام؛ برآمد کرنے والے کا نام پہلے صفحے پر"),
        ("وہی شخص ریکارڈنگ پیش کرے", "فریق کا کام؛ برآمد کرنے والے کا نام پہلے صفحے پر"),
        ("عدالت میں چلائی جائے", "عدالت کے لیے پرچہ: فائل اور سیکنڈ"),
        ("صاف سنائی یا دکھائی دے", "فائلیں ریکارڈنگ کے معیار پر؛ ساکن تصویریں جہاں بنیں"),
        ("آواز یا شخص کی شناخت ریکارڈ کرنے والا یا جاننے والا کرے", "گواہ کا کام"),
        ("موقع پر موجود دوسرے لوگ تائید کر سکتے ہیں", "فریق کا کام؛ وقت اور مقام درج ہیں"),
        ("اشخاص اور آوازوں کی مناسب شناخت", "گواہ کا کام؛ عدالت کے لیے پرچہ"),
        ("متعلقہ اور قابلِ قبول ہو", "عدالت کا اختیار؛ مقدمہ اور مقصد درج ہیں"),
        ("بننے سے پیش ہونے تک محفوظ تحویل", "تحویل کے اندراجات؛ محفوظ ہونے سے اب تک کے ہیش"),
        ("تحریری نقل آزاد نگرانی میں", "کوئی تحریری نقل نہیں بنائی گئی"),
        (
            "معمول کی ڈیوٹی میں ریکارڈ ہو، جال بچھانے کو نہیں",
            "خودکار ریکارڈنگ؛ ڈیوٹی کا گواہ بتائے",
        ),
        ("ماخذ بتایا جائے", "کیمرا، مقام، ریکارڈر کے اوقات؛ درآمد کے ساتھ لانے والا"),
        ("حاصل کرنے کی تاریخ بتائی جائے", "پہلا صفحہ: بنڈل کب اور کس نے بنایا"),
        ("تاخیر سے پیش کرنا مشکوک ہو سکتا ہے", "ریکارڈنگ اور برآمد دونوں کے اوقات درج ہیں"),
        ("پیش کرنے کی باقاعدہ درخواست", "فریق کا کام؛ تفصیلات پہلے صفحے پر"),
    ),
)

WORDS: Final[dict[Language, ReportWords]] = {"en": ENGLISH, "ur": URDU}
