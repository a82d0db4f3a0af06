#!/usr/bin/env bash
# The Debian package of the client: package_test.sh BUILD. What is in it, what it asks for, and that what comes out of it runs.
. "$(dirname "$0")/../package.sh"

unpacked client
[ "$(field Package)" = carnet ] || fail "name: $(field Package)"
[ "$(field Architecture)" = "$(dpkg --print-architecture)" ] || fail "architecture: $(field Architecture)"
[[ $(basename "$package") == carnet_$(field Version)_*.deb ]] || fail "file name: $package"
needs libc6 libsodium23 libzstd1 'libsqlite3-0 (>= 3.38)' libcurl4 libssl3 'libzbar0 (>= 0.23.92-7+deb12u1)'
holds usr/bin/carnet usr/lib/systemd/user/carnet-agent.service usr/share/applications/carnet.desktop usr/share/icons/hicolor/scalable/apps/carnet.svg
! grep -q 'relay\|tests' "$work/files" || fail "more than the client: $(cat "$work/files")"

entry=$root/usr/share/applications/carnet.desktop
desktop-file-validate "$entry" || fail "the desktop entry"
grep -qx 'Exec=carnet serve --open' "$entry" && grep -qx 'Icon=carnet' "$entry" || fail "what the desktop entry starts"
for language in fr nl; do grep -q "^Comment\[$language\]=" "$entry" || fail "no comment in $language"; done
grep -qx 'ExecStart=carnet agent' "$root/usr/lib/systemd/user/carnet-agent.service" || fail "what the unit starts"

"$root/usr/bin/carnet" --help >"$work/help" || fail "carnet --help"
grep -q search "$work/help" || fail "help without commands: $(cat "$work/help")"
echo "$(wc -l <"$work/files") files in $(basename "$package")"
