# shellcheck shell=sh disable=SC2154 # root is the caller's
# What scripts/start and scripts/test have in common: bring what the checkout needs, and only what is missing.
# Sourced with $root set to the checkout; as root on Debian it installs packages, otherwise it says what to run.

say() { echo "${0##*/}: $*" >&2; }

fail() {
  say "$@"
  exit 1
}

can_install() { [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; }

# install_packages PACKAGE…
install_packages() {
  say "installing: apt-get install $*"
  apt-get -qq update </dev/null
  DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends "$@" >/dev/null </dev/null
}

# missing_packages COMMAND=PACKAGE…: prints the packages of the commands that are not there
missing_packages() {
  for pair in "$@"; do
    command -v "${pair%%=*}" >/dev/null || printf '%s ' "${pair#*=}"
  done
}

# want WHAT_WITHOUT COMMAND=PACKAGE…: installs, or says what is left out and how to get it
want() {
  without=$1
  shift
  packages=$(missing_packages "$@")
  packages=${packages% }
  if [ -z "$packages" ]; then return; fi
  # shellcheck disable=SC2086 # several words
  if can_install; then install_packages $packages; else say "$without; to change that: sudo apt-get install $packages"; fi
}

# A Node that an earlier call brought comes first. Debian 12 has 18; the package node-linux-* is the runtime itself.
require_node() {
  use_own_node
  if problem=$(problem_with_node); then
    own="npm install --prefix .state/node node-linux-$(node_arch)@22"
    if ! can_install; then
      command -v npm >/dev/null || own="sudo apt-get install nodejs npm, then: $own"
      fail "$problem; sigmond needs Node.js 20.19 or newer. In $root run: $own"
    fi
    say "$problem; bringing Node.js 22 into .state/node: $own"
    command -v npm >/dev/null || install_packages nodejs npm
    (cd "$root" && $own --silent >&2 </dev/null)
    use_own_node
    if problem=$(problem_with_node); then fail "$problem, after: $own"; fi
  fi
}

use_own_node() {
  for folder in "$root"/.state/node/node_modules/node-linux-*/bin; do
    if [ -x "$folder/node" ]; then PATH=$folder:$PATH; fi
  done
}

problem_with_node() {
  command -v npm >/dev/null || { echo 'npm is missing' && return; }
  version=$(node --version 2>/dev/null) || { echo 'Node.js is missing' && return; }
  echo "$version" | {
    IFS=v. read -r _ major minor _
    { [ "$major" -gt 20 ] || { [ "$major" -eq 20 ] && [ "$minor" -ge 19 ]; }; } && exit 1
    echo "Node.js $version is too old"
  }
}

node_arch() {
  case $(uname -m) in
    x86_64) echo x64 ;;
    aarch64) echo arm64 ;;
    *) uname -m ;;
  esac
}

# npm itself goes on without an optional package that cannot be compiled.
install_modules() {
  lock=$root/node_modules/.package-lock.json
  if [ -f "$lock" ] && ! newer_than "$lock" "$root/package-lock.json"; then return; fi
  want 'node-pty is left out, it needs a C++ compiler, make and python3' g++=g++ make=make python3=python3
  say 'installing the packages of package-lock.json: npm ci'
  (cd "$root" && use_node_headers && npm ci --no-progress --loglevel=error >&2 </dev/null)
}

# What is compiled then need not download the headers that lie beside the runtime.
use_node_headers() {
  prefix=$(dirname "$(dirname "$(readlink -f "$(command -v node)")")")
  [ ! -f "$prefix/include/node/node.h" ] || export npm_config_nodedir="$prefix"
}

build() {
  built=$root/dist/main.js
  if [ -f "$built" ] && ! newer_than "$built" "$root/src" "$root/tsconfig.json" "$root/tsconfig.build.json"; then return; fi
  say 'building: npm run build'
  (cd "$root" && npm run --silent build -- --noEmitOnError >&2 </dev/null)
}

# newer_than FILE PATH…: whether one of the paths, or a file in it, changed after FILE
newer_than() {
  reference=$1
  shift
  [ -n "$(find "$@" -newer "$reference" -print | head -n 1)" ]
}
