"""How close to the instructors, next to what it must beat."""
