"""The insides of practice VMs: a run-command script is answered from the estate's guest facts.

Nothing is ever executed. A small set of read-only commands is understood, the ones that a prerequisites probe needs;
anything else answers "command not found", as a guest without that command would.
"""
