"""Studies of hand signs and digits, a module each; `studies.py` runs them."""
