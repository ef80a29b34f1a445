#!/usr/bin/env bash
# Memory per idle session: opens 300 sessions, then N more (default 800), and divides what the process grew by in between.
#   bench/idle.sh [N] [disable|require]       in clear, or over TLS
# N may be 10,000 (`ulimit -n` allowing): an idle session has no connection to the server. Beside the idle ones eight clients run point selects, and their
# rate without and with the idle sessions is printed.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
count=${1:-800}
ssl=${2:-disable}
export BENCH_DIR=${BENCH_DIR:-${TMPDIR:-/tmp}/jitproxy-bench}
# Little garbage between two collections, or that would be what is measured.
export DOTNET_GCgen0size=0x200000
export BENCH_WITH="$here/idle.sh inside $count $ssl"

# Called by run.sh with the proxy up: its process, its port.
inside() {
  local pid=$PROXY_PID info="host=127.0.0.1 port=$PROXY_PORT user=agent password=agent-password dbname=bench sslmode=$2 gssencmode=disable"
  local hold=$BENCH_DIR/idle.hold opened=()
  rm -f "$hold"
  mkfifo "$hold"
  exec 5<>"$hold"
  rss() { awk '/VmRSS/ { print $2 }' "/proc/$pid/status"; }
  open() {
    "$BENCH_DIR/pgdrain" idle "$info" "$1" <&5 >"$BENCH_DIR/idle.out" &
    opened+=($!)
    until grep -q ready "$BENCH_DIR/idle.out"; do
      kill -0 "${opened[-1]}" || { echo "sessions could not be opened"; exit 1; }
      sleep 0.2
    done
    # A session rests after two seconds of silence, and memory is given back once that is over.
    sleep 8
  }
  rate() {
    PGPASSWORD=agent-password "$(ls -d /usr/lib/postgresql/*/bin | sort -V | tail -1)/pgbench" -h 127.0.0.1 -p "$PROXY_PORT" -U agent -n -c 8 -T 5 \
      -f <(echo 'SELECT abalance FROM pgbench_accounts WHERE aid = 4242') bench 2>/dev/null | sed -n 's/^tps = \([0-9]*\).*/\1/p'
  }
  local alone beside first second
  open 300
  first=$(rss)
  open "$1"

  # At most one collection a minute.
  sleep 60
  second=$(rss)
  rate >/dev/null
  beside=$(rate)
  kill "${opened[@]}"
  sleep 3
  alone=$(rate)
  rm -f "$hold"
  awk -v a="$first" -v b="$second" -v n="$1" -v s="$2" -v x="$alone" -v y="$beside" 'BEGIN {
    printf "idle sessions (sslmode %s): %.1f kB each (%d kB with 300, %d kB with %d); point selects per second of 8 clients: %d alone, %d beside them\n",
      s, (b - a) / n, a, b, n + 300, x, y }'
}

if [ "$count" = inside ]; then
  inside "$2" "$3"
  exit
fi
exec "$here/run.sh" with
