"""A contract's lifecycle by the client of openapi-generator: python life_generator.py ADDRESS TOKEN REFERENCE."""

import sys
from datetime import date, datetime, timedelta, timezone

import openapi_client as made_client
from openapi_client.exceptions import ConflictException
from openapi_client.models import (
    AcceptContract,
    ContractApplication,
    ContractState,
    CustomerInput,
    DeclarationsInput,
    DeliveryInput,
    ItemName,
    MoveClock,
    NotifyCancellation,
    PersonInput,
)

address, token, reference = sys.argv[1:]
with made_client.ApiClient(made_client.Configuration(host=address, access_token=token)) as client:
    contracts = made_client.ContractsApi(client)
    application = ContractApplication(
        reference=reference,
        customer=CustomerInput(name="株式会社さくら動画", email="keiyaku@example.jp"),
        administrator=PersonInput(name="佐藤 花子", email="sato@example.jp"),
        item=ItemName.BASIC,
        declarations=DeclarationsInput(laws_accepted=True, rights_cleared=True),
        delivery=DeliveryInput(https=False),
    )
    made = contracts.contracts_apply(application, idempotency_key=reference)
    assert made.state is ContractState.APPLIED
    acceptance = AcceptContract(billing_starts_on=date(2022, 5, 1))
    assert contracts.contracts_accept(made.id, accept_contract=acceptance).billing_starts_on == date(2022, 5, 1)
    try:
        contracts.contracts_accept(made.id, accept_contract=acceptance)
    except ConflictException as refused:
        status = refused.status
    else:
        status = 200
    assert status == 409
    assert contracts.contracts_notify_cancellation(made.id, notify_cancellation=NotifyCancellation()).cancellation
    later = datetime(2022, 9, 1, tzinfo=timezone(timedelta(hours=9)))
    made_client.ClockApi(client).clock_move_clock(MoveClock(now=later))
    ended = contracts.contracts_get(made.id)
    assert ended.state is ContractState.TERMINATED
    assert len(contracts.contracts_history(made.id).items) >= 4
    print(ended.reference, ended.state.value)
