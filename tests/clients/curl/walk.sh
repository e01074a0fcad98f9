#!/usr/bin/env bash
# Uses the emulator with curl alone: a token from the token endpoint, a list with it, and the refusal without it.
# Needs the exports of `asr-tui emulator` in the environment.
set -euo pipefail

ask() { curl --silent --show-error --cacert "$SSL_CERT_FILE" "$@"; }

token=$(ask "$AZURE_AUTHORITY_HOST/$AZURE_TENANT_ID/oauth2/v2.0/token" \
  --data-urlencode grant_type=client_credentials --data-urlencode "client_id=$AZURE_CLIENT_ID" \
  --data-urlencode "client_secret=$AZURE_CLIENT_SECRET" --data-urlencode scope=https://management.azure.com/.default \
  | sed 's/.*"access_token" *: *"\([^"]*\)".*/\1/')
list="$ASR_TUI_ARM_ENDPOINT/subscriptions/$AZURE_SUBSCRIPTION_ID/resourceGroups?api-version=2022-09-01"

ask --fail --header "Authorization: Bearer $token" "$list" | grep -q '"rg-starter"'
echo "list: rg-starter"
status=$(ask --output /dev/null --write-out '%{http_code}' "$list")
[ "$status" = 401 ] || { echo "without a token: wanted 401, got $status"; exit 1; }
echo "without a token: 401"
echo done
