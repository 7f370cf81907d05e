"""Building blocks of the pages: what they are made of, without data."""
