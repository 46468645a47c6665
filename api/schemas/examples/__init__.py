"""Examples by the name of the model; tests send every one of them to the service."""
