"""Hostile files, each made by a function of a folder: what it is called in the table of promises, and how it is made.

Sizes are those that fill a machine, where the file itself stays small. `benchmarks/promises.py` measures each refusal.
"""
