#!/usr/bin/env bash
# usage: machine.sh CHECKOUT SCRATCH COMMAND…, inside of `unshare --net --mount --pid`
#
# Makes a fresh machine for docs/tutorial.md: only a loopback network, on which
# all ports are free; /etc, /var and /run, whose changes vanish with it; an empty
# home with the checkout in ~/amalgam, which cannot be written to; and the domains
# of the tutorial. What it cannot have is replaced by standins.sh and docker.mjs.
set -euo pipefail
checkout=$1 scratch=$2
shift 2
here=$(cd "$(dirname "$0")" && pwd)

ip link set lo up
mount -t tmpfs tmpfs "$scratch"
for folder in etc var; do
  mkdir -p "$scratch/$folder/upper" "$scratch/$folder/work"
  mount -t overlay overlay -o "lowerdir=/$folder,upperdir=$scratch/$folder/upper,workdir=$scratch/$folder/work" "/$folder"
done
mount -t tmpfs tmpfs /run
mkdir -p /run/lock
echo "127.0.0.1 app.example.com hub.example.com" >> /etc/hosts

mkdir -p "$scratch/home/amalgam" "$scratch/bin" "$scratch/tmp"
mount --bind -o ro "$checkout" "$scratch/home/amalgam"
for program in sudo apt-get systemctl certbot; do ln -s "$here/standins.sh" "$scratch/bin/$program"; done
ln -s "$here/docker.mjs" "$scratch/bin/docker"

export HOME=$scratch/home PATH=$scratch/bin:$PATH TMPDIR=$scratch/tmp
cd "$HOME"
exec "$@"
