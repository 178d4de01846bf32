"""Pictures of an evaluation as inline SVG. Pure: numbers in, marks out, coordinates always finite and in the frame."""
