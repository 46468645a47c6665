"""The documentation against the code: names, links, commands, diagrams, the requests of the README."""
