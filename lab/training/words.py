"""Tables of the words of captions, English and Urdu."""

from __future__ import annotations

from typing import Final

from lab.scenes.palette import Colour, Kind, Light

NAMES: Final[dict[Kind, tuple[str, ...]]] = {
    Kind.CAR: ("car", "car", "sedan", "saloon car", "hatchback"),
    Kind.PICKUP: ("pickup", "pickup", "pick-up truck", "pickup truck", "double cabin pickup"),
    Kind.BUS: ("bus", "bus", "coach", "passenger bus"),
    Kind.TRUCK: ("truck", "truck", "lorry", "goods truck", "cargo truck"),
    Kind.MOTORCYCLE: ("motorcycle", "motorbike", "motor bike", "bike rider", "scooter"),
    Kind.RICKSHAW: ("rickshaw", "rickshaw", "auto rickshaw", "three-wheeler", "tuk tuk"),
    Kind.PERSON: ("person", "man", "pedestrian", "woman", "someone"),
    Kind.VAN: ("van", "van", "minivan", "minibus", "hiace"),
    Kind.BICYCLE: ("bicycle", "bicycle", "cyclist", "push bike", "person on a bicycle"),
}
COLOURED: Final[dict[Colour, tuple[str, ...]]] = {
    Colour.RED: ("red", "red", "red", "bright red", "dark red"),
    Colour.BLUE: ("blue", "blue", "blue", "navy blue", "dark blue"),
    Colour.GREEN: ("green", "green", "green", "dark green"),
    Colour.YELLOW: ("yellow", "yellow", "yellow", "bright yellow"),
    Colour.WHITE: ("white", "white", "white", "white coloured"),
    Colour.BLACK: ("black", "black", "black", "black coloured"),
    Colour.ORANGE: ("orange", "orange", "orange", "bright orange"),
    Colour.GREY: ("grey", "gray", "silver", "grey"),
}
CLOTHES: Final = ("shirt", "clothes", "jacket", "shalwar kameez", "top", "coat")
LIT: Final[dict[Light, tuple[str, ...]]] = {
    Light.DAY: ("by day", "in daylight", "during the day"),
    Light.DUSK: ("at dusk", "in the evening", "at sunset"),
    Light.NIGHT: ("at night", "in the dark", "after dark"),
    Light.HAZE: ("in haze", "in fog", "in the mist"),
    Light.RAIN: ("in the rain", "in rain", "while it rains"),
}
PLACES: Final = (
    "near the bus stand", "at the bus stop", "at the crossing", "in the bazaar", "on the road",
    "on the main road", "by the shops", "in the street", "in front of the school", "at the gate",
    "passing by", "turning left", "turning right", "parked", "moving fast", "waiting",
    "near the truck stand", "near the car park", "at the checkpost", "seen from above",
    "on the left", "on the right", "between 18 and 20 h", "this morning", "near the petrol pump",
)  # fmt: skip
OPENINGS: Final = (
    "a photo of", "a cctv image of", "a security camera photo of", "find", "show me",
    "looking for", "a low resolution photo of", "search for", "camera picture of",
)  # fmt: skip
NOTHING: Final = (
    "an empty street", "nothing on the road", "no traffic", "an empty road", "خالی سڑک",
)  # fmt: skip

URDU_NAMES: Final[dict[Kind, tuple[str, ...]]] = {
    Kind.CAR: ("کار", "گاڑی"),
    Kind.PICKUP: ("پک اپ", "ڈاٹسن"),
    Kind.BUS: ("بس",),
    Kind.TRUCK: ("ٹرک",),
    Kind.MOTORCYCLE: ("موٹر سائیکل", "موٹرسائیکل"),
    Kind.RICKSHAW: ("رکشہ", "رکشا"),
    Kind.PERSON: ("آدمی", "شخص"),
    Kind.VAN: ("وین",),
    Kind.BICYCLE: ("سائیکل",),
}
URDU_COLOURED: Final[dict[Colour, tuple[str, ...]]] = {
    Colour.RED: ("سرخ", "لال"),
    Colour.BLUE: ("نیلا", "نیلی"),
    Colour.GREEN: ("سبز", "ہرا", "ہری"),
    Colour.YELLOW: ("پیلا", "پیلی"),
    Colour.WHITE: ("سفید",),
    Colour.BLACK: ("کالا", "کالی", "سیاہ"),
    Colour.ORANGE: ("نارنجی",),
    Colour.GREY: ("سرمئی", "سلیٹی"),
}
URDU_CLOTHES: Final = ("قمیض", "کپڑوں", "شلوار قمیض")
URDU_LIT: Final[dict[Light, tuple[str, ...]]] = {
    Light.DAY: ("دن میں",),
    Light.DUSK: ("شام کو",),
    Light.NIGHT: ("رات کو", "رات میں"),
    Light.HAZE: ("دھند میں",),
    Light.RAIN: ("بارش میں",),
}
