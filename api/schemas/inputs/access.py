"""What the interface takes in about tokens, sessions and proposals."""

from typing import Literal

from pydantic import Field

from api.schemas.inputs.fields import Day, Input, NeedsReason, Text

Grant = Literal["order_desk", "operator", "auditor", "viewer", "admin", "personal_data", "calendar"]


class NewToken(Input):
    """A token to be made. expires_on: its last day in Japan; null for one that does not expire."""

    name: Text = Field(max_length=100)
    roles: list[Grant] = Field(min_length=1, max_length=7)
    expires_on: Day | None


class EndSessions(NeedsReason):
    """Whose sessions are ended, by the name that the history has."""

    name: Text = Field(max_length=100)


class Approve(Input):
    """What is approved, so that nobody approves what they have not seen. digest: the proposal's."""

    digest: str = Field(pattern="^[0-9a-f]{64}$", description="As the proposal shows it.")
