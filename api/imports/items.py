"""The items that files can name, those of each loaded service, and how a column of several is filled in."""

from api.imports.messages import Sentence
from lifecycle.terms.editions import ITEMS, SERVICES, item_names
from lifecycle.terms.services import PAGE_WORDS

FIRST, *_, LAST = ITEMS
ITEMS_EXAMPLE = f"{FIRST} 2021-04-01; {LAST} 2022-01-01"


def item_choices() -> Sentence:
    """The items of every loaded service; with the names of the services where there are several."""
    japanese, english = [], []
    for service in SERVICES:
        of = PAGE_WORDS[f"service.{service}"] if len(SERVICES) > 1 else ("", "")
        names = "、".join(f"{name} {PAGE_WORDS[f'item.{name}'][0]}" for name in item_names(service))
        japanese.append(f"{of[0]}：{names}" if of[0] else names)
        english.append(", ".join(item_names(service)) + (f" ({of[1]})" if of[1] else ""))
    return Sentence("／".join(japanese), "; ".join(english))
