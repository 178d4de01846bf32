"""What a score costs more than the engine's own answer, measured on one engine in one run."""
