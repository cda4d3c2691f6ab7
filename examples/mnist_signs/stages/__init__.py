"""The studies of hand signs and digits, one module each; `studies.py` runs them."""
