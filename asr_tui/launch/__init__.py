"""Finding, starting and ending the processes behind a face: the worker, and the practice cloud's emulator.

Both run detached from the terminal (a session of their own), so a hang-up reaches neither.
"""
