"""Files of a venue's public archive, taken into what is kept for good."""
