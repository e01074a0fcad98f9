"""asr-tui: a terminal wizard for Azure Site Recovery, Azure to Azure."""

__version__ = "0.1.0"
