"""The prose held against the code: names, links, commands, diagrams, the README's own requests."""
