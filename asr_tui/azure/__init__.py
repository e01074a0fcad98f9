"""The only folder that imports ``azure.*``: clouds, credentials, clients, readers, writers, problems.

Everything that leaves it is a noun of :mod:`asr_tui.model` or a small frozen value of its own, and every failure is a
:class:`~asr_tui.model.problem.ProblemError`: callers never see an SDK type.
"""
