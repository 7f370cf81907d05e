"""A live venue: addresses, connections, REST, warm-up, gap filling, and the loop that joins them."""
