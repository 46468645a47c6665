"""What the interface takes in: strict models, every field bounded, nothing guessed."""
