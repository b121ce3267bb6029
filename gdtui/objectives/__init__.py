"""What is descended: objectives, typed, named or of one's own functions."""
