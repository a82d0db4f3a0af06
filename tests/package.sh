# What both tests of Debian packages do, who source this: build one package of the BUILD, look at what it asks for, and unpack it.
set -euo pipefail
build=$1
work=$(mktemp -d)
root=$work/root
trap 'rm -rf "$work"' EXIT
fail() { echo "FAILED: $*" >&2; exit 1; }
field() { dpkg-deb -f "$package" "$1"; }

# COMPONENT: into $work/*.deb, $root, and the list of its files in $work/files.
unpacked() {
  cpack --config "$build/CPackConfig.cmake" -B "$work" -D CPACK_COMPONENTS_ALL="$1" -D CPACK_DEBIAN_COMPRESSION_TYPE=gzip >"$work/log" 2>&1 || fail "cpack: $(cat "$work/log")"
  local packages=("$work"/*.deb)
  [ ${#packages[@]} -eq 1 ] || fail "one package, of the $1 alone: ${packages[*]}"
  package=${packages[0]}
  dpkg-deb -x "$package" "$root"
  (cd "$root" && find . -type f | LC_ALL=C sort) >"$work/files"
}
needs() { for each; do [[ $(field Depends) == *"$each"* ]] || fail "does not ask for $each: $(field Depends)"; done; }
holds() { for each; do grep -qx "./$each" "$work/files" || fail "lacks $each: $(cat "$work/files")"; done; }
