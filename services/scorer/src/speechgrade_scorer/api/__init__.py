"""How the scorer is asked and how it answers: routes, shapes, problems."""
