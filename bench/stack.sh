#!/bin/bash
# stack.sh start|stop|status - brings up the anchors of the benchmark on 127.0.0.1:15400-15421.
#   15400 PostgreSQL 15 (scram, TLS on offer)   15410 pgbouncer session   15411 pgbouncer transaction
#   15412 haproxy TCP -> PG (plain)   15413 haproxy TCP -> PG (splice)
#   15420 MariaDB   15421 haproxy TCP -> MariaDB
# Data lives under $BENCH_DIR (default a folder in TMPDIR). Pids are kept in $BENCH_DIR/run/*.pid and only those are stopped.
set -u
B=${BENCH_DIR:-${TMPDIR:-/tmp}/jitproxy-bench}
PGBIN=${PGBIN:-$(ls -d /usr/lib/postgresql/*/bin | sort -V | tail -1)}
HERE=$(cd "$(dirname "$0")" && pwd)
RUN=$B/run; CONF=$B/conf; LOG=$B/log
SCALE=${SCALE:-10}
WIDE_ROWS=${WIDE_ROWS:-1000000}
MY_ROWS=${MY_ROWS:-100000}

aspg() { su postgres -s /bin/bash -c "$1"; }
alive() { [ -s "$1" ] && kill -0 "$(head -1 "$1")" 2>/dev/null; }
waitport() { for _ in $(seq 100); do (exec 3<>/dev/tcp/127.0.0.1/$1) 2>/dev/null && return 0; sleep 0.1; done; echo "port $1 did not open" >&2; return 1; }

start() {
  mkdir -p "$RUN" "$CONF" "$LOG"; chmod 755 "$B"; chmod 777 "$RUN" "$LOG"
  ulimit -n 20000 2>/dev/null
  # --- client tools
  [ "$B/pgdrain" -nt "$HERE/pgdrain.c" ] || gcc -O2 -o "$B/pgdrain" "$HERE/pgdrain.c" -I/usr/include/postgresql -lpq || return 1
  # --- certificate
  if [ ! -s "$CONF/server.key" ]; then
    openssl req -x509 -newkey rsa:2048 -nodes -keyout "$CONF/server.key" -out "$CONF/server.crt" -days 30 -subj /CN=localhost 2>/dev/null
    chmod 644 "$CONF/server.key"
  fi
  # --- PostgreSQL
  if [ ! -d "$B/pgdata" ]; then
    install -d -o postgres -m 700 "$B/pgdata"
    aspg "$PGBIN/initdb -D $B/pgdata -A trust -E UTF8 --locale=C.UTF-8 -U postgres" >"$LOG/initdb.log" 2>&1 || return 1
    install -o postgres -m 600 "$CONF/server.key" "$B/pgdata/server.key"; install -o postgres -m 600 "$CONF/server.crt" "$B/pgdata/server.crt"
    cat >>"$B/pgdata/postgresql.conf" <<E
listen_addresses='127.0.0.1'
port=15400
unix_socket_directories='$RUN'
shared_buffers=256MB
fsync=off
synchronous_commit=off
full_page_writes=off
max_connections=2300
superuser_reserved_connections=5
password_encryption='scram-sha-256'
ssl=on
autovacuum=off
jit=off
max_parallel_workers_per_gather=0
logging_collector=off
E
    printf 'local all all trust\nhost all all 127.0.0.1/32 scram-sha-256\n' >"$B/pgdata/pg_hba.conf"
  fi
  if ! alive "$B/pgdata/postmaster.pid"; then
    aspg "$PGBIN/pg_ctl -D $B/pgdata -l $LOG/pg.log -w start" >/dev/null || return 1
  fi
  head -1 "$B/pgdata/postmaster.pid" >"$RUN/postgres.pid"
  local P="psql -X -q -h $RUN -p 15400 -U postgres"
  if [ ! -e "$B/pg.loaded" ]; then
    $P -d postgres -c "CREATE ROLE bench LOGIN PASSWORD 'bench'" -c "CREATE DATABASE bench OWNER bench" || return 1
    PGPASSWORD=bench $PGBIN/pgbench -i -q -s "$SCALE" -h 127.0.0.1 -p 15400 -U bench bench >"$LOG/pgbench-init.log" 2>&1 || return 1
    PGPASSWORD=bench psql -X -q -h 127.0.0.1 -p 15400 -U bench bench <<E || return 1
CREATE TABLE wide AS SELECT i::int AS id, 'user' || i || '@example.com' AS email,
  'Name ' || md5(i::text) AS name, timestamptz '2026-01-01 00:00:00+00' + i * interval '7 seconds' AS created
  FROM generate_series(1, $WIDE_ROWS) i;
VACUUM ANALYZE wide;
E
    $P -d bench -c "VACUUM ANALYZE" -c "CHECKPOINT"; touch "$B/pg.loaded"
  fi
  # --- pgbouncer (SCRAM verifier in the auth file: the cheapest form for it)
  local V; V=$($P -d postgres -At -c "SELECT rolpassword FROM pg_authid WHERE rolname='bench'")
  printf '"bench" "%s"\n' "$V" >"$CONF/userlist.txt"
  for m in session:15410 transaction:15411; do
    local mode=${m%%:*} port=${m##*:}
    cat >"$CONF/pgb-$mode.ini" <<E
[databases]
bench = host=127.0.0.1 port=15400 dbname=bench
[pgbouncer]
listen_addr=127.0.0.1
listen_port=$port
unix_socket_dir=
auth_type=scram-sha-256
auth_file=$CONF/userlist.txt
pool_mode=$mode
max_client_conn=5000
default_pool_size=2200
logfile=$LOG/pgb-$mode.log
pidfile=$RUN/pgb-$mode.pid
log_connections=0
log_disconnections=0
log_stats=0
ignore_startup_parameters=extra_float_digits
client_tls_sslmode=allow
client_tls_key_file=$CONF/server.key
client_tls_cert_file=$CONF/server.crt
server_tls_sslmode=disable
E
    alive "$RUN/pgb-$mode.pid" || aspg "ulimit -n 20000; pgbouncer -d $CONF/pgb-$mode.ini" >/dev/null 2>"$LOG/pgb-$mode.err" || return 1
  done
  # --- MariaDB
  if [ ! -d "$B/mydata" ]; then
    install -d -o mysql -m 700 "$B/mydata"
    mariadb-install-db --user=mysql --datadir="$B/mydata" --auth-root-authentication-method=normal --skip-test-db >"$LOG/my-init.log" 2>&1 || return 1
  fi
  if ! alive "$RUN/mariadb.pid"; then
    mariadbd --no-defaults --user=mysql --datadir="$B/mydata" --port=15420 --bind-address=127.0.0.1 --socket="$RUN/my.sock" \
      --pid-file="$RUN/mariadb.pid" --innodb-buffer-pool-size=256M --innodb-flush-log-at-trx-commit=0 --max-connections=2300 \
      --skip-log-bin --skip-name-resolve >"$LOG/mariadb.log" 2>&1 &
    waitport 15420 || return 1
  fi
  if [ ! -e "$B/my.loaded" ]; then
    mariadb --no-defaults -S "$RUN/my.sock" -u root -e "CREATE DATABASE bench; CREATE USER bench@'%' IDENTIFIED BY 'bench'; GRANT ALL ON bench.* TO bench@'%'" || return 1
    sysbench oltp_point_select --db-driver=mysql --mysql-host=127.0.0.1 --mysql-port=15420 --mysql-user=bench --mysql-password=bench \
      --mysql-db=bench --mysql-ssl=off --tables=1 --table-size="$MY_ROWS" prepare >"$LOG/sysbench-prepare.log" 2>&1 || return 1
    touch "$B/my.loaded"
  fi
  # --- haproxy: one process for each server
  hap() { # name, listen/backends
    cat >"$CONF/$1.cfg" <<E
global
  maxconn 6000
  nbthread 1
defaults
  mode tcp
  timeout connect 5s
  timeout client 1h
  timeout server 1h
  maxconn 6000
E
    cat >>"$CONF/$1.cfg"
    alive "$RUN/$1.pid" || haproxy -D -f "$CONF/$1.cfg" -p "$RUN/$1.pid" >"$LOG/$1.log" 2>&1
  }
  hap haproxy-pg <<E || return 1
listen pg
  bind 127.0.0.1:15412
  server s 127.0.0.1:15400
listen pgsplice
  bind 127.0.0.1:15413
  option splice-auto
  server s 127.0.0.1:15400
E
  hap haproxy-my <<E || return 1
listen my
  bind 127.0.0.1:15421
  server s 127.0.0.1:15420
E
  for p in 15400 15410 15411 15412 15413 15420 15421; do waitport $p || return 1; done
  echo up
}

stop() {
  for n in pgb-session pgb-transaction haproxy-pg haproxy-my mariadb postgres; do
    if alive "$RUN/$n.pid"; then
      local sig=TERM; [ $n = postgres ] && sig=INT
      kill -$sig "$(head -1 "$RUN/$n.pid")"; echo "stopped $n"
    fi
  done
}
status() { for n in postgres pgb-session pgb-transaction haproxy-pg haproxy-my mariadb; do alive "$RUN/$n.pid" && echo "$n $(head -1 "$RUN/$n.pid")" || echo "$n down"; done; }
case "${1:-}" in start) start;; stop) stop;; status) status;; *) sed -n 2,7p "$0"; exit 2;; esac
