# What the aws-cli programs share. They run with it loaded, under `set -euo pipefail`.

# The version that Debian has does not read AWS_ENDPOINT_URL yet.
aws() {
  /usr/bin/aws --endpoint-url "$AWS_ENDPOINT_URL" --no-cli-pager "$@"
}

# refused CODE COMMAND...: the command must fail with this code.
refused() {
  local code=$1 said
  shift
  if said=$("$@" 2>&1); then
    echo "$* was accepted: $said" >&2
    return 1
  fi
  [[ $said == *"($code)"* ]] || {
    echo "$* said: $said, not $code" >&2
    return 1
  }
}
