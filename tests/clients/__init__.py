"""Clients that were never written for the emulator, walking it unmodified. ``make test-clients`` runs them."""
