"""What goes in and what comes out: the models behind the OpenAPI document."""
