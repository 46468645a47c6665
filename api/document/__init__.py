"""The OpenAPI document for client developers: descriptions, examples, named enums, headers, webhooks."""
