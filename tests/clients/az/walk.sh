#!/usr/bin/env bash
# Uses the emulator with the unmodified az CLI: cloud register, login as a service principal, lists, vault, Site Recovery by `az rest`.
# Needs the exports of `asr-tui emulator --estate starter` in the environment, az on the PATH and AZURE_CONFIG_DIR set to an empty folder.
set -euo pipefail

say() { printf '%s\n' "$*"; }
expect() { # expect WHAT WANTED GOT
  [ "$2" = "$3" ] || { say "$1: wanted '$2', got '$3'"; exit 1; }
}

export AZURE_CORE_COLLECT_TELEMETRY=no AZURE_CORE_ONLY_SHOW_ERRORS=yes AZURE_CORE_INSTANCE_DISCOVERY=no
group=rg-az-recovery vault=vault-az
base="$ASR_TUI_ARM_ENDPOINT/subscriptions/$AZURE_SUBSCRIPTION_ID"
inside="$base/resourceGroups/$group/providers/Microsoft.RecoveryServices/vaults/$vault"
version=api-version=2025-08-01

az cloud register --name asr-tui-practice --endpoint-resource-manager "$ASR_TUI_ARM_ENDPOINT" \
  --endpoint-active-directory "$AZURE_AUTHORITY_HOST" --endpoint-active-directory-resource-id https://management.azure.com/ \
  --endpoint-active-directory-graph-resource-id https://graph.microsoft.com/ --endpoint-management "$ASR_TUI_ARM_ENDPOINT" \
  --output none
az cloud set --name asr-tui-practice --output none
az login --service-principal --username "$AZURE_CLIENT_ID" --password "$AZURE_CLIENT_SECRET" --tenant "$AZURE_TENANT_ID" --output none
say "signed in: $(az account show --query name --output tsv)"

expect "virtual machines" "db-01 web-01 web-02" "$(az vm list --query 'sort([].name)' --output tsv | xargs)"
expect "networks" "vnet-starter" "$(az network vnet list --query '[].name' --output tsv)"
say "lists: 3 virtual machines, 1 virtual network"

az group create --name "$group" --location northeurope --output none
az backup vault create --resource-group "$group" --name "$vault" --location northeurope --output none
expect "vault" "$vault" "$(az backup vault list --resource-group "$group" --query '[].name' --output tsv)"
say "vault: $vault"

az rest --method put --url "$inside/replicationFabrics/westeurope?$version" --output none \
  --resource https://management.azure.com/ \
  --body '{"properties": {"customDetails": {"instanceType": "Azure", "location": "westeurope"}}}'
for _ in $(seq 60); do
  name=$(az rest --method get --url "$inside/replicationFabrics?$version" --resource https://management.azure.com/ \
    --query 'value[0].properties.friendlyName' --output tsv)
  [ -n "$name" ] && break
done
expect "fabric" "West Europe" "$name"
jobs=$(az rest --method get --url "$inside/replicationJobs?$version" --resource https://management.azure.com/ \
  --query 'value[0].properties.scenarioName' --output tsv)
expect "job" "CreateSite" "$jobs"
if az rest --method get --url "$inside/replicationFabrics/nowhere?$version" --resource https://management.azure.com/ --output none 2>/dev/null; then
  say "an unknown fabric was found"; exit 1
fi
say "site recovery: fabric $name, job $jobs"
say done
