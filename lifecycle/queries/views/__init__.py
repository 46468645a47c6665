"""The answers: each described once, by the type that the interface declares and the function that builds it."""
