#!/usr/bin/env bash
# A PostgreSQL server for tests, on a socket in a folder of its own under /tmp, as a user who may start one.
#   tests/postgres.sh start FILE [-c SETTING=VALUE]…   writes its URL to FILE; one that FILE still names is stopped first
#   tests/postgres.sh kill FILE                        ends it at once, as a crash would
#   tests/postgres.sh again FILE                       starts it again after that
#   tests/postgres.sh stop FILE                        ends it and deletes everything
set -euo pipefail
action=$1
address=$2
shift 2

bin=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1 || true)
[[ -n $bin ]] || bin=$(dirname "$(command -v initdb || command -v postgres || true)")
[[ -x $bin/initdb ]] || { echo "there is no PostgreSQL server here; on Debian: apt-get install postgresql" >&2; exit 1; }

# PostgreSQL refuses to run as root.
as_user=()
if ((EUID == 0)); then
  user=postgres
  id -u $user >/dev/null 2>&1 || user=nobody
  as_user=(setpriv --reuid="$user" --regid="$(id -g $user)" --clear-groups)
fi
server() { (cd "$folder" && "${as_user[@]}" "$@"); }
folder_of() { sed 's/.*host=//' "$1"; }

start() {
  local settings=(-c listen_addresses= -c unix_socket_directories="$folder" -c max_connections=200
    -c shared_buffers=32MB "$@")
  server "$bin/pg_ctl" start -s -w -t 300 -D "$folder/data" -l "$folder/log" -o "${settings[*]}" || {
    tail -n 20 "$folder/log" >&2
    exit 1
  }
}

stop() {
  folder=$(folder_of "$1")
  [[ -d $folder/data ]] && server "$bin/pg_ctl" stop -s -w -t 300 -m immediate -D "$folder/data" || true
  [[ $folder == /tmp/convoke-postgres-* ]] && rm -rf "$folder"
  rm -f "$1"
}

case $action in
  start)
    [[ -e $address ]] && stop "$address"
    folder=$(mktemp -d /tmp/convoke-postgres-XXXXXX)
    ((EUID == 0)) && chown "$user" "$folder"
    server "$bin/initdb" -D data -U convoke -A trust -E UTF8 --locale=C.UTF-8 --no-sync >"$folder.log" 2>&1 || {
      cat "$folder.log" >&2
      exit 1
    }
    mv "$folder.log" "$folder/initdb.log"
    printf '%s\n' "$*" >"$folder/settings"
    start "$@"
    printf 'postgresql://convoke@/postgres?host=%s\n' "$folder" >"$address"
    ;;
  kill) folder=$(folder_of "$address") && server "$bin/pg_ctl" stop -s -w -t 300 -m immediate -D "$folder/data" ;;
  again) folder=$(folder_of "$address") && read -ra settings <"$folder/settings" && start "${settings[@]}" ;;
  stop) if [[ -e $address ]]; then stop "$address"; fi ;;
  *) sed -n '2,6p' "$0" >&2 && exit 2 ;;
esac
