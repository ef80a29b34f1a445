#!/usr/bin/env bash
# The side-by-side benchmark on this machine: pgbouncer, HAProxy, a direct connection and JitProxy (grants, one masked column, audit trail on).
#   bench/run.sh                 all workloads of both engines; prints one table per workload, and the ratios
#   bench/run.sh smoke           a few seconds of each, to see that it all runs (CI)
#   bench/run.sh micro [ARGS]    the BenchmarkDotNet classes; ARGS go to BenchmarkDotNet, such as --filter '*Frame*'
#   bench/run.sh -- ARGS         ARGS go to bench.py: --workloads w1,w4 --rounds 6 --secs 4 ...
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
top=$(dirname "$here")
. "$top/.ci/packages.sh"
need_dotnet

if [ "${1-}" = micro ]; then
  shift
  exec dotnet run -c Release --project "$here/JitProxy.Bench.csproj" -- "$@"
fi

anchors=direct,haproxy,pgb-session,my-direct,my-haproxy
warm=6
case ${1-} in
  smoke) warm=2
         dotnet run -c Release --project "$here/JitProxy.Bench.csproj" -- --filter '*Frame*' --job Dry
         arguments=(--workloads w1,w2,w3,w4,w5,w7,w7p --clients 8 --clients-short 8 --rounds 1 --secs 2 --wide-repeat 1 --anchors $anchors)
         export SCALE=1 WIDE_ROWS=50000 MY_ROWS=10000 BENCH_DIR=${BENCH_DIR:-${TMPDIR:-/tmp}/jitproxy-bench-smoke} ;;
  --) shift; arguments=("$@") ;;
  with) ;;
  '') arguments=(--workloads w1,w1t,w2,w3,w4,w5,w5t,w7,w7p --clients 1,8,32,64 --clients-short 32 --rounds 6 --secs 4 --anchors $anchors) ;;
  *) sed -n 2,6p "$0"; exit 2 ;;
esac

need_packages postgresql postgresql-client mariadb-server mariadb-client sysbench pgbouncer haproxy gcc libc6-dev libpq-dev python3 openssl
export BENCH_DIR=${BENCH_DIR:-${TMPDIR:-/tmp}/jitproxy-bench}
"$top/jitproxy" --version >/dev/null
"$here/stack.sh" start

port=15450
my_port=15451
state=$BENCH_DIR/jitproxy
rm -rf "$state"
mkdir -p "$state"
cat >"$state/jitproxy.yaml" <<YAML
storage: sqlite:jitproxy.db
admin: { socket: jitproxy.sock }
servers:
  bench:
    engine: postgresql
    environment: bench
    listen: 127.0.0.1:$port
    tls: { certificate: $BENCH_DIR/conf/server.crt, key: $BENCH_DIR/conf/server.key, mode: prefer }
    upstream: { host: 127.0.0.1, port: 15400, user: bench, password: bench, tls: disable }
  bench-my:
    engine: mysql
    environment: bench
    listen: 127.0.0.1:$my_port
    tls: { mode: disable }
    upstream: { host: 127.0.0.1, port: 15420, user: bench, password: bench, tls: disable }
projects:
  bench:
    databases: [bench/bench, bench-my/bench]
    owners: [owner]
    just_in_time_access: true
    data_export: request
approval: { fallback: [project-owner] }
masking:
  semantic_types:
    email: { algorithm: inner_outer, prefix: 1, suffix: 4 }
  columns:
    bench/bench.public.wide.email: email
    bench-my/bench.sbtest1.pad: email
limits: { statement_timeout: 10m, login_timeout: 60s }
YAML
"$top/jitproxy" serve --config "$state/jitproxy.yaml" >"$state/log" 2>&1 &
proxy=$!
trap 'kill $proxy 2>/dev/null || true; wait $proxy 2>/dev/null || true; "$here/stack.sh" stop >/dev/null' EXIT
for _ in $(seq 150); do grep -q 'jitproxy: ready' "$state/log" && break; kill -0 $proxy 2>/dev/null || { cat "$state/log"; exit 1; }; sleep 0.2; done

jit() { "$top/jitproxy" "$@" --config "$state/jitproxy.yaml"; }
for user in agent owner; do echo "$user-password" | jit user add "$user" --password-stdin >/dev/null; done
# Simple queries carry the number in the text; scripts carry it as a parameter. The wide statement streams a million rows, so it has export.
grant() { # DATABASE STATEMENT
  local id
  id=$(jit request --database "$1" --statement "$2" --export --expires 6h --as agent --reason benchmark --json | tr -d ' \n' | sed -n 's/.*"id":\([0-9]*\).*/\1/p')
  jit approve "$id" --as owner >/dev/null
}
grant bench/bench 'SELECT abalance FROM pgbench_accounts WHERE aid = 4242'
grant bench/bench 'SELECT abalance FROM pgbench_accounts WHERE aid = $1'
grant bench/bench 'SELECT id, email, name, created FROM wide'
grant bench-my/bench 'SELECT c FROM sbtest1 WHERE id=1'
grant bench-my/bench 'SELECT c FROM sbtest1 WHERE id=?'

# Another script asked for the proxy and its servers, nothing else: bench/idle.sh.
if [ "${1-}" = with ]; then
  PROXY_PID=$proxy PROXY_PORT=$port $BENCH_WITH
  exit
fi

targets=(--target "jitproxy 127.0.0.1 $port user=agent password=agent-password db=bench"
  --target "jitproxy 127.0.0.1 $my_port kind=mysql user=agent password=agent-password db=bench")

# One short run first: a just-in-time compiler has to have seen the path.
"$here/bench.py" --anchors none "${targets[@]}" --workloads w1,w1t,w2,w3,w4,w5,w7,w7p --clients 32 --clients-short 32 --rounds 1 --secs "$warm" --wide-repeat 3 >/dev/null 2>&1 || true
"$here/bench.py" "${targets[@]}" "${arguments[@]}" --json "$state/results.json"
"$here/ratios.py" "$state/results.json"
