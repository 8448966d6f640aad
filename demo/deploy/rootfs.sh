#!/usr/bin/env bash
# Lays out what the hub's image holds:  rootfs.sh BINARY FOLDER
# FOLDER/image is root's; FOLDER/volumes are the folders that the hub owns.
# CA certificates are those of this machine (CA_BUNDLE for another file): the
# hub asks key sets, webhooks and certificate authorities over HTTPS.
set -euo pipefail
[ $# = 2 ] || { echo "usage: rootfs.sh BINARY FOLDER" >&2; exit 2; }
binary=$1 folder=$2
bundle=${CA_BUNDLE:-/etc/ssl/certs/ca-certificates.crt}
[ -s "$bundle" ] || { echo "rootfs.sh: $bundle is missing: install ca-certificates, or set CA_BUNDLE" >&2; exit 1; }
rm -rf "$folder"
mkdir -p "$folder/volumes/data" "$folder/volumes/config" "$folder/image/etc/ssl/certs"
install -m 0755 "$binary" "$folder/image/amalgam"
install -m 0644 "$bundle" "$folder/image/etc/ssl/certs/ca-certificates.crt"
