"""How an objective is descended: update rules as equations, and what is put before them."""
