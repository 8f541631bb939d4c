"""Words of an export of the custody log as a document, in English and Urdu."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from evidence.custody_acts import State
from footage.action import Action

if TYPE_CHECKING:
    from collections.abc import Mapping

    from footage.document import Language


@dataclass(frozen=True, slots=True, kw_only=True)
class CustodyWords:
    """Words of the document in a language; what `{}` names is filled in.

    Attributes:
        asked: Names of the parts that restrict, as `Wanted.document` names these parts.
        states: Words for the outcome of an act.
        actions: Words for the acts.
    """

    title: str
    subtitle: str
    made_by: str
    entry: str
    acts: str
    asked: Mapping[str, str]
    all_acts: str
    last: str
    what: tuple[str, ...]
    number: str
    when: str
    who: str
    about: str
    none: str
    states: Mapping[State, str]
    actions: Mapping[Action, str]


ENGLISH: Final = CustodyWords(
    title="Extract of the custody log",
    subtitle="Who did what with footage, and for which case",
    made_by="Made for",
    entry="Entered as",
    acts="Acts",
    asked={
        "person": "Of the person",
        "of_case": "Of the case",
        "of_action": "Of the kind",
        "camera": "On footage of the camera",
        "footage_from": "Footage recorded from",
        "footage_to": "Footage recorded until",
        "entered_from": "Entered from",
        "entered_to": "Entered until",
    },
    all_acts="All acts of the log up to this extract",
    last="SHA-256 of entry {number}, the last of these",
    what=(
        (
            "Each row is an act: the entry made before the act, and the entry made behind with the "
            "outcome. Times are local, to the second, with the offset from UTC. Digests and most "
            "lists are left out, and long texts are cut, with three dots."
        ),
        (
            "For this paper the log was read, and its chain was not checked: `footage audit "
            "verify` does. The file of JSON lines (`footage audit export --format jsonl`) has the "
            "entries whole, with their hashes."
        ),
    ),
    number="Entries",
    when="When",
    who="Who, what, for which case",
    about="About, and outcome",
    none="no such act",
    states={
        State.DONE: "done",
        State.FAILED: "failed",
        State.OPEN: "no outcome is entered",
        State.UNREAD: "no outcome before this extract",
    },
    actions={
        Action.SEARCH: "searched",
        Action.VIEW: "watched",
        Action.EXPORT: "exported",
        Action.ABSENCE: "certified absence",
        Action.HOLD: "held",
        Action.RELEASE: "released a hold",
        Action.REASSERT: "set marks again",
        Action.PURGE: "deleted",
        Action.BACKUP: "backed up",
        Action.RESTORE: "restored",
        Action.IMPORT: "imported",
        Action.CAMERAS: "changed cameras",
        Action.POLICIES: "changed policies",
        Action.PEOPLE: "changed accounts",
        Action.SIGN_IN: "signed in",
        Action.CASE: "worked on a case",
        Action.REQUEST: "asked for approval, or withdrew it",
        Action.APPROVAL: "approved or refused",
        Action.AUDIT: "exported the log",
        Action.ERASE: "purged personal parts of old entries",
        Action.KEYS: "changed signing keys",
        Action.LEDGER: "restored the ledger",
        Action.SETTINGS: "changed settings",
    },
)
URDU: Final = CustodyWords(
    title="تحویل کے رجسٹر کا اقتباس",
    subtitle="فوٹیج کے ساتھ کس نے کیا کیا، اور کس مقدمے کے لیے",
    made_by="کس کے لیے بنا",
    entry="اندراج نمبر",
    acts="اعمال",
    asked={
        "person": "شخص",
        "of_case": "مقدمہ",
        "of_action": "عمل کی قسم",
        "camera": "کیمرے کی فوٹیج",
        "footage_from": "فوٹیج ریکارڈ ہوئی، سے",
        "footage_to": "فوٹیج ریکارڈ ہوئی، تک",
        "entered_from": "اندراج ہوا، سے",
        "entered_to": "اندراج ہوا، تک",
    },
    all_acts="اس اقتباس تک رجسٹر کے تمام اعمال",
    last="ان میں سے آخری اندراج {number} کا SHA-256",
    what=(
        (
            "ہر سطر ایک عمل ہے: عمل سے پہلے کا اندراج، اور بعد کا اندراج نتیجے کے ساتھ۔ "
            "اوقات مقامی ہیں، سیکنڈ تک، UTC سے فرق کے ساتھ۔ ہیش اور اکثر فہرستیں یہاں نہیں، "
            "اور لمبی تحریر تین نقطوں پر کاٹی گئی ہے۔"
        ),
        (
            "اس کاغذ کے لیے رجسٹر پڑھا گیا، اس کی زنجیر جانچی نہیں گئی: وہ \u2066footage audit "
            "verify\u2069 کرتا ہے۔ JSON کی فائل (\u2066footage audit export --format jsonl\u2069) "
            "میں پورے اندراج اپنے ہیش کے ساتھ ہیں۔"
        ),
    ),
    number="اندراج",
    when="کب",
    who="کس نے، کیا، کس مقدمے کے لیے",
    about="کس بارے میں، اور نتیجہ",
    none="ایسا کوئی عمل نہیں",
    states={
        State.DONE: "مکمل",
        State.FAILED: "ناکام",
        State.OPEN: "کوئی نتیجہ درج نہیں",
        State.UNREAD: "اس اقتباس سے پہلے کوئی نتیجہ نہیں",
    },
    actions={
        Action.SEARCH: "تلاش کیا",
        Action.VIEW: "دیکھا",
        Action.EXPORT: "برآمد کیا",
        Action.ABSENCE: "عدم موجودگی کی تصدیق کی",
        Action.HOLD: "ہولڈ لگایا",
        Action.RELEASE: "ہولڈ ختم کیا",
        Action.REASSERT: "نشان دوبارہ لگائے",
        Action.PURGE: "حذف کیا",
        Action.BACKUP: "نقل محفوظ کی",
        Action.RESTORE: "بحال کیا",
        Action.IMPORT: "درآمد کیا",
        Action.CAMERAS: "کیمرے بدلے",
        Action.POLICIES: "پالیسیاں بدلیں",
        Action.PEOPLE: "اکاؤنٹ بدلے",
        Action.SIGN_IN: "سائن اِن کیا",
        Action.CASE: "مقدمے پر کام کیا",
        Action.REQUEST: "منظوری مانگی یا درخواست واپس لی",
        Action.APPROVAL: "منظور یا نامنظور کیا",
        Action.AUDIT: "رجسٹر کی نقل دی",
        Action.ERASE: "پرانے اندراجات کے ذاتی حصے مٹائے",
        Action.KEYS: "دستخطی کلیدیں بدلیں",
        Action.LEDGER: "لیجر بحال کیا",
        Action.SETTINGS: "ترتیبات بدلیں",
    },
)
WORDS: Final[Mapping[Language, CustodyWords]] = {"en": ENGLISH, "ur": URDU}
