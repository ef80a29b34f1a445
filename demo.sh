#!/usr/bin/env bash
# The main job from an empty machine: servers with sample data, the proxy, and real clients. Every step says what it expects and is checked.
# ./demo.sh          runs and cleans up; exit code 0 only if every step did what it says
# ./demo.sh --keep   leaves everything running and prints how to connect
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cd "$here"
. .ci/packages.sh

keep=false
for argument in "$@"; do
  case $argument in
    --keep) keep=true ;;
    *) echo "usage: ./demo.sh [--keep]" >&2; exit 2 ;;
  esac
done

if [ -t 1 ] && [ -z "${NO_COLOR-}" ]; then bold=$'\e[1m' dim=$'\e[2m' green=$'\e[32m' red=$'\e[31m' plain=$'\e[0m'; else bold='' dim='' green='' red='' plain=''; fi
step() { printf '\n%s== %s%s\n' "$bold" "$1" "$plain"; }
fail() { printf '%sFAILED: %s%s\n' "$red" "$1" "$plain" >&2; exit 1; }

need_dotnet
need_packages postgresql postgresql-client
printf '%sbuilding%s\n' "$dim" "$plain"
./jitproxy --version >/dev/null

work=$(mktemp -d "${TMPDIR:-/tmp}/jitproxy-demo.XXXXXX")
chmod 755 "$work"
bin=$(ls -d /usr/lib/postgresql/*/bin | sort -V | tail -1)
free_port() {
  local port
  while :; do
    port=$((20000 + RANDOM % 20000))
    (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || { echo "$port"; return; }
  done
}

# PostgreSQL refuses to run as root; its package brings the account.
as_postgres() { if [ "$(id -u)" = 0 ]; then su postgres -s /bin/bash -c "$1"; else bash -c "$1"; fi; }
proxy_pid=''
cleanup() {
  status=$?
  if ! $keep || [ $status != 0 ]; then
    [ -z "$proxy_pid" ] || kill "$proxy_pid" 2>/dev/null || true
    [ ! -d "$work/pg" ] || as_postgres "$bin/pg_ctl -D $work/pg -m immediate stop" >/dev/null 2>&1 || true
    [ $status = 0 ] || { echo "--- the proxy's log"; tail -30 "$work/proxy.log" 2>/dev/null || true; }
    rm -rf "$work"
  fi
  exit $status
}
trap cleanup EXIT

step "a PostgreSQL server with sample data"
pg_port=$(free_port)
install -d -m 700 "$work/pg"
[ "$(id -u)" != 0 ] || chown postgres "$work/pg"
as_postgres "$bin/initdb -D $work/pg -A trust -U postgres -E UTF8 --locale=C.UTF-8" >"$work/initdb.log" 2>&1 || { cat "$work/initdb.log"; fail "initdb"; }
as_postgres "$bin/pg_ctl -D $work/pg -w -l $work/pg/log -o '-p $pg_port -c listen_addresses=127.0.0.1 -c unix_socket_directories=$work/pg -c password_encryption=scram-sha-256' start" >/dev/null
service_password=$(head -c 18 /dev/urandom | base64 | tr '+/' 'ab')
psql -X -q -v ON_ERROR_STOP=1 -h 127.0.0.1 -p "$pg_port" -U postgres <<SQL
CREATE DATABASE app;
CREATE ROLE jitproxy LOGIN PASSWORD '$service_password';
\c app
CREATE TABLE customers (id int PRIMARY KEY, name text, email text, ssn text, phone text, born date);
INSERT INTO customers VALUES
  (41, 'Ada Ng',    'ada.ng@example.com',    '123-45-6789', '+1 555 0141', '1985-03-02'),
  (42, 'Ben Osei',  'ben.osei@example.com',  '987-65-4321', '+1 555 0142', '1979-11-23'),
  (43, 'Cleo Diaz', 'cleo.diaz@example.com', '555-12-3456', '+1 555 0143', '1992-07-14');
GRANT SELECT ON ALL TABLES IN SCHEMA public TO jitproxy;
SQL
sed -i 's/ trust$/ scram-sha-256/' "$work/pg/pg_hba.conf"
as_postgres "$bin/pg_ctl -D $work/pg reload" >/dev/null
echo "PostgreSQL on 127.0.0.1:$pg_port, database app, table customers"

step "JitProxy in front of it"
port=$(free_port)
cat >"$work/jitproxy.yaml" <<YAML
storage: sqlite:jitproxy.db
admin:
  socket: jitproxy.sock
servers:
  shop:
    engine: postgresql
    environment: prod
    listen: 127.0.0.1:$port
    upstream: { host: 127.0.0.1, port: $pg_port, user: jitproxy, password: "\${SHOP_PASSWORD}", tls: disable }
projects:
  store:
    databases: [shop/app]
    owners: [bob]
    just_in_time_access: true
approval:
  fallback: [project-owner]
masking:
  semantic_types:
    ssn: { algorithm: full }
    email: { algorithm: inner_outer, prefix: 1, suffix: 4 }
    phone: { algorithm: hash }
  columns:
    shop/app.public.customers.ssn: ssn
    shop/app.public.customers.email: email
  rules:
    - condition: resource.column_name.matches("(^|_)(phone|mobile)$")
      semantic_type: phone
YAML
export SHOP_PASSWORD=$service_password
"$here/jitproxy" serve --config "$work/jitproxy.yaml" >"$work/proxy.log" 2>&1 &
proxy_pid=$!
for _ in $(seq 150); do
  grep -q 'jitproxy: ready' "$work/proxy.log" && break
  kill -0 "$proxy_pid" 2>/dev/null || fail "the proxy did not start"
  sleep 0.2
done
grep -q 'jitproxy: ready' "$work/proxy.log" || fail "the proxy did not become ready"
jit() { "$here/jitproxy" "$@" --config "$work/jitproxy.yaml"; }
for user in alice bob; do printf '%s-password\n' "$user" | jit user add "$user" --password-stdin >/dev/null; done
echo "listening on 127.0.0.1:$port; alice and bob may sign in, and may do nothing yet"

# shown COMMAND...: prints a command as a person would type it, runs it, and keeps its output in $output and its exit code in $code.
shown() {
  local quoted='' word
  for word in "$@"; do
    case $word in
      jit) word=jitproxy ;;
      *[\ \'\;\*\(]*) word="\"$word\"" ;;
    esac
    quoted+="$word "
  done
  printf '%s$ %s%s\n' "$dim" "${quoted% }" "$plain"
  code=0
  output=$("$@" 2>&1) || code=$?
  printf '%s\n' "$output"
}
has() { case $output in *"$1"*) ;; *) fail "expected to see: $1" ;; esac; }
hasnt() { case $output in *"$1"*) fail "must not be seen: $1" ;; esac; }
succeeded() { [ "$code" = 0 ] || fail "the command failed with exit code $code"; }
failed() { [ "$code" != 0 ] || fail "the command should have failed"; }
ok() { printf '%sok: %s%s\n' "$green" "$1" "$plain"; }
export PGPASSWORD=alice-password PGCONNECT_TIMEOUT=10
# What the transcript shows is exactly what a person would type, with the port of this run.
run_psql() { shown psql -X -h 127.0.0.1 -p "$port" -U alice app "$@"; }

step "alice may browse, but no data is hers"
run_psql -c '\dt'
succeeded; has customers
statement='SELECT id, name, email, ssn, phone FROM customers WHERE id = 42'
run_psql -c "$statement"
failed; has 'no active grant'; has 'jitproxy request --denied'; hasnt '987-65-4321'
denied=$(sed -n 's/.*--denied \([0-9]*\).*/\1/p' <<<"$output")
ok "refused, with the command that asks for it"

step "she asks for exactly this statement, and bob approves it"
shown jit request --denied "$denied" --as alice --expires 1h --reason "ticket 4711: wrong invoice address"
succeeded
grant=$(jit grants --mine --as alice --status pending --json | tr -d ' \n' | sed -n 's/.*"id":\([0-9]*\).*/\1/p')
[ -n "$grant" ] || fail "the request has no number"
shown jit approve "$grant" --as alice
failed
ok "nobody approves their own request"
shown jit grant "$grant" --as bob
succeeded; has customers; has ssn
shown jit approve "$grant" --as bob --comment "for the ticket"
succeeded

step "now it runs, with the sensitive columns masked"
run_psql -c "$statement"
succeeded; has 'Ben Osei'; hasnt '987-65-4321'; hasnt 'ben.osei@'; hasnt '555 0142'
ok "the same rows, and nothing that alice may not see"

step "one character edited"
run_psql -c "${statement/42/43}"
failed; has "id = 42"; has "id = 43"; hasnt 'Cleo'
ok "refused, pointing at the difference"

step "a grant that unmasks, for two executions"
shown jit request --database shop/app --statement "$statement" --unmask --executions 2 --expires 1h --as alice --reason "ticket 4711: compare with the paper form"
succeeded
unmask=$(jit grants --mine --as alice --status pending --json | tr -d ' \n' | sed -n 's/.*"id":\([0-9]*\).*/\1/p')
shown jit approve "$unmask" --as bob
succeeded
run_psql -c "SET jit.grant = $unmask" -c "$statement"
succeeded; has '987-65-4321'
run_psql -c "$statement"
succeeded; hasnt '987-65-4321'
ok "in clear only where the session asks for that grant; the least powerful is used otherwise"

step "a grant ends by itself"
short='SELECT count(*) FROM customers'
jit request --database shop/app --statement "$short" --expires 2s --as alice --reason "a short look" >/dev/null
brief=$(jit grants --mine --as alice --status pending --json | tr -d ' \n' | sed -n 's/.*"id":\([0-9]*\).*/\1/p')
jit approve "$brief" --as bob >/dev/null
run_psql -c "$short"
succeeded; has 3
sleep 2.5
run_psql -c "$short"
failed; has 'expired'
ok "expired"

step "bob revokes"
shown jit revoke "$grant" --as bob
succeeded
shown jit revoke "$unmask" --as bob
succeeded
run_psql -c "$statement"
failed; has 'revoked'
ok "revoked, at once"

step "the audit trail tells all of it"
shown jit audit --user alice
succeeded; has 'denied'; has 'authorized'; has 'finished'
shown jit audit verify
succeeded
ok "every record is there, in order and unaltered"

printf '\n%sEvery step did what it says.%s\n' "$green" "$plain"
if $keep; then
  cat <<MESSAGE

Left running:
  psql -h 127.0.0.1 -p $port -U alice app        (password: alice-password; bob's is bob-password)
  $here/jitproxy grants --config $work/jitproxy.yaml
Stop it: kill $proxy_pid; $( [ "$(id -u)" = 0 ] && echo "su postgres -s /bin/bash -c '" )$bin/pg_ctl -D $work/pg -m immediate stop$( [ "$(id -u)" = 0 ] && echo "'" ); rm -rf $work
MESSAGE
fi
