"""Following the chains of many rows at once: what recurs is taken quickly, all else row by row."""

from collections.abc import Sequence

from lifecycle.audit.verifier.chains import PLAIN, Chains
from lifecycle.audit.verifier.lines import PAYLOAD
from lifecycle.audit.verifier.rows import NO_PREVIOUS, START, RowChecker

_NUMBERED = [b'%d,"subject":"' % n for n in range(1, 10)]  # what follows `,"seq":` in rows with few before them
_SUBJECT = 20  # from there to the subject, and
_TERMS = 48  # to what follows it, an id being of 28 characters
_QUOTE = ord('"')


def follow(lines: Sequence[bytes], chains: Chains, rows: RowChecker) -> None:
    """Takes the next rows, each by the hash that its line states. Raises Bad, Broken; chains.line then says where.

    Taken here is a row whose pieces have all been judged before, and that fits where it stands. Every other one
    is for `Rows.read` and `Chains.add`, which would come to the same here, at twice the price.
    """
    heads, starts, moves, known, number = chains.heads, rows.starts, rows.moves, rows.known, chains.line
    for line in lines:
        number += 1
        find, seq = line.find, line.rfind(b',"seq":')
        due = find(b',"due_at":', PAYLOAD)
        previous = find(b',"previous_hash":', due)
        start, move = line[PAYLOAD:due], moves.get(line[due:previous])
        if move is not None and (start in starts or START(start)):
            rulings, at = find(b',"rulings":', previous), line[seq + 7 : seq + _SUBJECT]
            subject, after = line[seq + _SUBJECT : seq + _TERMS], move.ends.get(line[seq + _TERMS : -2])
            head = heads.get(subject)
            if head is None:
                count, between = 0, b'"' + line[previous + 21 : rulings]
                fits = line[previous : previous + 21] == NO_PREVIOUS and move.opens and PLAIN(subject) is not None
            else:
                newest, count, state, _ = head
                between = line[previous + 82 : rulings]
                fits = line[previous + 18 : previous + 82] == newest and move.before == state
                fits = fits and line[previous + 17] == _QUOTE and count < len(_NUMBERED)
            if fits and after is not None and at == _NUMBERED[count] and between in known:
                heads[subject] = (line[9:73], count + 1, after, number)
                continue
        chains.line = number
        chains.add(rows.read(line, PAYLOAD, -2), line[9:73], number)
    chains.line = number
