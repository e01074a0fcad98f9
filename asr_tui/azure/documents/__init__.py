"""Reads the service's documents (decoded JSON) into the model's frozen values: pure functions, one module a subject.

Documents are read leniently: an unknown field is passed over, a missing one is None or the service's documented default, and
a member of the wrong type counts as missing. One odd resource must not keep ten thousand others from being read.
"""
