"""The contract between a face and the worker: the view that the worker keeps, the intents that a face sends,
the wire protocol that carries both over a Unix socket, and the client that faces use.
"""
