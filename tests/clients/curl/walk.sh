#!/usr/bin/env bash
# Uses the emulator with curl alone: runs the lines of docs/emulator.md, and asks once more without the token.
# Needs the exports of `asr-tui emulator --estate starter` in the environment.
set -euo pipefail

docs="$(dirname "${BASH_SOURCE[0]}")/../../../docs/emulator.md"
lines=$(awk '/^\*\*curl\*\*/ {found = 1} found && /^```$/ {exit} inside {print} found && /^```sh$/ {inside = 1}' "$docs")
[ -n "$lines" ] || { echo "docs/emulator.md has no lines for curl"; exit 1; }
told=$(bash -euo pipefail -c "$lines")

expect() { grep -q -- "$2" <<<"$told" || { printf '%s: "%s" is not in\n%s\n' "$1" "$2" "$told"; exit 1; }; echo "$1"; }
expect "list: rg-starter" '"name":"rg-starter"'
expect "vault: Provisioning" '"provisioningState":"Provisioning"'
expect "fabric: 202" '^HTTP/1.1 202'
expect "fabric: address to poll" '^Azure-AsyncOperation: https://.*/replicationOperationStatus/'
expect "job: CreateSite" '"scenarioName":"CreateSite"'

list="$ASR_TUI_ARM_ENDPOINT/subscriptions/$AZURE_SUBSCRIPTION_ID/resourceGroups?api-version=2022-09-01"
status=$(curl --silent --show-error --cacert "$SSL_CERT_FILE" --output /dev/null --write-out '%{http_code}' "$list")
[ "$status" = 401 ] || { echo "without a token: wanted 401, got $status"; exit 1; }
echo "without a token: 401"
echo done
