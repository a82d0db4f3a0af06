#!/usr/bin/env bash
# Installs what the build, the tests and the demo need on Debian 12, and nothing that is there already. Used by all of them.
set -euo pipefail

packages=(
  g++ cmake ninja-build pkg-config lld            # build
  libsqlite3-dev libsqlitecpp-dev libsodium-dev libzstd-dev libmsgpack-cxx-dev libfmt-dev        # core, sync
  libcurl4-openssl-dev libssl-dev nlohmann-json3-dev libcli11-dev libzbar-dev libavahi-client-dev                            # client
  libpugixml-dev libzip-dev libutf8proc-dev                                                      # paper
  libboost-dev libspdlog-dev libqrencode-dev libpq-dev libtomlplusplus-dev prometheus-cpp-dev    # server
  catch2 sqlite3 jq curl xz-utils procps zlib1g-dev chromium firefox-esr                                      # tests, demo
  poppler-utils                                                                                  # tests of paper
  dbus-daemon avahi-daemon                                                                       # tests of the local network, which start their own
  postgresql-15                                                                                  # tests, which start their own
  dpkg-dev file desktop-file-utils systemd                                                       # packages
)
command -v node >/dev/null || packages+=(nodejs)                                                # pages; another Node than Debian's will do
command -v npm >/dev/null || packages+=(npm)

missing=()
for package in "${packages[@]}"; do
  dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
done
[ ${#missing[@]} -eq 0 ] && exit 0

as_root=()
[ "$(id -u)" -eq 0 ] || as_root=(sudo)
echo "installing: ${missing[*]}"
"${as_root[@]}" apt-get update -qq
if [ ! -e /etc/postgresql-common/createcluster.conf ]; then  # no server that runs beside the tests' own
  "${as_root[@]}" mkdir -p /etc/postgresql-common
  echo "create_main_cluster = false" | "${as_root[@]}" tee /etc/postgresql-common/createcluster.conf >/dev/null
fi
DEBIAN_FRONTEND=noninteractive "${as_root[@]}" apt-get install -y -qq --no-install-recommends -o Dpkg::Options::=--force-confold "${missing[@]}" >/dev/null
