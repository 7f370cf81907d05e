"""The ingestor: venues, wire decoding, sequencing, publishing; the simulated exchange; replay."""
