"""Every group of pages. The forms' addresses come before those with a place for an id: /contracts/new is no id."""

from api.pages import (  # fmt: skip
    attachments,
    audit,
    audit_logs,
    believed,
    chosen,
    contract,
    contracts,
    customers,
    dashboard,
    documents,
    forms,
    imports,
    issued,
    mail,
    months,
    outages,
    people,
    problem_types,
    proposals,
    refunds,
    roles_page,
    signing,
    statements,
    terms,
    terms_changes,
    verification,
    waiting,
    webhooks,
    worklist,
)

ROUTERS = (
    signing.router, people.router, worklist.router, waiting.router, forms.router, chosen.router,
    issued.router,  # before the statements of a month
    contracts.router, contract.router, attachments.router, customers.router, statements.router, refunds.router,
    outages.router, documents.router, imports.router, dashboard.router, months.router, terms.router,
    terms_changes.router, webhooks.router, mail.router, proposals.router, problem_types.router, audit.router,
    audit_logs.router, believed.router, roles_page.router, verification.router,
)  # fmt: skip
