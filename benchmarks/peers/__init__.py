"""Others who enable replication for many VMs, to be measured beside the worker: each is a program of its own.

A peer reads the enablements from a file (see :mod:`benchmarks.peers.task`), finds the cloud in its environment, and prints one
JSON object when it is through.
"""
