"""What leaves the program: rows as text, and descriptions of what there is."""
