#!/bin/sh
# Puts what the checks of the deployment need, and this machine lacks, into a folder: Docker Compose, kubectl, promtool.
#
#   deploy/tools.sh [FOLDER]          default: .cache/tools
#
# They come as Debian packages from the mirror that this machine's apt already uses, with lists and cache of their own:
# nothing is installed, and no root is needed. A tool that is on PATH in a good version is not fetched.
# FOLDER/bin has kubectl and promtool, FOLDER/docker is a DOCKER_CONFIG with Compose as a plugin.
# Exit code: 0 everything is there, 3 something is missing (said on standard error; the tests that need it are skipped).
set -eu

SUITE=trixie
FOLDER=${1:-.cache/tools}
KEYRING=/usr/share/keyrings/debian-archive-keyring.gpg

# at_least WANTED FOUND: whether a dotted version is new enough.
at_least() {
  [ -n "$2" ] && [ "$(printf '%s\n%s\n' "$1" "$2" | sort -V | head -n 1)" = "$1" ]
}

# number: the first dotted version in what is read.
number() {
  grep -oE '[0-9]+\.[0-9]+(\.[0-9]+)?' | head -n 1
}

# 2.24 is the first Compose that reads `env_file: required` and `!reset`.
has_compose() {
  [ -x "$FOLDER/docker/cli-plugins/docker-compose" ] && return
  at_least 2.24 "$(docker compose version --short 2> /dev/null | number)"
}

# Kustomize 5 came with kubectl 1.27.
has_kubectl() {
  [ -x "$FOLDER/bin/kubectl" ] && return
  at_least 5.0 "$(kubectl version --client 2> /dev/null | grep -i kustomize | number)"
}

has_promtool() {
  [ -x "$FOLDER/bin/promtool" ] && return
  at_least 2.45 "$(promtool --version 2>&1 | grep -i 'promtool, version' | number)"
}

missing() {
  for tool in compose kubectl promtool; do
    "has_$tool" || printf '%s ' "$tool"
  done
}

# The first address that apt is told for Debian itself; the security archive and other vendors' have other paths.
mirror() {
  cat /etc/apt/sources.list /etc/apt/sources.list.d/*.sources /etc/apt/sources.list.d/*.list 2> /dev/null |
    sed -n -e 's/^URIs:[[:space:]]*//p' -e 's/^deb[[:space:]]\{1,\}\(\[[^]]*\][[:space:]]*\)\{0,1\}//p' |
    tr ' ' '\n' | sed 's:/*$::' | grep -E '^(https?|mirror\+file|file):.*/debian$' | head -n 1
}

# A private apt: its own sources, lists and cache, and no look at what is installed here.
private_apt() {
  apt-get -qq -o Dir::Etc::sourcelist="$work/sources.list" -o Dir::Etc::sourceparts=/dev/null -o Dir::State::lists="$work/lists" \
    -o Dir::Cache="$work/cache" -o Dir::State::status=/dev/null -o APT::Sandbox::User="$(id -un)" \
    -o Acquire::Retries=2 -o Acquire::http::Timeout=30 "$@"
}

package_of() {
  if [ "$1" = compose ]; then echo docker-compose; else echo "$1"; fi
}

# fetch TOOL…: from Debian's packages into FOLDER.
fetch() {
  mkdir -p "$work/lists/partial" "$work/cache/archives/partial" "$work/debs" "$work/unpacked"
  echo "deb [signed-by=$KEYRING] $source $SUITE main" > "$work/sources.list"
  private_apt update || return
  for tool; do
    (cd "$work/debs" && private_apt download "$(package_of "$tool")") || return
  done
  for package in "$work"/debs/*.deb; do
    dpkg-deb -x "$package" "$work/unpacked" || return
  done
  mkdir -p "$FOLDER/bin" "$FOLDER/docker/cli-plugins"
  for tool; do
    case $tool in
      compose) mv "$work/unpacked/usr/libexec/docker/cli-plugins/docker-compose" "$FOLDER/docker/cli-plugins/" ;;
      *) mv "$work/unpacked/usr/bin/$tool" "$FOLDER/bin/" ;;
    esac || return
  done
}

wanted=$(missing)
[ -z "$wanted" ] && exit 0
source=$(mirror)
if [ -z "$source" ] || [ ! -r "$KEYRING" ] || ! command -v apt-get > /dev/null || ! command -v dpkg-deb > /dev/null; then
  echo "Missing: $wanted- and this machine has no Debian packages to take them from. Install them yourself." >&2
  exit 3
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
echo "Fetching for the checks of the deployment: $wanted…"
# shellcheck disable=SC2086  # a list of plain words
if ! fetch $wanted || [ -n "$(missing)" ]; then
  echo "Missing: $(missing)- Debian's packages could not be fetched. Install them yourself, or try again." >&2
  exit 3
fi
