"""The page on database roles: its table agrees with the code, and its commands run as printed."""

from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from lifecycle.records.engine import open_engine, reading, writing
from lifecycle.records.roles import RIGHTS
from tests.api.desk import Invoke
from tests.docs.database_roles import PAGE, drawn
from tests.docs.shell import type_in
from tests.postgres import Postgres, as_login

TEXT = PAGE.read_text("utf-8")


def test_the_page_shows_the_rights_as_they_are() -> None:
    assert drawn(TEXT) == TEXT, "draw it anew: python -m tests.docs.database_roles"
    assert all(f"`{table}`" in TEXT for table in RIGHTS)


def test_the_commands_set_a_database_up_and_check_it(
    postgres_server: Postgres, tmp_path: Path, invoke: Invoke
) -> None:
    with postgres_server.database() as url:
        names = ("owner", "api", "scheduler", "auditor")
        urls = {name.upper(): as_login(url, f"desk_{name}") for name in names} | {"SUPERUSER": url}
        try:
            type_in(TEXT, "set-up", tmp_path, **urls)
            named, *told_of = type_in(TEXT, "check", tmp_path, **urls).splitlines()
            assert named.startswith("Database: PostgreSQL database ")
            assert told_of == [
                "The database is at the newest revision.",
                "Exactly the rights of: lifecycle_application.",
                "Exactly the rights of: lifecycle_application, lifecycle_sealer.",
                "Exactly the rights of: lifecycle_auditor.",
            ]
            type_in(TEXT, "personal", tmp_path, **urls)
            invoke("migrate", "--database-url", urls["OWNER"])
            told = invoke("roles", "--check", "--database-url", urls["AUDITOR"], status=1)
            assert told.strip() == "personal: SELECT is allowed"
            auditor = open_engine(urls["AUDITOR"])
            with reading(auditor) as conn:
                assert conn.execute(text("SELECT count(*) FROM personal")).scalar_one() == 0
            with pytest.raises(ProgrammingError, match="permission denied"), writing(auditor) as conn:
                conn.execute(text("SELECT * FROM token"))
            auditor.dispose()
        finally:
            admin = open_engine(url)
            with writing(admin) as conn:
                conn.execute(text("DROP OWNED BY desk_auditor"))
                for name in names:
                    conn.execute(text(f"DROP ROLE desk_{name}"))
            admin.dispose()


def test_the_roles_command_requires_one_option_and_a_superuser_to_apply(
    postgres_url: str, sqlite_url: str, invoke: Invoke
) -> None:
    for words in ((), ("--sql", "--check")):
        assert "one of --sql, --apply and --check" in invoke("roles", *words, status=2)
    on_sqlite = invoke("roles", "--check", "--database-url", sqlite_url, status=1)
    assert "an embedded database has no roles" in on_sqlite
    assert "not set up: " in invoke("roles", "--apply", "--database-url", postgres_url, status=1)
    assert "not migrated: permission denied" in invoke("migrate", "--database-url", postgres_url, status=1)
    applied = invoke("roles", "--apply", "--database-url", as_login(postgres_url, "postgres"))
    assert applied.startswith("The roles are set up: lifecycle_owner")
