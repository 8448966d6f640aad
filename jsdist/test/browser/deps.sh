#!/usr/bin/env bash
# Sees that what the tests need is on this machine, and installs Chromium where
# root or sudo is at hand. Everything else comes from Go modules and npm.
set -euo pipefail

fail() { printf 'deps: %s\n' "$*" >&2; exit 1; }

command -v go >/dev/null || fail "Go is missing: install Go 1.26 or newer, https://go.dev/dl"
command -v node >/dev/null || fail "Node.js is missing: install Node.js 20 or newer, https://nodejs.org"
[ "$(node -p 'process.versions.node.split(".")[0]')" -ge 20 ] || fail "Node.js $(node --version) is too old: 20 or newer is needed"
command -v npm >/dev/null || fail "npm is missing: it comes with Node.js, or as the package npm"
command -v gcc >/dev/null || command -v cc >/dev/null || need_gcc=1

for browser in "${CHROMIUM:-}" chromium chromium-browser google-chrome google-chrome-stable; do
  if [ -n "$browser" ] && command -v "$browser" >/dev/null; then found=$browser; break; fi
done
packages=(${need_gcc:+gcc libc6-dev}) # the race detector is cgo
[ -n "${found:-}" ] || packages+=(chromium)
[ "${#packages[@]}" -gt 0 ] || exit 0

command -v apt-get >/dev/null || fail "missing: ${packages[*]}. This is not a Debian-like machine: install them, and set CHROMIUM to the browser's path if it is not called chromium"
if [ "$(id -u)" = 0 ]; then sudo=
elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then sudo="sudo -n"
else fail "missing: ${packages[*]}. Without root this cannot be done for you: run 'sudo apt-get install ${packages[*]}', or set CHROMIUM to a browser's path"
fi
echo "== installing ${packages[*]} with apt (once; it takes a minute or two)"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
{ $sudo apt-get update && DEBIAN_FRONTEND=noninteractive $sudo apt-get install -y --no-install-recommends "${packages[@]}"; } >"$log" 2>&1 ||
  { tail -20 "$log" >&2; fail "apt could not install ${packages[*]}; its last words are above"; }
