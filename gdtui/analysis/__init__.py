"""What can be said about a run or a surface."""
