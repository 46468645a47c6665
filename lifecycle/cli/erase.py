"""Erasing personal data."""

from typing import Annotated

import typer

from lifecycle.cli.commanding import run_command
from lifecycle.cli.options import EMBEDDED, DatabaseUrl, out
from lifecycle.cli.root import app


@app.command()
def erase(
    contract: Annotated[str, typer.Argument(help="The id of a contract that is over.", metavar="CONTRACT")],
    reason: Annotated[str, typer.Option(help="The reason; kept permanently, so write no names.")],
    by: Annotated[str, typer.Option(help="The actor in the history.")],
    database_url: DatabaseUrl = EMBEDDED,
) -> None:
    """Erases customer and administrator permanently. / お客様と管理責任者の個人情報を消去する"""
    done = run_command(database_url, "contracts-erase_personal_data", by, {"reason": reason}, subject_id=contract)
    out.print(f"The personal data of {contract} is erased.")
    if named := done.content["still_named_in"]:
        out.print(f"History cannot be changed, and free text in it names them: {', '.join(named)}")
