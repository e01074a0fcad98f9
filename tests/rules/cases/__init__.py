"""For each check: estates that trip it, that pass, and that leave it unknown."""
