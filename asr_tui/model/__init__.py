"""The nouns: what exists (``estate``), what is wanted (``plan``), what is wrong (``finding``),
what would be written (``change``), what Azure reports (``replication``, ``job``) and what went wrong (``problem``).

Everything here is immutable and typed, and imports nothing else of ours.
"""
