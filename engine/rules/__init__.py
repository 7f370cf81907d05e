"""What alert rules judge: kinds, their readings of a pair, and the levels in force."""
