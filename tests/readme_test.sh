#!/usr/bin/env bash
# Every command of the README runs, as it stands there: readme_test.sh SOURCE BUILD. The two first ones run elsewhere (this is the second;
# the demo is a test of its own), the benchmarks are of the release preset, and there may be no systemd here: for them, it is checked that what they name exists.
set -euo pipefail
source=$1 build=$2
work=$(mktemp -d)
pid=
trap '[ -z "$pid" ] || kill "$pid" 2>/dev/null; rm -rf "$work"' EXIT
export HOME=$work PATH=$build/client:$build/server:$PATH
cd "$work"
fail() { echo "FAILED: $*" >&2; exit 1; }

ran=0
while IFS= read -r line; do
  command=${line%%  #*}
  case "$command" in
    "bash client/demo.sh"*|"bash tests/run.sh"*) [ -x "$(command -v bash)" ] && [ -f "$source/$(cut -d' ' -f2 <<<"$command")" ] || fail "$command" ;;
    "cmake --preset"*) grep -q '"name": "release"' "$source/CMakePresets.json" && grep -q 'add_custom_target(bench' "$source/tests/bench/CMakeLists.txt" || fail "$command" ;;
    "cpack --config .build/release/CPackConfig.cmake"*) [ -f "$build/CPackConfig.cmake" ] || fail "$command" ;;  # package_test.sh does it
    .build/release/tests/bench/*) grep -q "add_executable($(basename "${command%% *}") " "$source/tests/bench/CMakeLists.txt" || fail "$command" ;;
    CARNET=.build/release/*" node --test tests/bench/"*) [ -f "$source/${command##* }" ] || fail "$command" ;;
    "systemctl --user enable --now carnet-agent") grep -q '^ExecStart=carnet agent$' "$source/client/carnet-agent.service" || fail "$command" ;;
    "carnet-relay serve")
      carnet-relay serve --port-file port 2>log & pid=$!
      while [ ! -s port ]; do kill -0 $pid 2>/dev/null || fail "serve: $(cat log)"; read -rt 0.05 <> <(:) || true; done ;;
    "carnet-relay invite"*) invite=$(eval "$command") ;;
    "carnet serve"*)
      BROWSER=true $command >pages 2>pages.log & local_pid=$!
      while [ ! -s pages ]; do kill -0 $local_pid 2>/dev/null || fail "pages: $(cat pages.log)"; read -rt 0.05 <> <(:) || true; done
      kill $local_pid; wait $local_pid || fail "the pages did not end well" ;;
    "carnet init --invite"*) carnet init --invite "$invite" ;;
    carnet*) eval "$command" || fail "$command" ;;
    *) fail "what is this: $command" ;;
  esac
  ran=$((ran + 1))
done < <(sed -n 's/^    //p' "$source/README.md")
[ "$ran" -ge 24 ] || fail "only $ran commands found"
kill "$pid"; wait "$pid"; pid=
echo "$ran commands run"
