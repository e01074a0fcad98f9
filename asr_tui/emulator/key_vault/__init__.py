"""Microsoft.KeyVault: key vaults (not what is in them)."""
