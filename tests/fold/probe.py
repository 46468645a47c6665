import sys
import time
import traceback
from collections import Counter

from tests.fold.compare import *
from tests.fold.desk import Desk
from tests.fold.lives import life
from tests.oracle.fold import fold as ofold
from tests.oracle.lives import ends_at
from tests.oracle.orders import late, shuffled, timely


def check(seed, order, show=True):
    entries = life(seed)
    until = ends_at(entries, seed)
    keyed = {"t": lambda: timely(entries), "l": lambda: late(entries, seed), "s": lambda: shuffled(entries, seed)}[
        order
    ]()
    desk = Desk()
    try:
        desk.live(keyed)
    except Exception as e:
        if show:
            traceback.print_exc(limit=-6)
        return f"error {type(e).__name__} {str(e)[:90]}", desk
    at = max(until, keyed[-1].at)
    desk.until(at)
    want = ofold(entries, at)
    left = desk._holding_together() if desk.waiting else []
    if left:
        return "left " + ",".join(f"{e.kind}.{e.event}" for e in left), desk
    d = differences(of_book(desk.dossier, desk.names, at), of_oracle(want))
    if d:
        return "diff " + "; ".join(d), desk
    a, b = clock_of_book(desk.rows(), desk.names), clock_of_oracle(want)
    if a != b:
        return f"clock book-only {[x for x in a if x not in b]} oracle-only {[x for x in b if x not in a]}", desk
    return None, desk


if __name__ == "__main__":
    orders = sys.argv[1]
    lo, hi = int(sys.argv[2]), int(sys.argv[3])
    c = Counter()
    ex = {}
    t = time.process_time()
    steps = folds = 0
    for seed in range(lo, hi):
        if time.process_time() - t > 45:
            print("stopped at", seed)
            break
        for o in orders:
            r, desk = check(seed, o, hi - lo == 1)
            steps += desk.steps
            folds += desk.folds
            kind = "ok" if r is None else r.split(" book")[0][:60]
            c[kind] += 1
            if r:
                ex.setdefault(kind, (seed, o, r))
            if hi - lo == 1:
                print(seed, o, r)
                for k in {
                    "t": lambda: timely(life(seed)),
                    "l": lambda: late(life(seed), seed),
                    "s": lambda: shuffled(life(seed), seed),
                }[o]():
                    e = k.entry
                    print(
                        "  ",
                        str(k.at)[:16],
                        e.id,
                        e.subject,
                        e.event,
                        str(e.when)[:16],
                        {
                            a: str(b)
                            for a, b in e.facts.items()
                            if a not in ("customer", "administrator", "declarations")
                        },
                        "" if e in desk.taken else "NOT TAKEN",
                    )
                for e, w in desk.said:
                    print("   said", e.id, e.event, type(w).__name__, str(w)[:150])
    for k, n in c.most_common(25):
        print(n, k, "|", *(str(x)[:330] for x in ex.get(k, ())))
    print("cpu", time.process_time() - t, "steps", steps, "folds", folds)
