"""Every screen test runs on the same plain terminal and may start the wizard."""

from tests.screens.harness import plain_terminal, wizard

__all__ = ["plain_terminal", "wizard"]
