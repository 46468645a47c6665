"""/v1/audit/tiles: the log's tree as static tiles of hashes (c2sp.org/tlog-tiles), without the rows themselves."""

from typing import Annotated

from fastapi import Path, Request
from fastapi.responses import Response
from sqlalchemy import Connection
from starlette.concurrency import run_in_threadpool

from api.access.auth import Caller
from api.problems import Problem
from api.request.context import context_of
from api.routes.routing import operations
from lifecycle.audit.tiles import Tile, newest_checkpoint, read_tile

router = operations("/v1/audit/tiles", "files")
FOR_GOOD = {"Cache-Control": "private, max-age=31536000, immutable"}
Level = Annotated[int, Path(ge=0, le=63)]
TilePlace = Annotated[str, Path(max_length=40)]
TEXT = "text/plain; charset=utf-8"
_BYTES = {"schema": {"type": "string", "format": "binary"}}


@router.get(
    "/checkpoint",
    responses={200: {"description": "A signed note.", "content": {TEXT: _BYTES}}},
    response_class=Response,
)
async def checkpoint(request: Request, caller: Caller) -> Response:
    """Returns the newest signed checkpoint with its cosignatures, as text (c2sp.org/tlog-checkpoint)."""
    note = await run_in_threadpool(context_of(request).figures, newest_checkpoint)
    if note is None:
        raise Problem(409, "not-sealed", "Not sealed", "There is no signed checkpoint yet.")
    return Response(note, media_type=TEXT)


@router.get(
    "/tile/{level}/{place:path}",
    responses={200: {"description": "Hashes of 32 bytes.", "content": {"application/octet-stream": _BYTES}}},
    response_class=Response,
)
async def tile(request: Request, caller: Caller, level: Level, place: TilePlace) -> Response:
    """Returns up to 256 hashes that stand side by side in the tree; they never change (c2sp.org/tlog-tiles).

    A partial tile is there as soon as a checkpoint covers it. No row can be read from a tile.
    """
    wanted = Tile.parse(level, place)

    def hashes(conn: Connection) -> bytes | None:
        return read_tile(conn, wanted) if wanted is not None else None

    found = await run_in_threadpool(context_of(request).figures, hashes)
    if found is None:
        raise Problem(404, "unknown", "Not found", "The newest checkpoint covers no such tile.")
    return Response(found, media_type="application/octet-stream", headers=FOR_GOOD)
