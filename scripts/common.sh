# shellcheck shell=bash
# Sourced by the scripts beside it: where builds go, and how what is missing gets installed.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root" || exit 1

# Outside the tree, so that clones share the one long build of DuckDB.
export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-$HOME/.cache/saldo-target}

say() { printf '\n\033[1m== %s\033[0m\n' "$*"; }

fail() {
    printf 'error: %s\n' "$1" >&2
    [ -z "${2:-}" ] || printf 'hint: %s\n' "$2" >&2
    exit 1
}

as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi; }

# need 'COMMAND THAT SUCCEEDS WHEN IT IS THERE' PACKAGE ...: installs the Debian packages whose command fails.
need() {
    local missing=()
    while [ $# -gt 1 ]; do
        bash -c "$1" >/dev/null 2>&1 || missing+=("$2")
        shift 2
    done
    [ ${#missing[@]} -gt 0 ] || return 0
    command -v apt-get >/dev/null || fail "missing: ${missing[*]}" "install what this system calls these Debian packages"
    say "installing ${missing[*]}"
    as_root apt-get update -q
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "${missing[@]}"
}

need_rust() {
    command -v cargo >/dev/null || fail "cargo is not installed" "install Rust with rustup, then run this again"
    cargo fmt --version >/dev/null 2>&1 || rustup component add rustfmt
    cargo clippy --version >/dev/null 2>&1 || rustup component add clippy
}

# What DuckDB's sources need to compile.
need_compiler() { need 'command -v g++ && command -v make' build-essential; }

# cargo_tool NAME VERSION: the crate's program in the build folder, built once a version, so that the user's own ~/.cargo/bin stays as
# it is; not optimised, which takes longer than it saves.
cargo_tool() {
    local tools="$CARGO_TARGET_DIR/tools"
    ! grep -q "^\"$1 $2 " "$tools/.crates.toml" 2>/dev/null || return 0
    say "building $1"
    CARGO_PROFILE_DEV_DEBUG=0 cargo install --quiet --locked --profile dev --version "$2" --root "$tools" --target-dir "$tools/build" "$1"
    rm -rf "$tools/build"
}

# venv NAME REQUIREMENT ...: a Python environment target/venv/NAME with exactly these packages, made once.
venv() {
    local place="target/venv/$1" wanted
    shift
    wanted=$(printf '%s\n' "$@")
    [ "$(cat "$place/wanted" 2>/dev/null)" != "$wanted" ] || return 0
    need 'command -v python3' python3 'python3 -c "import venv, ensurepip"' python3-venv
    rm -rf "$place"
    python3 -m venv "$place"
    "$place/bin/pip" install --quiet --disable-pip-version-check "$@"
    printf '%s\n' "$wanted" >"$place/wanted"
}
