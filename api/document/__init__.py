"""The OpenAPI document as others build on it: words, examples, named sets, headers, webhooks."""
