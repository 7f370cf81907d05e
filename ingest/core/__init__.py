"""The pure heart of the ingestor: frames in, ticks, bars and state out; and the writer that stores them."""
