"""Site Recovery, Azure to Azure: vaults, fabrics, replicated items, jobs, drills and failovers.

Nothing ticks here. Every write decides its whole future when it is asked (task times, outcome, resources that
will be born and die) and every read renders a record as of a moment, so a restarted emulator goes on where the
clock has got to.
"""
