"""The API over HTTP, on both databases. Every answer is checked against the OpenAPI document."""
