"""The six steps in questions and answers: for screen readers, serial consoles, and terminals that draw nothing."""
