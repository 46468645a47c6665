"""Commands of the audit: `lifecycle audit …`."""

from pathlib import Path
from typing import Annotated

import typer

from lifecycle.audit.checkpoint import Unreadable
from lifecycle.audit.keys import new_key, read_key
from lifecycle.cli.options import out, stop
from lifecycle.cli.root import app

audit_app = typer.Typer(no_args_is_help=True, help="What can be proved afterwards. / 監査証跡")
app.add_typer(audit_app, name="audit")


@audit_app.command()
def key(
    new: Annotated[Path | None, typer.Option(help="Make a signing key in this new file.")] = None,
    public: Annotated[Path | None, typer.Option(help="Print the verification key of this signing key.")] = None,
    name: Annotated[str | None, typer.Option(help="The new key's name; a random one by default.")] = None,
) -> None:
    """Makes the key that signs checkpoints, or prints the half that auditors keep. / 署名鍵の作成と検証鍵の表示"""
    if (new is None) == (public is None):
        raise typer.BadParameter("one of --new and --public")
    try:
        if new is not None:
            made = new_key(new, name)
            out.print(f"A signing key is in {new}; keep it outside the database. Its verification key:")
            print(made)
        elif public is not None:
            print(read_key(public).public)
    except FileExistsError:
        stop(f"{new} is there already; a key is never overwritten")
    except OSError as error:
        stop(f"cannot use {new or public}: {error.strerror}")
    except Unreadable as error:
        stop(str(error))
