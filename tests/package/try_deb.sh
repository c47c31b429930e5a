#!/usr/bin/env bash
# Installs a .deb of mazescan in a fresh Debian 12 and tries it there: versions, manual pages, a training, a scan, a report.
#   sudo tests/package/try_deb.sh build/release/mazescan_0.1.0-1_amd64.deb [FOLDER]
# FOLDER (default: build/debian12-root) gets the Debian, about 1.5 GB; it is kept for the next time.
set -euo pipefail
package=$(realpath "$1")
root=$(realpath -m "${2:-build/debian12-root}")

if [ ! -d "$root" ]; then
  rm -rf "$root.new"
  debootstrap --variant=minbase bookworm "$root.new" >/dev/null
  mv "$root.new" "$root"
fi
printf 'deb http://deb.debian.org/debian bookworm main\n' >"$root/etc/apt/sources.list"
cp /etc/resolv.conf "$root/etc/resolv.conf"
cp "$package" "$root/tmp/mazescan.deb"

cat >"$root/tmp/try.sh" <<'END'
apt-get update -qq
SECONDS=0
apt-get install -y --reinstall --no-install-recommends /tmp/mazescan.deb openmpi-bin libopenblas0-pthread >/tmp/install.log 2>&1 ||
  { tail /tmp/install.log; exit 1; }
echo "== installed in $SECONDS s"
for program in mazescan-trainer mazescan-evaluator; do
  "$program" --version
  zcat "/usr/share/man/man1/$program.1.gz" | head -3
done
source /usr/share/bash-completion/completions/mazescan-evaluator
work=$(mktemp -d) && cd "$work"
cp /usr/share/mazescan/configs/quickstart.yaml tiny.yaml
options=(tiny.yaml --set run=run --set environment.world_dim=5 --set train.steps=81920 --set 'scan.sizes=[3,5]' --set scan.levels=20)
SECONDS=0
mpirun -n 2 mazescan-trainer "${options[@]}"
mpirun -n 2 mazescan-evaluator scan "${options[@]}"
mazescan-evaluator report "${options[@]}"
ls -l run/policy.safetensors run/report/index.html
mazescan-evaluator verify run/scan
echo "== trained, scanned, reported in $SECONDS s"
END

# The mounts end with the command.
unshare --mount bash -euc 'mount -t proc proc "$0/proc" && mount -t sysfs sysfs "$0/sys" && exec chroot "$0" env -i HOME=/root LANG=C.UTF-8 \
  PATH=/usr/sbin:/usr/bin:/sbin:/bin DEBIAN_FRONTEND=noninteractive OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 \
  OMPI_MCA_rmaps_base_oversubscribe=1 OMP_NUM_THREADS=1 OMPI_MCA_btl=self,vader bash -euo pipefail /tmp/try.sh' "$root"
