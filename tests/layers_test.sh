#!/usr/bin/env bash
# The guard must bite: a tree with one include that points up fails it, the same tree without passes.
set -euo pipefail
guard=$1
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT
mkdir "$tree"/{core,sync,client,server}
echo '#include "core/ids.hpp"' >"$tree/sync/good.cpp"
cmake -DROOT="$tree" -P "$guard"
for pair in core:sync sync:client client:server server:client core:server; do
  bad="$tree/${pair%%:*}/bad.cpp"
  echo "#include \"${pair##*:}/x.hpp\"" >"$bad"
  if cmake -DROOT="$tree" -P "$guard" 2>/dev/null; then
    echo "${pair%%:*}/ may include ${pair##*:}/ and nobody noticed"
    exit 1
  fi
  rm "$bad"
done
