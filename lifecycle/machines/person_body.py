"""The people of a contract as they are sent: customer and administrator (Art. 2, Art. 4)."""

from typing import Any

from lifecycle.machines.body import CustomerNumber, Email, Input, Name, Phone, PostalCode, kept


class PersonBody(Input):
    """Name and address of a customer or an administrator."""

    name: Name
    email: Email | None = None

    def stored(self) -> dict[str, Any]:
        """As it is kept: name and e-mail always, all else only where it says something."""
        return {name: value for name, value in self if kept(name, value)}


class CustomerBody(PersonBody):
    """A customer. Several contracts may have the same customer number."""

    number: CustomerNumber | None = None
    kana: Name | None = None
    postal_code: PostalCode | None = None
    address: Name | None = None
    phone: Phone | None = None
