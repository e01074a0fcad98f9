"""Tests of the emulator. A package, so that file names may repeat those of other folders."""
