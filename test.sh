#!/usr/bin/env bash
# Installs what the tests need, builds with warnings as errors, runs every test, and ends with one line: N passed, N failed, N skipped.
# ./test.sh [--long] [--transport epoll|socket] [FILTER]: FILTER is passed to `dotnet test --filter`; --long gives the tests with random input twenty times as
# much of it; --transport has the proxies of the tests move their bytes by the one or the other.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
if [ "${1:-}" = --long ]; then
  export JITPROXY_TEST_SCALE=20
  shift
fi
if [ "${1:-}" = --transport ]; then
  export JITPROXY_TEST_TRANSPORT=$2
  shift 2
fi
. .ci/packages.sh

need_dotnet
need_packages postgresql postgresql-client mariadb-server mariadb-client libpg-query-dev gcc libc6-dev python3-psycopg2 python3-psycopg python3-pymysql libmariadb-java openssl chromium
need_mysql
command -v node >/dev/null || need_packages nodejs
command -v npm >/dev/null || need_packages npm
command -v javac >/dev/null || need_packages default-jdk-headless
need_postgres18

export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
export DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS=1
dotnet build JitProxy.sln -c Release -v q -nologo

results=$(mktemp -d)
trap 'rm -rf "$results"' EXIT
failed_runs=0
for project in tests/*/*.csproj; do
  name=$(basename "$project" .csproj)
  echo "== $name"
  dotnet test "$project" -c Release --no-build -nologo --results-directory "$results" \
    --logger "trx;LogFileName=$name.trx" --logger "console;verbosity=normal" ${1:+--filter "$1"} 2>&1 \
    | grep -vE '^\s+Passed |^Results File|^Test Run Successful|^VSTest|^Starting test|^A total of' || true
  [ -f "$results/$name.trx" ] || { echo "$name did not run to its end"; failed_runs=$((failed_runs + 1)); }
done

count() { cat "$results"/*.trx 2>/dev/null | grep -o "<Counters[^>]*" | grep -o " $1=\"[0-9]*\"" | grep -o '[0-9]*' | awk '{ n += $1 } END { print n + 0 }'; }
total=$(count total)
passed=$(count passed)
failed=$(($(count failed) + $(count error) + $(count timeout) + $(count aborted) + failed_runs))
echo "$passed passed, $failed failed, $((total - passed - failed + failed_runs)) skipped"
[ "$failed" = 0 ] && [ "$passed" -gt 0 ]
