#!/usr/bin/env bash
# Sees that what the tests need is on this machine, and installs the three
# browsers, and PHP with symfony/mercure, where root or sudo is at hand.
# Everything else comes from Go modules and npm.
set -euo pipefail

fail() { printf 'deps: %s\n' "$*" >&2; exit 1; }

command -v go >/dev/null || fail "Go is missing: install Go 1.26 or newer, https://go.dev/dl"
command -v node >/dev/null || fail "Node.js is missing: install Node.js 20 or newer, https://nodejs.org"
[ "$(node -p 'process.versions.node.split(".")[0]')" -ge 20 ] || fail "Node.js $(node --version) is too old: 20 or newer is needed"
command -v npm >/dev/null || fail "npm is missing: it comes with Node.js, or as the package npm"
command -v gcc >/dev/null || command -v cc >/dev/null || need_gcc=1

have() { # one of these can be run
  for program in "$@"; do
    if [ -n "$program" ] && command -v "$program" >/dev/null; then return 0; fi
  done
  return 1
}

packages=(${need_gcc:+gcc libc6-dev}) # the race detector is cgo
have "${CHROMIUM:-}" chromium chromium-browser google-chrome google-chrome-stable || packages+=(chromium)
have "${FIREFOX:-}" firefox-esr firefox || packages+=(firefox-esr)
have "${WEBKITWEBDRIVER:-}" WebKitWebDriver || packages+=(webkit2gtk-driver)
[ -n "${DISPLAY:-}" ] || have Xvfb || packages+=(xvfb) # WebKit has no mode without a screen
have php || packages+=(php-cli)
[ -e /usr/share/php/Symfony/Component/Mercure/autoload.php ] || [ -e demo/symfony/vendor/autoload.php ] || packages+=(php-symfony-mercure)
[ -e /usr/share/php/Symfony/Component/Yaml/autoload.php ] || packages+=(php-symfony-yaml) # reads the compose file of docs/tutorial.md
[ "${#packages[@]}" -gt 0 ] || exit 0

# Without one of these its tests are skipped, with the reason; only in
# CI they fail. Without the rest there are no tests at all.
optional="firefox-esr webkit2gtk-driver xvfb php-cli php-symfony-mercure php-symfony-yaml"
needed=()
for package in "${packages[@]}"; do [[ " $optional " == *" $package "* ]] || needed+=("$package"); done
give_up() {
  [ "${#needed[@]}" -gt 0 ] || [ "${CI:-}" = true ] || { printf 'deps: %s\n  The tests that need them are skipped until then.\n' "$*" >&2; exit 0; }
  fail "$*"
}

command -v apt-get >/dev/null || give_up "missing: ${packages[*]}. This is not a Debian-like machine: install them, and set CHROMIUM, FIREFOX, WEBKITWEBDRIVER and MINIBROWSER to their paths where they have other names"
if [ "$(id -u)" = 0 ]; then sudo=
elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then sudo="sudo -n"
else give_up "missing: ${packages[*]}. Without root this cannot be done for you: run 'sudo apt-get install --no-install-recommends ${packages[*]}', or set CHROMIUM, FIREFOX, WEBKITWEBDRIVER and MINIBROWSER to their paths"
fi
echo "== installing ${packages[*]} with apt (once; it takes a minute or two)"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
{ $sudo apt-get update && $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "${packages[@]}"; } >"$log" 2>&1 ||
  { tail -20 "$log" >&2; give_up "apt could not install ${packages[*]}; its last words are above"; }
