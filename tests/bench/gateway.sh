#!/usr/bin/env bash
# Brings the gateway that Convoke's time to the first chunk is held against, from crates.io in a fixed version. It needs
# Rust 1.85 or newer, which Debian 12 does not have; without, that row is left out. Does nothing when it is there.
set -euo pipefail
cd "$(dirname "$0")/../.."
name=noveum-ai-gateway version=2.0.1
folder=$PWD/build/$name-$version
[[ -x $folder/bin/$name ]] && exit
if ! command -v cargo >/dev/null; then
  echo "There is no cargo: $name is not measured" >&2
  exit
fi
echo "Building $name $version, once" >&2
cargo install --quiet --locked --root "$folder" --version "$version" "$name" || echo "It could not be built and is not measured" >&2
