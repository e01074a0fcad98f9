"""What ``make bench`` measures. Absolute times move with the machine, so each figure stands beside a trivial Textual app's."""
