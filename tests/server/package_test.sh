#!/usr/bin/env bash
# The Debian package of the relay: package_test.sh BUILD. What is in it, its units as systemd judges them, and that what comes out of it
# runs with the configuration that it brings, but for its paths.
. "$(dirname "$0")/../package.sh"
pid=
trap '[ -z "$pid" ] || kill "$pid" 2>/dev/null; rm -rf "$work"' EXIT

unpacked relay
[ "$(field Package)" = carnet-relay ] || fail "name: $(field Package)"
needs libc6 libsodium23 libzstd1 'libsqlite3-0 (>= 3.39)' libssl3 libpq5 libprometheus-cpp-core1.0 systemd
dpkg-deb -e "$package" "$work/control"
holds etc/carnet/relay.toml usr/bin/carnet-relay usr/lib/systemd/system/carnet-relay.service usr/lib/systemd/system/carnet-relay.socket usr/lib/sysusers.d/carnet-relay.conf \
  usr/lib/tmpfiles.d/carnet-relay.conf usr/share/doc/carnet-relay/README.md
[ "$(wc -l <"$work/files")" -eq 7 ] || fail "more than the relay: $(cat "$work/files")"
grep -qx /etc/carnet/relay.toml "$work/control/conffiles" || fail "an upgrade would overwrite the operator's configuration"
for script in postinst prerm; do [ -x "$work/control/$script" ] && sh -n "$work/control/$script" || fail "$script"; done

# The units, and how much they leave open: 0 is nothing, 10 everything.
units=$root/usr/lib/systemd/system
for unit in carnet-relay.service carnet-relay.socket; do
  sed -i "s|/usr/bin/carnet-relay |$root&|; s|/usr/share/doc|$root&|" "$units/$unit"
  SYSTEMD_LOG_LEVEL=warning systemd-analyze verify --man=no "$units/$unit" >"$work/verified" 2>&1 || fail "$unit: $(cat "$work/verified")"
  ! grep "$unit" "$work/verified" || fail "$unit"
done
systemd-analyze security --offline=yes --threshold=20 --no-pager "$units/carnet-relay.service" >"$work/exposure" || fail "the unit leaves more than 2.0 of 10 open: $(tail -1 "$work/exposure")"

# The relay of the package, by its own configuration.
mkdir "$work/state"
sed "s|/var/lib/carnet|$work/state|" "$root/etc/carnet/relay.toml" >"$work/relay.toml"
relay() { "$root/usr/bin/carnet-relay" --config "$work/relay.toml" "$@"; }
relay init >/dev/null
[ -f "$work/state/relay.db" ] && [ "$(stat -c %a "$work/state/relay.db.key")" = 600 ] || fail "init: $(ls -l "$work/state")"
relay space add Ouinhi-Laarne >/dev/null
"$root/usr/bin/carnet-relay" --config "$work/relay.toml" serve --port 0 --port-file "$work/port" --plain 2>"$work/serve.log" &
pid=$!
while [ ! -s "$work/port" ]; do kill -0 "$pid" || fail "no relay: $(cat "$work/serve.log")"; read -rt 0.05 <> <(:) || true; done
[ "$(curl -s "http://127.0.0.1:$(cat "$work/port")/healthz")" = well ] || fail "not well"
kill "$pid"; wait "$pid" || fail "the relay did not end well"
pid=
echo "$(wc -l <"$work/files") files in $(basename "$package"); $(tail -1 "$work/exposure")"
