import sys, time
from collections import Counter
from tests.fold.probe import *
from tests.fold import desk as D
from tests.oracle.lives import FAR


class Deep(D.Desk):
    bad = Counter()
    ex = {}

    def enter(self, entry, now):
        if entry.kind not in ("usage", "outage", "credit") and self.stored is not None:
            v = ofold([*self.taken, entry], FAR).verdicts.get(entry.id)
        else:
            v = None
        try:
            super().enter(entry, now)
        except D.DOES_NOT_HOLD as why:
            if v is not None and v.effect == "in_force":
                k = (
                    "book refuses",
                    entry.kind,
                    entry.event,
                    type(why).__name__,
                    ",".join(r.rule for r in why.rulings) if isinstance(why, D.Refused) else str(why)[:60],
                )
                Deep.bad[k] += 1
                Deep.ex.setdefault(k, (SEED, O, entry.id))
            raise
        else:
            if v is not None and v.effect == "invalidated":
                k = ("book takes", entry.kind, entry.event, v.why)
                Deep.bad[k] += 1
                Deep.ex.setdefault(k, (SEED, O, entry.id))


def main(orders, lo, hi):
    global SEED, O
    t = time.process_time()
    n = 0
    for SEED in range(lo, hi):
        if time.process_time() - t > 45:
            print("stopped", SEED)
            break
        for O in orders:
            entries = life(SEED)
            until = ends_at(entries, SEED)
            keyed = {
                "t": lambda: timely(entries),
                "l": lambda: late(entries, SEED),
                "s": lambda: shuffled(entries, SEED),
            }[O]()
            d = Deep()
            try:
                d.live(keyed)
            except Exception as e:
                Deep.bad[("crash", str(e)[:80])] += 1
                Deep.ex.setdefault(("crash", str(e)[:80]), (SEED, O))
            n += 1
    for k, c in Deep.bad.most_common(30):
        print(c, k, Deep.ex[k])
    print(n)


main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
