"""Microsoft.Storage: storage accounts and their blob service."""
