#!/usr/bin/env bash
# Brings the real MCP servers and clients the tests talk to, from PyPI and npm, in fixed versions. Node itself comes from
# PyPI too: Debian 12's is older than what some of them need. Does nothing when all of it is there already.
set -euo pipefail
cd "$(dirname "$0")"
tools=$PWD/../build/test-tools
stamp=$tools/.ready-$(cat prepare.sh peers/package.json peers/requirements.txt | cksum | cut -d' ' -f1)
ln -sfn ../build/test-tools/node_modules node_modules  # where scripts in tests/ look for packages
[[ -e $stamp ]] && exit
echo "Fetching the MCP servers and clients the tests talk to" >&2
mkdir -p "$tools"
python3 -m venv "$tools/python"
"$tools/python/bin/pip" install --quiet --disable-pip-version-check -r peers/requirements.txt
# The JSON Schema test suite has no package with its tests in; the source package of the Python validator carries it.
"$tools/python/bin/pip" download --quiet --disable-pip-version-check --no-deps --no-binary jsonschema \
  --dest "$tools" "$(grep '^jsonschema==' peers/requirements.txt)"
rm -rf "$tools/json-schema-suite"
mkdir "$tools/json-schema-suite"
tar xzf "$tools"/jsonschema-*.tar.gz -C "$tools/json-schema-suite" --strip-components=2 --wildcards 'jsonschema-*/json/*'
cp peers/package.json "$tools/"
export PATH=$tools/python/bin:$PATH
npm install --prefix "$tools" --silent --no-audit --no-fund --ignore-scripts
touch "$stamp"
