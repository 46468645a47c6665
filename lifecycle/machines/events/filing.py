"""How an application or a notice came in: the company's form and the channel (Art. 5(1), 5(5), 6; R44)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from lifecycle.machines.body import Input, Text
from lifecycle.machines.facts import Facts, absent

Channel = Literal["post", "fax", "email", "web", "phone", "visit"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Filed(Facts):
    """form: kind and number of the form that was used. channel: how it came in."""

    form: Mapping[str, Any] | None = absent()
    channel: str | None = absent()


class FormUsedBody(Input):
    """A form of the company: which kind it is, and the number on it."""

    kind: Text
    number: Text | None = None


class FiledBody(Input):
    """The form and the channel, where they are on record."""

    form: FormUsedBody | None = None
    channel: Channel | None = None

    @property
    def filed(self) -> dict[str, Any]:
        """Both as facts."""
        form = self.form.model_dump(mode="json", exclude_none=True) if self.form is not None else None
        return {"form": form, "channel": self.channel}
