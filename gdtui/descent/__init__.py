"""The engine: one step, many steps, and time."""
