# Where the tests' tools live and how they get there. Sourced by the stages; installs only what is
# missing, under .tools/ where it can.

TOOLS=$PWD/.tools
VENV=$TOOLS/venv
NODE_HOME=$TOOLS/node

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

# A virtual environment with exactly the pinned packages.
need_python() {
  local wanted=clients/requirements.txt
  if ! cmp -s "$wanted" "$VENV/requirements.txt"; then
    rm -rf "$VENV"
    python3 -m venv "$VENV"
    "$VENV/bin/pip" install --quiet --disable-pip-version-check -r "$wanted"
    cp "$wanted" "$VENV/requirements.txt"
  fi
}

# The pinned npm packages; no lock file, since one would name a registry's host.
need_node() {
  local wanted=clients/package.json
  if ! cmp -s "$wanted" "$NODE_HOME/package.json"; then
    rm -rf "$NODE_HOME"
    mkdir -p "$NODE_HOME"
    cp "$wanted" "$NODE_HOME/package.json"
    (cd "$NODE_HOME" && npm install --no-package-lock --no-audit --no-fund --silent)
  fi
}

# need_cargo COMMAND CRATE VERSION
need_cargo() {
  "$TOOLS/bin/$1" --version 2>/dev/null | grep -qF "$3" ||
    cargo install --quiet --locked --root "$TOOLS" --version "$3" "$2"
}
