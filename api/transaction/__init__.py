"""One request, one transaction: idempotency, four eyes, and the requests that pages make of /v1."""
