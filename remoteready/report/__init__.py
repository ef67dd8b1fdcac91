"""How results look, and only that."""
