#!/usr/bin/env bash
# Stands in for the programs of docs/tutorial.md that a test cannot use, by the
# name it is called by. Everything else, Apache and its tools, is the real one.
set -euo pipefail
program=$(basename "$0")
no() { echo "$program: the stand-in does not know: $*" >&2; exit 1; }

case $program in
sudo) exec "$@" ;; # the test is root

apt-get) # installs nothing: the names must be Debian's, and what is run later is there
  [ "$1" = install ] || no "$@"
  for name in "${@:2}"; do [[ $name == --* ]] || names+=("$name"); done
  apt-cache show "${names[@]}" >/dev/null || no "${names[@]}" ;;

systemctl) # no systemd: a start, or a restart in place of a reload, so that the next command meets the new settings
  [ "$*" = "reload apache2" ] || no "$@"
  pid=/run/apache2/apache2.pid
  if [ -e $pid ]; then
    apachectl stop 2>/dev/null
    while [ -e $pid ]; do sleep 0.05; done
  fi
  apachectl start 2>/dev/null ;;

certbot) # no authority on this network: one of the machine's own, which the machine trusts
  [ "$1 $2 $3" = "certonly --apache -d" ] && [ $# = 4 ] || no "$@"
  live=/etc/letsencrypt/live/$4
  ca=/etc/letsencrypt/ca
  mkdir -p "$live"
  key() { openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$1" 2>/dev/null; }
  if [ ! -e $ca.pem ]; then
    key $ca.key
    key /etc/letsencrypt/server.key # one for all, so that the test's browser can be told of it
    openssl req -x509 -new -key $ca.key -subj "/CN=Authority of the tutorial's test" -days 2 -out $ca.pem
    cat $ca.pem >> /etc/ssl/certs/ca-certificates.crt
  fi
  cp /etc/letsencrypt/server.key "$live/privkey.pem"
  openssl req -new -key "$live/privkey.pem" -subj "/CN=$4" |
    openssl x509 -req -CA $ca.pem -CAkey $ca.key -CAcreateserial -days 1 -out "$live/cert.pem" \
      -extfile <(echo "subjectAltName=DNS:$4") 2>/dev/null
  cat "$live/cert.pem" $ca.pem > "$live/fullchain.pem" ;;

*) no "$@" ;;
esac
