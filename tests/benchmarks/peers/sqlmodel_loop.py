"""The loop that people write: the due rows through a SQLModel session, a commit per row or per hundred rows.

Nothing expires on commit, else each row would be read again.
"""

from datetime import UTC, datetime

from sqlmodel import Session, select

from tests.benchmarks.peers.book import AFTER, BEFORE, EVENT, DueContract, open_engine, said


def prepare(url: str) -> None:
    """Nothing: the due instant is in the row."""


def fire_each(url: str) -> None:
    """A commit per row."""
    _fire(url, 1)


def fire_hundreds(url: str) -> None:
    """A commit per hundred rows."""
    _fire(url, 100)


def _fire(url: str, size: int) -> None:
    due = select(DueContract).where(DueContract.due_event == EVENT, DueContract.due_at <= datetime.now(UTC))  # type: ignore[operator]
    with Session(open_engine(url), expire_on_commit=False) as session:
        for number, contract in enumerate(session.exec(due.order_by(DueContract.id)).all(), 1):
            if contract.state != BEFORE:
                continue
            session.add(said(contract.id, contract.due_at))
            contract.state, contract.terminated_on = AFTER, contract.effective_on
            contract.due_event = contract.due_at = None
            if number % size == 0:
                session.commit()
        session.commit()
