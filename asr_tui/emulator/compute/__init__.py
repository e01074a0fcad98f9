"""Microsoft.Compute: VMs and their instance view, disks, availability sets, sizes, usages, run-command."""
