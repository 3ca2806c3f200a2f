"""The map of the items: what looks alike lies close; a loop drawn around some selects them."""
