"""The version of the terms that the content of an edition holds: what `content_of` wrote, read back."""

from datetime import date
from typing import Any

from lifecycle.terms.edition import Content, content_of
from lifecycle.terms.editions import SERVICES
from lifecycle.terms.version import UNSAID, Item, Settings, Terms, meters_of


def terms_of(content: Content) -> Terms:
    """The version with an edition's values; the loaded one where it has the same.

    Raises KeyError, TypeError or ValueError for an edition of another form.
    """
    binding = content["binding"]
    for loaded in SERVICES.get(content["service"], ()):
        if loaded.version == content["version"] and content_of(loaded)["binding"] == binding:
            return loaded
    announced_on = binding["announced_on"]
    unusual: dict[str, Any] = {name: binding[name] for name in UNSAID if name in binding}
    if "meters" in unusual:
        unusual["meters"] = meters_of(unusual["meters"])
    return Terms(
        in_force_from=date.fromisoformat(content["version"]),
        assumed=binding["assumed"],
        items={name: Item(**item) for name, item in binding["items"].items()},
        option_item=binding["option_item"],
        minimum_term_months=binding["minimum_term_months"],
        option_minimum_term_months=binding["option_minimum_term_months"],
        notice_days=binding["notice_days"],
        credit=binding["credit"],
        settings=Settings(**binding["settings"]),
        announced_on=date.fromisoformat(announced_on) if announced_on else None,
        change=binding["change"],
        service=content["service"],
        **unusual,
    )
