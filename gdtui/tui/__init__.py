"""The explorer: a Textual app in which a descent is watched, stepped and turned."""
