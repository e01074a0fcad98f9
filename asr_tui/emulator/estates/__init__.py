"""Sample estates: what the practice cloud holds when it starts, and the builders of its ARM documents."""
