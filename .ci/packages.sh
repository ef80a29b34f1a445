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
