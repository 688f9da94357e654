"""What operators call a contact: a colour and a bird, the same ones for as long as they write."""

from __future__ import annotations

import uuid
from typing import Final

COLOURS: Final = (
    *("Amber", "Apricot", "Aqua", "Azure", "Beige", "Blue", "Bronze", "Burgundy"),
    *("Carmine", "Cerise", "Cerulean", "Chestnut", "Cinnamon", "Citrine", "Claret", "Cobalt"),
    *("Copper", "Coral", "Cornflower", "Cream", "Crimson", "Cyan", "Denim", "Emerald"),
    *("Fuchsia", "Garnet", "Golden", "Grape", "Green", "Hazel", "Honey", "Indigo"),
    *("Iris", "Ivory", "Jade", "Lavender", "Lemon", "Lilac", "Lime", "Magenta"),
    *("Maroon", "Mauve", "Mint", "Moss", "Mustard", "Navy", "Ochre", "Olive"),
    *("Orange", "Orchid", "Peach", "Pearl", "Plum", "Purple", "Ruby", "Russet"),
    *("Saffron", "Sapphire", "Scarlet", "Silver", "Teal", "Turquoise", "Umber", "Violet"),
)
"""None that people are called by."""
BIRDS: Final = (
    *("Accentor", "Avocet", "Barbet", "Bittern", "Bluebird", "Bulbul", "Bunting", "Chaffinch"),
    *("Canary", "Cardinal", "Condor", "Cormorant", "Crane", "Curlew", "Dipper", "Dove"),
    *("Drongo", "Eagle", "Egret", "Eider", "Falcon", "Fantail", "Finch", "Flamingo"),
    *("Goldfinch", "Goshawk", "Grebe", "Harrier", "Heron", "Hoopoe", "Ibis", "Jacana"),
    *("Kestrel", "Kingfisher", "Kite", "Lapwing", "Lark", "Linnet", "Lorikeet", "Ouzel"),
    *("Martin", "Merlin", "Mynah", "Nightjar", "Oriole", "Osprey", "Owl", "Parrot"),
    *("Pelican", "Petrel", "Pheasant", "Pipit", "Plover", "Puffin", "Quail", "Raven"),
    *("Robin", "Sandpiper", "Sparrow", "Starling", "Stork", "Swan", "Tern", "Wren"),
)
"""None that is also a rude word, or an insult."""


def pseudonym(conversation_id: uuid.UUID) -> str:
    """The name of a contact: "Amber Kite". It tells nothing, and 4096 are told apart.

    Two contacts may share one; the case's number is what tells them apart.
    """
    # The last bits of a random id are random; its version and variant stand elsewhere.
    number = conversation_id.int % (len(COLOURS) * len(BIRDS))
    colour, bird = divmod(number, len(BIRDS))
    return f"{COLOURS[colour]} {BIRDS[bird]}"
