"""The people of a contract as they are sent: customer and administrator (Art. 2, Art. 4)."""

import re
from typing import Any

FIRST_YEAR, LAST_YEAR = 2000, 2199
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_DECIMAL = re.compile(r"\d{1,12}(\.\d{1,6})?", re.ASCII)
_UNKEPT = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")  # categories Cc, but for \\n and \\t, and Cs
_INSTANT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,6})?(Z|[+-]\d{2}:\d{2})", re.ASCII)
from lifecycle.machines.body import CustomerNumber, Email, Input, Name, Phone, PostalCode, kept


class PersonBody(Input):
    """Name and address of a customer or an administrator."""

    name: Name
    email: Email | None = None

    def stored(self) -> dict[str, Any]:
        """As it is kept: name and e-mail always, all else only where it says something."""
        given = self.model_dump(mode="json")
        return {name: value for name, value in given.items() if kept(name, value)}


class CustomerBody(PersonBody):
    """A customer. number: the company's own number of the customer, which several contracts may share."""

    number: CustomerNumber | None = None
    kana: Name | None = None
    postal_code: PostalCode | None = None
    address: Name | None = None
    phone: Phone | None = None
