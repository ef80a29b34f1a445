#!/usr/bin/env bash
# The main job from an empty machine: servers with sample data, the proxy, and real clients, once for PostgreSQL and once for MariaDB. Every step says what it
# expects and is checked.
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
ok() { printf '%sok: %s%s\n' "$green" "$1" "$plain"; }

need_dotnet
need_packages postgresql postgresql-client mariadb-server mariadb-client
printf '%sbuilding%s\n' "$dim" "$plain"
./jitproxy --version >/dev/null

work=$(mktemp -d "${TMPDIR:-/tmp}/jitproxy-demo.XXXXXX")
chmod 755 "$work"
taken=' '
free_port() {
  while :; do
    port=$((20000 + RANDOM % 20000))
    case $taken in *" $port "*) continue ;; esac
    (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || { taken+="$port "; return; }
  done
}

# Servers refuse to run as root; their packages bring an account for each.
as() { if [ "$(id -u)" = 0 ]; then su "$1" -s /bin/bash -c "$2"; else bash -c "$2"; fi; }
own() { [ "$(id -u)" != 0 ] || chown "$1" "$2"; }
pg_bin=$(ls -d /usr/lib/postgresql/*/bin | sort -V | tail -1)
proxy_pid='' maria_pid=''
cleanup() {
  status=$?
  if ! $keep || [ $status != 0 ]; then
    [ -z "$proxy_pid" ] || kill "$proxy_pid" 2>/dev/null || true
    [ -z "$maria_pid" ] || { kill -9 "$maria_pid" && wait "$maria_pid"; } 2>/dev/null || true
    [ ! -f "$work/maria/pid" ] || as mysql "kill -9 \$(cat $work/maria/pid)" 2>/dev/null || true
    [ ! -d "$work/pg" ] || as postgres "$pg_bin/pg_ctl -D $work/pg -m immediate stop" >/dev/null 2>&1 || true
    [ $status = 0 ] || { echo "--- the proxy's log"; tail -30 "$work/proxy.log" 2>/dev/null || true; }
    rm -rf "$work"
  fi
  exit $status
}
trap cleanup EXIT

service_password=$(head -c 18 /dev/urandom | base64 | tr '+/' 'ab')
customers="CREATE TABLE customers (id int PRIMARY KEY, name varchar(40), email varchar(60), ssn varchar(20), phone varchar(64), born date);
INSERT INTO customers VALUES
  (41, 'Ada Ng',    'ada.ng@example.com',    '123-45-6789', '+1 555 0141', '1985-03-02'),
  (42, 'Ben Osei',  'ben.osei@example.com',  '987-65-4321', '+1 555 0142', '1979-11-23'),
  (43, 'Cleo Diaz', 'cleo.diaz@example.com', '555-12-3456', '+1 555 0143', '1992-07-14');"

step "a PostgreSQL server with sample data"
free_port; pg_port=$port
install -d -m 700 "$work/pg"
own postgres "$work/pg"
as postgres "$pg_bin/initdb -D $work/pg -A trust -U postgres -E UTF8 --locale=C.UTF-8" >"$work/initdb.log" 2>&1 || { cat "$work/initdb.log"; fail "initdb"; }
as postgres "$pg_bin/pg_ctl -D $work/pg -w -l $work/pg/log -o '-p $pg_port -c listen_addresses=127.0.0.1 -c unix_socket_directories=$work/pg -c password_encryption=scram-sha-256' start" >/dev/null
psql -X -q -v ON_ERROR_STOP=1 -h 127.0.0.1 -p "$pg_port" -U postgres <<SQL
CREATE DATABASE app;
CREATE ROLE jitproxy LOGIN PASSWORD '$service_password';
\c app
$customers
GRANT SELECT ON ALL TABLES IN SCHEMA public TO jitproxy;
SQL
as postgres "sed -i 's/ trust\$/ scram-sha-256/' $work/pg/pg_hba.conf && $pg_bin/pg_ctl -D $work/pg reload" >/dev/null
echo "PostgreSQL on 127.0.0.1:$pg_port, database app, table customers"

step "a MariaDB server with the same data"
free_port; maria_port=$port
maria_user=$( [ "$(id -u)" = 0 ] && echo mysql || id -un )
install -d -m 700 "$work/maria"
own mysql "$work/maria"
# Its administrator is whoever runs it, over its socket, and nobody else.
as mysql "mariadb-install-db --no-defaults --datadir=$work/maria/data --auth-root-authentication-method=socket --auth-root-socket-user=$maria_user --skip-test-db" \
  >"$work/maria.log" 2>&1 || { cat "$work/maria.log"; fail "mariadb-install-db"; }
as mysql "exec $(PATH=$PATH:/usr/sbin command -v mariadbd) --no-defaults --datadir=$work/maria/data --socket=$work/maria/socket --pid-file=$work/maria/pid \
  --port=$maria_port --bind-address=127.0.0.1 --skip-name-resolve --character-set-server=utf8mb4" >>"$work/maria.log" 2>&1 &
maria_pid=$!
maria_admin="mariadb --no-defaults --socket=$work/maria/socket --user=$maria_user"
for _ in $(seq 150); do
  as mysql "$maria_admin -e 'SELECT 1'" >/dev/null 2>&1 && break
  kill -0 "$maria_pid" 2>/dev/null || { cat "$work/maria.log"; fail "MariaDB did not start"; }
  sleep 0.2
done
as mysql "$maria_admin" <<SQL
CREATE DATABASE app;
CREATE USER jitproxy@'127.0.0.1' IDENTIFIED BY '$service_password';
GRANT SELECT, SHOW VIEW ON app.* TO jitproxy@'127.0.0.1';
USE app;
$customers
SQL
echo "MariaDB on 127.0.0.1:$maria_port, database app, table customers"

step "JitProxy in front of both"
free_port; shop_port=$port
free_port; depot_port=$port
free_port; console_port=$port
cat >"$work/jitproxy.yaml" <<YAML
storage: sqlite:jitproxy.db
admin:
  socket: jitproxy.sock
  listen: 127.0.0.1:$console_port
servers:
  shop:
    engine: postgresql
    environment: prod
    listen: 127.0.0.1:$shop_port
    upstream: { host: 127.0.0.1, port: $pg_port, user: jitproxy, password: "\${SERVICE_PASSWORD}", tls: disable }
  depot:
    engine: mysql
    environment: prod
    listen: 127.0.0.1:$depot_port
    upstream: { host: 127.0.0.1, port: $maria_port, user: jitproxy, password: "\${SERVICE_PASSWORD}", tls: disable }
projects:
  store:
    databases: [shop/app, depot/app]
    owners: [bob]
    just_in_time_access: true
    request_role: true
    data_export: request
workspace_roles:
  security: [carol]
database_roles:
  sql-editor-read-user: [select, explain, show]
approval:
  rules:
    - source: just_in_time_access
      condition: request.unmask == true
      steps: [project-owner, security]
  fallback: [project-owner]
masking:
  semantic_types:
    ssn: { algorithm: full }
    email: { algorithm: inner_outer, prefix: 1, suffix: 4 }
    phone: { algorithm: hash }
  columns:
    shop/app.public.customers.ssn: ssn
    shop/app.public.customers.email: email
    depot/app.customers.ssn: ssn
    depot/app.customers.email: email
  rules:
    - condition: resource.column_name.matches("(^|_)(phone|mobile)$")
      semantic_type: phone
YAML
export SERVICE_PASSWORD=$service_password
"$here/jitproxy" serve --config "$work/jitproxy.yaml" >"$work/proxy.log" 2>&1 &
proxy_pid=$!
for _ in $(seq 150); do
  grep -q 'jitproxy: ready' "$work/proxy.log" && break
  kill -0 "$proxy_pid" 2>/dev/null || fail "the proxy did not start"
  sleep 0.2
done
grep -q 'jitproxy: ready' "$work/proxy.log" || fail "the proxy did not become ready"
jit() { "$here/jitproxy" "$@" --config "$work/jitproxy.yaml"; }
for user in alice bob carol; do printf '%s-password\n' "$user" | jit user add "$user" --password-stdin >/dev/null; done
echo "listening on 127.0.0.1:$shop_port (PostgreSQL) and 127.0.0.1:$depot_port (MariaDB); alice and bob may sign in, and may do nothing yet"

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
export PGPASSWORD=alice-password MYSQL_PWD=alice-password PGCONNECT_TIMEOUT=10

# What differs between the engines: the client that people have for it, and its words. What the transcript shows is exactly what a person would type, with the
# ports of this run.
client() {
  case $engine in
    PostgreSQL) shown psql -X -h 127.0.0.1 -p "$shop_port" -U alice app -c "$1" ;;
    MariaDB) shown mariadb -t -h 127.0.0.1 -P "$depot_port" -u alice app -e "$1" ;;
  esac
}
client_with_grant() {
  case $engine in
    PostgreSQL) shown psql -X -h 127.0.0.1 -p "$shop_port" -U alice app -c "SET jit.grant = $1" -c "$2" ;;
    MariaDB) shown mariadb -t -h 127.0.0.1 -P "$depot_port" -u alice app -e "SET @jit_grant = $1; $2" ;;
  esac
}
list_tables() {
  case $engine in
    PostgreSQL) client '\dt' ;;
    MariaDB) client 'SHOW TABLES' ;;
  esac
}

# The number of the one request that waits.
pending() { jit grants --mine --as alice --status pending --json | tr -d ' \n' | sed -n 's/.*"id":\([0-9]*\).*/\1/p'; }
statement='SELECT id, name, email, ssn, phone FROM customers WHERE id = 42'

# The story, one function a step; each uses $engine and $database, and what the steps before it left.
refused() {
  step "$engine: alice may browse, but no data is hers"
  list_tables
  succeeded; has customers
  client "$statement"
  failed; has 'no active grant'; has 'jitproxy request --denied'; hasnt '987-65-4321'
  denied=$(sed -n 's/.*--denied \([0-9]*\).*/\1/p' <<<"$output")
  ok "refused, with the command that asks for it"
}

approved() {
  step "$engine: she asks for exactly this statement, and bob approves it"
  shown jit request --denied "$denied" --as alice --expires 1h --reason "ticket 4711: wrong invoice address"
  succeeded
  grant=$(pending)
  [ -n "$grant" ] || fail "the request has no number"
  shown jit approve "$grant" --as alice
  failed
  ok "nobody approves their own request"
  shown jit grant "$grant" --as bob
  succeeded; has customers; has ssn
  shown jit approve "$grant" --as bob --comment "for the ticket"
  succeeded
}

masked() {
  step "$engine: now it runs, with the sensitive columns masked"
  client "$statement"
  succeeded; has 'Ben Osei'; hasnt '987-65-4321'; hasnt 'ben.osei@'; hasnt '555 0142'
  ok "the same rows, and nothing that alice may not see"
  shown jit run "$grant" --as alice
  succeeded; has 'Ben Osei'; has 'masked: email, ssn, phone'; hasnt '987-65-4321'; hasnt 'ben.osei@'
  ok "and so it does from the command line"
}

edited() {
  step "$engine: one character edited"
  client "${statement/42/43}"
  failed; has "id = 42"; has "id = 43"; hasnt 'Cleo'
  ok "refused, pointing at the difference"
}

extended() {
  step "$engine: more time, with a new approval"
  shown jit extend "$grant" --expires 2h --as alice
  succeeded
  more=$(pending)
  shown jit approve "$more" --as bob
  succeeded; has "grant $more is active"
  client "$statement"
  succeeded; has 'Ben Osei'; hasnt '987-65-4321'
  ok "the old grant keeps its own end; the new one was signed anew"
}

unmasked() {
  step "$engine: a grant that unmasks, for two executions, signed by two roles"
  shown jit request --database "$database" --statement "$statement" --unmask --executions 2 --expires 1h --as alice --reason "ticket 4711: compare with the paper form"
  succeeded
  unmask=$(pending)
  shown jit approve "$unmask" --as bob
  succeeded; has 'security'
  client_with_grant "$unmask" "$statement"
  failed; hasnt '987-65-4321'
  ok "one signature of two opens nothing"
  shown jit approve "$unmask" --as carol
  succeeded; has "grant $unmask is active"
  client_with_grant "$unmask" "$statement"
  succeeded; has '987-65-4321'
  client "$statement"
  succeeded; hasnt '987-65-4321'
  ok "in clear only where the session asks for that grant; the least powerful is used otherwise"
}

expired() {
  step "$engine: a grant ends by itself"
  local short='SELECT count(*) FROM customers' brief
  jit request --database "$database" --statement "$short" --expires 3s --as alice --reason "a short look" >/dev/null
  brief=$(pending)
  jit approve "$brief" --as bob >/dev/null
  client "$short"
  succeeded; has 3
  sleep 3.5
  client "$short"
  failed; has 'expired'
  ok "expired"
}

exported() {
  step "$engine: an export needs a grant of its own, and comes masked too"
  local all='SELECT id, name, email, ssn, phone FROM customers ORDER BY id' file="$work/customers-$engine.xlsx"
  shown jit export "$grant" --format csv --as alice
  failed; has 'does not include export'; hasnt 'Ben Osei'
  shown jit request --database "$database" --statement "$all" --export --expires 1h --as alice --reason "ticket 4712: mail merge"
  succeeded
  export=$(pending)
  shown jit approve "$export" --as bob
  succeeded
  shown jit export "$export" --format csv --as alice
  succeeded; has '42,Ben Osei,'; has 'masked: email, ssn, phone'; hasnt '987-65-4321'; hasnt 'ben.osei@'
  shown jit export "$export" --format sql --as alice
  succeeded; has 'INSERT INTO'; hasnt '987-65-4321'
  shown jit export "$export" --format xlsx --output "$file" --as alice
  succeeded
  local sha
  sha=$(sha256sum "$file" | cut -d ' ' -f 1)
  shown jit audit --grant "$export"
  succeeded; has "format xlsx, sha256 $sha"
  ok "the trail has every export with its rows and the SHA-256 of the very file"
  [ "$engine" = PostgreSQL ] || return 0
  client "COPY ($all) TO STDOUT WITH CSV HEADER"
  succeeded; has '42,Ben Osei,'; hasnt '987-65-4321'
  client "COPY ($statement) TO STDOUT"
  failed; has 'does not include export'
  ok "the same holds for COPY on the wire"
}

revoked() {
  step "$engine: bob revokes"
  shown jit revoke "$grant" --as bob
  succeeded
  shown jit revoke "$more" --as bob
  succeeded
  shown jit revoke "$unmask" --as bob
  succeeded
  client "$statement"
  failed; has 'revoked'
  ok "revoked, at once"
}

role() {
  step "$engine: a role for an hour: any read, masked, and no change"
  shown jit request --role sql-editor-read-user --database "$database" --expires 1h --as alice --reason "ticket 4714: find the broken addresses"
  succeeded
  local id
  id=$(pending)
  shown jit approve "$id" --as bob
  succeeded
  client "SELECT name, ssn FROM customers WHERE id = 41"
  succeeded; has 'Ada Ng'; hasnt '123-45-6789'
  client "DELETE FROM customers WHERE id = 41"
  failed
  shown jit revoke "$id" --as bob
  succeeded
  client "SELECT name, ssn FROM customers WHERE id = 41"
  failed
  ok "what the role does not hold stays refused, and nothing is left of it"
}

trail() {
  step "$engine: the audit trail tells all of it"
  shown jit audit --user alice --database "$database"
  succeeded; has 'denied'; has 'authorized'; has 'finished'
  shown jit audit verify
  succeeded
  ok "every record is there, in order and unaltered"
}

# A further step is a function like these, named here at its place; what is about one engine alone goes behind the loop.
for engine in PostgreSQL MariaDB; do
  case $engine in PostgreSQL) database=shop/app ;; MariaDB) database=depot/app ;; esac
  refused; approved; masked; edited; extended; unmasked; expired; exported; revoked; role; trail
