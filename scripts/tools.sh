# Where the tests' tools live and how they get there. Sourced by the stages; installs only what is
# missing, under .tools/ where it can.

# What every stage that builds for tests builds: the whole workspace with one set of features, since
# each other selection would compile all of it once more. The crash points do nothing unless armed.
BUILD=(--quiet --locked --workspace --features testkit/crash-points)

# build_binaries: the server and the doubles, as the tests have them: `cargo build` would leave out
# what only tests ask of the dependencies, and compile everything again without it.
build_binaries() {
  cargo test "${BUILD[@]}" --no-run --test it --test bad_inputs
}

TOOLS=$PWD/.tools
VENV=$TOOLS/venv
NODE_HOME=$TOOLS/node
SDKS_VENV=$TOOLS/sdks-venv
SDKS_NODE_HOME=$TOOLS/sdks-node
S3_VENV=$TOOLS/s3-venv

# install_debian PACKAGE…
install_debian() {
  local sudo=
  [ "$(id -u)" = 0 ] || sudo=sudo
  echo "installing Debian packages: $*"
  $sudo apt-get update -qq
  DEBIAN_FRONTEND=noninteractive $sudo apt-get install -y -qq "$@" >/dev/null
}

# need_debian COMMAND:PACKAGE…: installs the packages whose command is not on PATH.
need_debian() {
  local missing=() pair
  for pair in "$@"; do
    command -v "${pair%%:*}" >/dev/null || missing+=("${pair#*:}")
  done
  [ ${#missing[@]} -eq 0 ] || install_debian "${missing[@]}"
}

# need_python REQUIREMENTS VENV: a virtual environment with exactly the pinned packages.
need_python() {
  local wanted=$1 venv=$2
  if ! cmp -s "$wanted" "$venv/requirements.txt"; then
    rm -rf "$venv"
    python3 -m venv "$venv"
    "$venv/bin/pip" install --quiet --disable-pip-version-check -r "$wanted"
    cp "$wanted" "$venv/requirements.txt"
  fi
}

# need_node PACKAGE_JSON HOME: the pinned npm packages; no lock file, since one would name a
# registry's host. The list is copied last, so that a broken install is made again.
need_node() {
  local wanted=$1 home=$2
  if ! cmp -s "$wanted" "$home/installed.json"; then
    rm -rf "$home"
    mkdir -p "$home"
    cp "$wanted" "$home/package.json"
    (cd "$home" && npm install --no-package-lock --no-audit --no-fund --silent)
    cp "$wanted" "$home/installed.json"
  fi
}

# need_cargo COMMAND CRATE VERSION
need_cargo() {
  "$TOOLS/bin/$1" --version 2>/dev/null | grep -qF "$3" ||
    cargo install --quiet --locked --root "$TOOLS" --version "$3" "$2"
}
