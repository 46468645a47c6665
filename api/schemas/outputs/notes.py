"""What the interface answers about notes and attachments, for the OpenAPI document."""

from api.schemas.outputs.common import Responses, of
from api.schemas.outputs.contracts import CONTRACT as CONTRACT
from lifecycle.queries.media import MEDIA
from lifecycle.queries.views.notes import AttachedTo, AttachmentPage, Noted, NotePage

_BINARY = {"schema": {"type": "string", "format": "binary"}}
NOTED = of(Noted, "The contract and the note, as in a dry run.") | of(Noted, "The contract, and the note.", 201)
NOTES = of(NotePage, "A page of notes.")
ATTACHED = of(AttachedTo, "The contract and the attachment, as in a dry run.") | of(
    AttachedTo, "The contract, and the attachment.", 201
)
ATTACHMENTS = of(AttachmentPage, "A page of attachments.")
BYTES: Responses = {200: {"description": "The bytes.", "content": dict.fromkeys(MEDIA, _BINARY)}}
