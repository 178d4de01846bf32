"""`make bench-trainer-quality`: what the trainer's own road makes of real texts with real human scores."""
