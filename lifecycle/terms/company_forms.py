"""Art. 5(1), 5(5) and 6: a request that is not in the company's form waits, and the arrival of the form counts
(R44).
"""

from datetime import date

from lifecycle.terms.art6_cancellation import holder
from lifecycle.terms.ruling import Ruling, conclude
from lifecycle.terms.version import Terms


def notice_not_in_form(arrived_on: date, terms: Terms, *, option: bool) -> Ruling:
    """A request to end that is not in the company's form has no effect (Art. 5(5), 6; R44)."""
    return conclude("notice_not_in_form", terms, about=holder(option), arrived_on=arrived_on)


def application_in_form(in_form: bool, terms: Terms, *, option: bool) -> Ruling | None:
    """Refuses the acceptance of an application whose form has not arrived (Art. 5(1), R44)."""
    return None if in_form else conclude("application_in_form", terms, about=holder(option))


def form_missing(missing: bool, terms: Terms, *, option: bool) -> Ruling | None:
    """Refuses to record a form if the application is already in the company's form (R44)."""
    return None if missing else conclude("form_missing", terms, about=holder(option))


def form_arrived(on: date, terms: Terms, *, option: bool) -> Ruling:
    """The application counts from the day on which its form arrived (Art. 5(1), R44)."""
    return conclude("form_arrived", terms, about=holder(option), on=on)
