"""The judge: a second implementation of the readings, for whoever checks a history; it imports nothing of ours."""
