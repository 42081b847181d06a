"""The head of the exported script: what it needs, and the few functions that its commands are made of."""

HEAD = r"""#!/usr/bin/env bash
# Builds the Azure resources of this set-up. Written by mlops-wizard; nothing secret is in here.
#
# Needs: bash 4.4, jq, base64, and one of
#   - the Azure CLI, signed in (az login): requests go through `az rest`;
#   - curl 7.76, and a token for Azure Resource Manager in ARM_TOKEN. Where a role is given to an enterprise application
#     (see `application_id` below), a token for Microsoft Graph in GRAPH_TOKEN, or its object id by hand.
# You need: Contributor and Role Based Access Control Administrator (or Owner) on the subscription.
#
# AZURE_SUBSCRIPTION_ID names another subscription. Storage accounts and key vaults have names that nobody else in the
# world may have: elsewhere, change them here first. What is there already is left as it is, so it can be run again.
# Not in here: what is inside of the workspaces (clusters, models), secrets, and Azure DevOps; federated credentials
# trust the service connections of the project that this was exported from.
set -euo pipefail

SUBSCRIPTION="${AZURE_SUBSCRIPTION_ID:-@SUBSCRIPTION@}"
ARM=https://management.azure.com
PAUSE="${PAUSE:-5}" # seconds between two looks at what is being made

# request METHOD PATH VERSION [BODY]: sends a request to Azure Resource Manager and prints its answer.
request() {
  local url="$ARM$2?api-version=$3"
  if [[ -n "${ARM_TOKEN:-}" ]]; then
    curl --silent --show-error --fail-with-body --retry 3 --request "$1" \
      --header @<(printf 'Authorization: Bearer %s\n' "$ARM_TOKEN") --header 'Content-Type: application/json' \
      --data "${4:-}" "$url"
  elif [[ -n "${4:-}" ]]; then
    az rest --only-show-errors --method "$1" --url "$url" --body "$4"
  else
    az rest --only-show-errors --method "$1" --url "$url"
  fi
}

# wait_for PATH VERSION: waits until the resource is provisioned.
wait_for() {
  local found state
  for ((tries = 0; tries < 720; tries++)); do
    found="$(request GET "$1" "$2" 2>/dev/null || true)"
    state="$(jq -r 'if .id then .properties.provisioningState // "Succeeded" else "missing" end' \
      <<<"${found:-"{}"}")"
    case "$state" in
      Succeeded) return 0 ;;
      Failed | Canceled) echo "$1 is $state: $found" >&2; return 1 ;;
    esac
    sleep "$PAUSE"
  done
  echo "$1 is still $state" >&2
  return 1
}

# there PATH VERSION: whether the resource exists, in whatever state; ends the script where that cannot be told.
there() {
  local said
  if said="$(request GET "$1" "$2" 2>&1)"; then return 0; fi
  case "$said" in *NotFound* | *"Not Found"* | *"error: 404"*) return 1 ;; esac
  echo "$said" >&2
  exit 1
}

# create TITLE PATH VERSION: makes the resource that standard input describes, unless it is there, and waits for it.
create() {
  local body
  body="$(cat)"
  if there "$2" "$3"; then
    echo "= $1 is there"
  else
    echo "> $1"
    request PUT "$2" "$3" "$body" >/dev/null
  fi
  wait_for "$2" "$3"
}

# register NAMESPACE: registers a resource provider.
register() {
  local path="/subscriptions/$SUBSCRIPTION/providers/$1"
  echo "> resource provider $1"
  request POST "$path/register" 2021-04-01 >/dev/null
  until [[ "$(request GET "$path" 2021-04-01 | jq -r .registrationState)" == Registered ]]; do sleep "$PAUSE"; done
}

# give TITLE ROLE_ID SCOPE PRINCIPAL KIND: gives a role, unless it is given.
give() {
  local roles="$3/providers/Microsoft.Authorization/roleAssignments" held guid body
  echo "> $1"
  held="$(request GET "$roles" "2022-04-01&%24filter=principalId%20eq%20%27$4%27")"
  if jq -e --arg role "$2" --arg scope "$3" 'any(.value[].properties;
      (.roleDefinitionId | endswith($role)) and (.scope | ascii_downcase) == ($scope | ascii_downcase))' \
      <<<"$held" >/dev/null; then return 0; fi
  guid="$(cat /proc/sys/kernel/random/uuid 2>/dev/null || uuidgen | tr 'A-F' 'a-f')"
  body="$(jq -n --arg principal "$4" --arg kind "$5" \
    --arg role "/subscriptions/$SUBSCRIPTION/providers/Microsoft.Authorization/roleDefinitions/$2" \
    '{properties: {roleDefinitionId: $role, principalId: $principal, principalType: $kind}}')"
  request PUT "$roles/$guid" 2022-04-01 "$body" >/dev/null
}

# principal_of PATH VERSION: the principal behind a managed identity.
principal_of() { request GET "$1" "$2" | jq -r .properties.principalId; }

# application_id APPLICATION: the object id that an enterprise application has in this tenant.
application_id() {
  if [[ -n "${GRAPH_TOKEN:-}" ]]; then
    curl --silent --show-error --fail-with-body --header @<(printf 'Authorization: Bearer %s\n' "$GRAPH_TOKEN") \
      "https://graph.microsoft.com/v1.0/servicePrincipals(appId='$1')?%24select=id" | jq -r .id
  else
    az ad sp show --id "$1" --query id --output tsv
  fi
}

# own_claim NAME: what the token in use says about you.
own_claim() {
  local token part
  token="${ARM_TOKEN:-$(az account get-access-token --query accessToken --output tsv)}"
  part="${token#*.}"
  part="${part%%.*}"
  part="${part//-/+}"
  part="${part//_//}"
  while ((${#part} % 4)); do part+='='; done
  base64 --decode <<<"$part" | jq -r --arg name "$1" '.[$name] // ""'
}

TENANT="$(request GET "/subscriptions/$SUBSCRIPTION" 2022-12-01 | jq -r .tenantId)"
"""

END = 'echo "done: all resources are there"\n'
