"""The alarm clock: wakes at the next due instant, and regularly as a net, and lets the sweep fire what is due."""
