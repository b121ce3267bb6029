"""Text <-> program: what a formula may say, its graph, its derivatives, and the code that runs it."""
