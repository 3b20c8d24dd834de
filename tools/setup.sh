# Sourced by run.sh, test.sh, check and bench.sh: installs what is missing, configures and builds.
# Debian 12 packages, by purpose. `needs_run` is what running takes; tests add `needs_test`.
needs_run=(
  clang-19 lld-19 cmake ninja-build ccache pkg-config ca-certificates
  libboost1.81-dev libboost-json1.81-dev libboost-url1.81-dev
  libcurl4-openssl-dev libssl-dev libsqlite3-dev libpq-dev libyaml-cpp-dev
  libspdlog-dev libfmt-dev libcli11-dev libzstd-dev libedit-dev libpcre2-dev libmimalloc-dev
)
needs_test=(libgtest-dev libgmock-dev sqlite3 postgresql python3 python3-venv chromium)
needs_check=(clang-format-19 libclang-rt-19-dev llvm-19)
needs_bench=(libbenchmark-dev python3 python3-venv iso-codes)

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
say() { printf '\033[1m%s\033[0m\n' "$*" >&2; }

is_debian_12() { [[ -r /etc/os-release ]] && (. /etc/os-release && [[ ${ID:-} == debian && ${VERSION_ID:-} == 12 ]]); }

missing_packages() {
  local installed  # dpkg-query fails when it does not know one of the names; what it does know is still printed
  installed=$(dpkg-query -W -f='${Package} ${db:Status-Abbrev}\n' "$@" 2>/dev/null || true)
  comm -23 <(printf '%s\n' "$@" | sort -u) <(awk '$2 ~ /^ii/ {print $1}' <<<"$installed" | sort -u)
}

# install PACKAGE…: does nothing when all are there.
install() {
  mkdir -p "$root/build"
  local stamp
  stamp="$root/build/.packages-$(printf '%s ' "$@" | cksum | cut -d' ' -f1)"
  [[ -e $stamp ]] && return
  if ! is_debian_12; then
    say "This is not Debian 12, so nothing is installed for you. Needed: Clang 19, lld 19 and what these packages hold:"
    printf '  %s\n' "$*" >&2
    command -v clang++-19 >/dev/null || exit 1
    return
  fi
  local wanted
  mapfile -t wanted < <(missing_packages "$@")
  if ((${#wanted[@]})); then
    local as_root=()
    ((EUID == 0)) || as_root=(sudo)
    say "Installing ${#wanted[@]} Debian packages (a minute or two): ${wanted[*]}"
    "${as_root[@]}" apt-get update -qq || true
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
      -o Dpkg::Use-Pty=0 "${wanted[@]}" >"$root/build/apt.log" 2>&1 || {
      tail -n 20 "$root/build/apt.log" >&2
      say "apt-get could not install them; the whole log is in build/apt.log"
      exit 1
    }
  fi
  touch "$stamp"
}

# build PRESET [TARGET…]: configures when needed, then builds; silent when there is nothing to do.
build() {
  local preset=$1
  shift
  local dir=$root/build/$preset targets=()
  (($#)) && targets=(--target "$@")
  export CCACHE_DIR=${CCACHE_DIR:-$root/.cache/ccache}
  if [[ ! -e $dir/build.ninja ]]; then
    say "Configuring ($preset)"
    (cd "$root" && cmake --preset "$preset" ${CONFIGURE_OPTIONS:-} >"$root/build/configure.log" 2>&1) || {
      tail -n 20 "$root/build/configure.log" >&2
      exit 1
    }
  fi
  local jobs=${JOBS:-$(nproc)}
  if [[ -t 2 ]]; then
    NINJA_STATUS="building $preset: %p, %e s  " cmake --build "$dir" -j"$jobs" "${targets[@]}" >&2
  else
    local log=$root/build/build-$preset.log
    NINJA_STATUS="%p %e s  " cmake --build "$dir" -j"$jobs" "${targets[@]}" 2>&1 | tee "$log" | progress "$preset" || {
      grep -E 'error|FAILED|undefined' "$log" | head -n 40 >&2
      say "The build failed; the whole log is in $log"
      exit 1
    }
  fi
}

# Turns ninja's lines into one line every tenth part of the work, so that a log shows that something moves.
progress() {
  local percent rest next=0
  while read -r percent rest; do
    percent=${percent%\%}
    [[ $percent =~ ^[0-9]+$ ]] && ((percent >= next)) || continue
    echo "building $1: $percent%" >&2
    next=$((percent - percent % 10 + 10))
  done
}
