"""One instrument: its closed bars with the indicators over them."""
