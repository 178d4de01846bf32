"""A request's life: admitted, kept before work starts, worked on, settled."""
