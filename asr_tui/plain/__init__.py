"""The line-by-line face: append-only text or NDJSON, unattended or asked in numbered choices.

It is a client of the worker like the screens are: it shows the view and sends intents, and knows nothing else.
"""
