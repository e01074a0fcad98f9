"""Sample estates: what the practice cloud holds when it starts, and the builders of its ARM documents."""

from .loader import Estate, load, names, parse
from .yaml_lines import EstateError, Problem

__all__ = ["Estate", "EstateError", "Problem", "load", "names", "parse"]
