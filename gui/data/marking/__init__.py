"""Marks on a picture: what is there, how it is painted, and what the mouse has hold of."""
