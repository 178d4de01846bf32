"""What is missing or wrong on the way to a score, each with its fix."""
