"""Which adapter answers, and how it comes into the engine."""
