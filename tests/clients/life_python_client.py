"""The lifecycle of a contract with the client of openapi-python-client.

python life_python_client.py ADDRESS TOKEN REFERENCE
"""

import sys
from datetime import date, datetime, timedelta, timezone

from openapi_python_client_made.api.clock import clock_move_clock
from openapi_python_client_made.api.contracts import (
    contracts_accept,
    contracts_apply,
    contracts_get,
    contracts_history,
    contracts_notify_cancellation,
)
from openapi_python_client_made.client import AuthenticatedClient
from openapi_python_client_made.models import (
    AcceptContract,
    Contract,
    ContractApplication,
    ContractState,
    CustomerInput,
    DeclarationsInput,
    DeliveryInput,
    HistoryPage,
    ItemName,
    MoveClock,
    NotifyCancellation,
    PersonInput,
    ProblemDetails,
)

address, token, reference = sys.argv[1:]
client = AuthenticatedClient(base_url=address, token=token)
application = ContractApplication(
    reference=reference,
    customer=CustomerInput(name="株式会社さくら動画", email="keiyaku@example.jp"),
    administrator=PersonInput(name="佐藤 花子", email="sato@example.jp"),
    item=ItemName.BASIC,
    declarations=DeclarationsInput(laws_accepted=True, rights_cleared=True),
    delivery=DeliveryInput(https=False),
)
made = contracts_apply.sync(client=client, body=application, idempotency_key=reference)
assert isinstance(made, Contract) and made.state is ContractState.APPLIED
started = date(2022, 5, 1)
accepted = contracts_accept.sync(made.id, client=client, body=AcceptContract(billing_starts_on=started))
assert isinstance(accepted, Contract) and accepted.billing_starts_on == started
again = contracts_accept.sync(made.id, client=client, body=AcceptContract(billing_starts_on=started))
assert isinstance(again, ProblemDetails) and again.status == 409 and again.allowed_events
notified = contracts_notify_cancellation.sync(made.id, client=client, body=NotifyCancellation())
assert isinstance(notified, Contract) and notified.cancellation
later = datetime(2022, 9, 1, tzinfo=timezone(timedelta(hours=9)))
clock_move_clock.sync(client=client, body=MoveClock(now=later))
ended = contracts_get.sync(made.id, client=client)
assert isinstance(ended, Contract) and ended.state is ContractState.TERMINATED
rows = contracts_history.sync(made.id, client=client)
assert isinstance(rows, HistoryPage) and len(rows.items) >= 4
print(ended.reference, ended.state.value)
