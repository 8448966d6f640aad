#!/usr/bin/env bash
# Installs the servers that demo/deploy is tested with, and the builder of its
# image, where that disturbs nobody: their packages start services, so it is
# done in CI and on machines without a service manager only. Elsewhere it says
# how. Without them these tests are skipped, with the reason.
set -euo pipefail

PATH=$PATH:/usr/sbin:/sbin # where Debian has servers, for those who are not root, too
missing=()
for program in apache2 nginx haproxy caddy buildah; do # and packages of Debian by the same names
  command -v "$program" >/dev/null || missing+=("$program")
done
command -v ip >/dev/null || missing+=(iproute2)
[ "${#missing[@]}" -gt 0 ] || exit 0

give_up() {
  printf 'deps: %s\n' "$*" >&2
  [ "${CI:-}" = true ] && exit 1
  printf '  The tests of demo/deploy with these are skipped until then.\n' >&2
  exit 0
}

install="apt-get install --no-install-recommends ${missing[*]}"
command -v apt-get >/dev/null || give_up "missing: ${missing[*]}. This is not a Debian-like machine: install them"
[ "${CI:-}" = true ] || [ ! -d /run/systemd/system ] ||
  give_up "missing: ${missing[*]}. Their packages start services here, so that is yours to decide: 'sudo $install', then 'sudo systemctl disable --now apache2 nginx haproxy caddy'"
if [ "$(id -u)" = 0 ]; then sudo=
elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then sudo="sudo -n"
else give_up "missing: ${missing[*]}. Without root this cannot be done for you: 'sudo $install'"
fi
echo "== installing ${missing[*]} with apt (once)"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
{ $sudo apt-get update && $sudo env DEBIAN_FRONTEND=noninteractive $install -y; } >"$log" 2>&1 ||
  { tail -20 "$log" >&2; give_up "apt could not install ${missing[*]}; its last words are above"; }
