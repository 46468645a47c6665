"""The scheduler: wakes at the next due instant, and regularly as a fallback, and starts the sweep."""
