#!/usr/bin/env bash
# A sign-in from beginning to end, on this machine alone: a sandbox in the place of CARTO, a link that is
# opened in the browser, an access token, and an API call made with it.
#
#     examples/demo.sh [path of carto-auth]
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
CARTO_AUTH_BIN=$(realpath "${1:-$(command -v carto-auth)}")
export CARTO_AUTH_BIN
work=$(mktemp -d)
carto_auth() { "$CARTO_AUTH_BIN" "$@"; }
step() { printf '\n\033[1m$ %s\033[0m\n' "$*"; }
clean_up() {
  carto_auth sandbox --stop --directory "$work/sandbox" >/dev/null 2>&1 || true
  rm -rf "$work"
}
trap clean_up EXIT

# Settings of yours that would lead elsewhere stay out of it.
for name in $(compgen -e | grep '^CARTO_' | grep -v '^CARTO_AUTH_BIN$'); do unset "$name"; done

step 'eval "$(carto-auth sandbox --env --background)"'
eval "$(carto_auth sandbox --env --background --directory "$work/sandbox")"
# The sandbox also gives a job's credentials; a person signs in here.
unset CARTO_M2M_CLIENT_ID CARTO_M2M_CLIENT_SECRET
export CARTO_AUTH_REDIRECT_URI=http://localhost:0/callback/

step 'carto-auth login'
if [ -n "${DISPLAY:-}${WAYLAND_DISPLAY:-}" ] || [ "$(uname)" = Darwin ]; then
  # A desktop: the page opens in your browser. Choose a person there and press “Sign in”.
  carto_auth login
else
  # No desktop: a small program opens the page, presses “Sign in” and tells what it sees.
  BROWSER="$here/person.py %s $work/seen" carto_auth login --browser </dev/null
  cat "$work/seen"
fi

step 'carto-auth status'
carto_auth status

step 'carto-auth token | cut -c1-24'
printf '%s…\n' "$(carto_auth token | cut -c1-24)"

step 'examples/rows.py carto_dw "SELECT * FROM demo.cities"'
"$here/rows.py" carto_dw 'SELECT * FROM demo.cities'

step 'carto-auth logout'
carto_auth logout

step 'eval "$(carto-auth sandbox --stop)"'
carto_auth sandbox --stop --directory "$work/sandbox" >/dev/null
