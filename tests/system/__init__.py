"""The whole board in a browser. A package, so that the board lives as long as its tests and no longer."""
