"""Microsoft.Insights: the platform metrics of VMs."""