done

step "the same in a browser"
exec 3<>"/dev/tcp/127.0.0.1/$console_port"
printf 'GET /request?denied=1 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n' >&3
output=$(cat <&3)
exec 3>&-
has 'Location: /sign-in?next='; has "default-src 'none'"
ok "the console answers on http://127.0.0.1:$console_port, and wants to know who is there"

printf '\n%sEvery step did what it says.%s\n' "$green" "$plain"
if $keep; then
  jit request --as alice --database shop/app --statement "SELECT name, email FROM customers ORDER BY name" --unmask --expires 4h \
    --reason "ticket 4713: write to everybody about the new address" >/dev/null
  su_to() { [ "$(id -u)" = 0 ] && echo "su $1 -s /bin/bash -c '$2'" || echo "$2"; }
  cat >"$work/stop" <<STOP
#!/bin/sh
kill $proxy_pid
$(su_to mysql "kill \$(cat $work/maria/pid)")
$(su_to postgres "$pg_bin/pg_ctl -D $work/pg -m immediate stop")
rm -rf $work
STOP
  chmod 755 "$work/stop"
  cat <<MESSAGE

Left running. Everybody's password is the name and "-password", as in alice-password.
  In a browser: http://127.0.0.1:$console_port
    alice asks, runs and exports; bob owns the project, signs and revokes; carol sees everything and audits.
    bob has a request of alice's waiting in his inbox.
  psql -h 127.0.0.1 -p $shop_port -U alice app
  mariadb -h 127.0.0.1 -P $depot_port -u alice -p app
  $here/jitproxy grants --config $work/jitproxy.yaml
Stop it: $work/stop
MESSAGE
fi
