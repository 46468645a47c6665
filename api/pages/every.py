"""Every group of pages. The forms' addresses come before those with a place for an id: /contracts/new is no id."""

from api.pages import (
    contract,
    contracts,
    forms,
    intake,
    outages,
    papers,
    people,
    pictures,
    proposals,
    signing,
    terms,
    today,
    webhooks,
)  # fmt: skip

ROUTERS = (
    signing.router, people.router, today.router, forms.router, contracts.router, contract.router, outages.router,
    papers.router, intake.router, pictures.router, terms.router,
    webhooks.router, proposals.router,
)  # fmt: skip
