"""What resources/catalogue.json is made of: hand-kept tables (each fact with its address) and
figures that are measured without any weights."""
