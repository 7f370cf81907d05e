"""One step a file, named after its revision. A step never changes once it was released."""
