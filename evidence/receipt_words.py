"""Words of the receipt for an order that is preserved, in English and Urdu."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from footage.document import Language


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptWords:
    """Words of a receipt in a language; what `{}` names is filled in.

    Attributes:
        states: Words for whether the hold was placed by this order or stood before.
        what: Paragraphs about what the hold means.
    """

    title: str
    subtitle: str
    hold: str
    state: str
    states: Mapping[str, str]
    authority: str
    order: str
    given: str
    document: str
    by: str
    asked_at: str
    held_at: str
    from_order: str
    entry: str
    amount: str
    amount_of: str
    amount_unknown: str
    marks_pending: str
    looked_at: str
    what_title: str
    what: tuple[str, ...]
    cameras_title: str
    stored: str
    neighbour: str
    cameras_unknown: str
    missing_title: str
    nothing_missing: str
    to_come_title: str
    to_come: str
    objects_title: str
    objects: str
    near_title: str
    near: str
    metres: str
    nearest: str
    held: str
    yes: str
    no: str
    more: str
    received_by: str
    received_at: str


ENGLISH: Final = ReceiptWords(
    title="Receipt: footage preserved",
    subtitle="Order {number} of {authority}",
    hold="Hold",
    state="State",
    states={
        "placed now": "placed by this order",
        "stood before": "this order was entered before; its hold stands",
    },
    authority="Ordered by",
    order="Number of the order",
    given="Hour on the order",
    document="Document, with SHA-256",
    by="Entered by",
    asked_at="Asked",
    held_at="Held since",
    from_order="From the hour on the order to the hold",
    entry="Entry in the custody log",
    amount="Held now",
    amount_of="files: {n}, together {size}",
    amount_unknown="not known yet: the catalogue was not reachable",
    marks_pending="Marks on stored objects",
    looked_at="What is stored was looked up",
    what_title="What this means",
    what=(
        (
            "From the hour of the hold on, the system deletes none of this footage until the hold "
            "is released. What is stored later of this time is held as it arrives."
        ),
        (
            "What was never recorded, or had been deleted before that hour, the hold cannot bring "
            "back: it is listed below with the reason. The receipt shows no footage and gives "
            "nobody a right to see any."
        ),
        "Nobody checked the order when it was entered: who entered it answers for it.",
    ),
    cameras_title="Cameras",
    stored="Stored",
    neighbour="neighbour, under a hold of its own",
    cameras_unknown="What is stored could not be looked up: {why}",
    missing_title="Missing",
    nothing_missing="Nothing is missing of the time that has passed.",
    to_come_title="Held as it arrives",
    to_come="Footage of this time may still be stored; it may also never come.",
    objects_title="Missing from the store",
    objects="These files are in the catalogue, but not in the store; nothing is left to hold:",
    near_title="Cameras near by",
    near="By distance alone; walls and streets are not known. Held are those marked so.",
    metres="Metres",
    nearest="From",
    held="Held",
    yes="yes",
    no="no",
    more="More lines are in the JSON file of this receipt: {n}.",
    received_by="Received by",
    received_at="Date and hour",
)

URDU: Final = ReceiptWords(
    title="رسید: فوٹیج محفوظ رکھی گئی",
    subtitle="{authority} کا حکم نمبر {number}",
    hold="ہولڈ",
    state="حالت",
    states={
        "placed now": "اس حکم سے لگایا گیا",
        "stood before": "یہ حکم پہلے درج ہو چکا تھا؛ اس کا ہولڈ قائم ہے",
    },
    authority="حکم دینے والا",
    order="حکم کا نمبر",
    given="حکم پر درج وقت",
    document="دستاویز، SHA-256 کے ساتھ",
    by="درج کرنے والا",
    asked_at="مانگا گیا",
    held_at="ہولڈ اس وقت سے",
    from_order="حکم پر درج وقت سے ہولڈ تک",
    entry="تحویل کے رجسٹر کا اندراج",
    amount="اس وقت محفوظ",
    amount_of="فائلیں: {n}، کل {size}",
    amount_unknown="ابھی معلوم نہیں: فہرست تک رسائی نہ ہوئی",
    marks_pending="محفوظ فائلوں پر نشان",
    looked_at="جو محفوظ ہے وہ اس وقت دیکھا گیا",
    what_title="اس کا مطلب",
    what=(
        (
            "ہولڈ کے وقت سے نظام اس فوٹیج میں سے کچھ حذف نہیں کرتا جب تک ہولڈ ختم نہ کیا جائے۔ "
            "اس وقت کی جو فوٹیج بعد میں محفوظ ہو وہ پہنچتے ہی ہولڈ میں آ جاتی ہے۔"
        ),
        (
            "جو کبھی ریکارڈ نہیں ہوا، یا اس وقت سے پہلے حذف ہو چکا تھا، ہولڈ اسے واپس نہیں لا "
            "سکتا: وہ نیچے وجہ کے ساتھ درج ہے۔ یہ رسید کوئی فوٹیج نہیں دکھاتی اور کسی کو "
            "دیکھنے کا حق نہیں دیتی۔"
        ),
        "درج کرتے وقت حکم کی جانچ کسی نے نہیں کی: جس نے درج کیا وہی جواب دہ ہے۔",
    ),
    cameras_title="کیمرے",
    stored="محفوظ",
    neighbour="قریبی کیمرا، اپنے الگ ہولڈ میں",
    cameras_unknown="جو محفوظ ہے وہ دیکھا نہ جا سکا: {why}",
    missing_title="غائب",
    nothing_missing="گزرے ہوئے وقت میں سے کچھ غائب نہیں۔",
    to_come_title="پہنچتے ہی ہولڈ میں",
    to_come="اس وقت کی فوٹیج ابھی محفوظ ہو سکتی ہے؛ ہو سکتا ہے کبھی نہ آئے۔",
    objects_title="ذخیرے میں موجود نہیں",
    objects="یہ فائلیں فہرست میں ہیں مگر ذخیرے میں نہیں؛ ہولڈ کرنے کو کچھ باقی نہیں:",
    near_title="قریبی کیمرے",
    near="صرف فاصلے کے لحاظ سے؛ دیواریں اور سڑکیں معلوم نہیں۔ ہولڈ میں وہی ہیں جن پر لکھا ہے۔",
    metres="میٹر",
    nearest="کس سے",
    held="ہولڈ میں",
    yes="ہاں",
    no="نہیں",
    more="مزید سطریں اس رسید کی JSON فائل میں ہیں: {n}۔",
    received_by="وصول کنندہ",
    received_at="تاریخ اور وقت",
)

WORDS: Final[Mapping[Language, ReceiptWords]] = {"en": ENGLISH, "ur": URDU}
