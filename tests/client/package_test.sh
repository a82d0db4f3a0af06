#!/usr/bin/env bash
# The Debian package of the client: package_test.sh BUILD. What is in it, what it asks for, and that what comes out of it runs.
set -euo pipefail
build=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
fail() { echo "FAILED: $*" >&2; exit 1; }

cpack --config "$build/CPackConfig.cmake" -B "$work" -D CPACK_COMPONENTS_ALL=client -D CPACK_DEBIAN_COMPRESSION_TYPE=gzip >"$work/log" 2>&1 || fail "cpack: $(cat "$work/log")"
packages=("$work"/*.deb)
[ ${#packages[@]} -eq 1 ] || fail "one package, of the client alone: ${packages[*]}"
package=${packages[0]}

field() { dpkg-deb -f "$package" "$1"; }
[ "$(field Package)" = carnet ] || fail "name: $(field Package)"
[ "$(field Architecture)" = "$(dpkg --print-architecture)" ] || fail "architecture: $(field Architecture)"
[[ $(basename "$package") == carnet_$(field Version)_*.deb ]] || fail "file name: $package"
for library in libc6 libsodium23 libzstd1 'libsqlite3-0 (>= 3.38)' libcurl4 libssl3; do
  [[ $(field Depends) == *"$library"* ]] || fail "does not ask for $library: $(field Depends)"
done

dpkg-deb -x "$package" "$work/root"
(cd "$work/root" && find . -type f | LC_ALL=C sort) >"$work/files"
for file in usr/bin/carnet usr/lib/systemd/user/carnet-agent.service usr/share/applications/carnet.desktop usr/share/icons/hicolor/scalable/apps/carnet.svg; do
  grep -qx "./$file" "$work/files" || fail "lacks $file: $(cat "$work/files")"
done
! grep -q 'relay\|tests' "$work/files" || fail "more than the client: $(cat "$work/files")"

entry=$work/root/usr/share/applications/carnet.desktop
desktop-file-validate "$entry" || fail "the desktop entry"
grep -qx 'Exec=carnet serve --open' "$entry" && grep -qx 'Icon=carnet' "$entry" || fail "what the desktop entry starts"
for language in fr nl; do grep -q "^Comment\[$language\]=" "$entry" || fail "no comment in $language"; done
grep -qx 'ExecStart=carnet agent' "$work/root/usr/lib/systemd/user/carnet-agent.service" || fail "what the unit starts"

"$work/root/usr/bin/carnet" --help >"$work/help" || fail "carnet --help"
grep -q search "$work/help" || fail "help without commands: $(cat "$work/help")"
echo "$(wc -l <"$work/files") files in $(basename "$package")"
