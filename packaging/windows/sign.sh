#!/usr/bin/env bash
# Signs a program of Windows in its place: sign.sh FILE
# From the environment: MASKWRIGHT_CERTIFICATE (the path of a .pfx) and MASKWRIGHT_CERTIFICATE_PASSWORD;
# MASKWRIGHT_TIMESTAMP names another server of time stamps, and - none.
set -euo pipefail

file=${1:?the path of a program is missing}
: "${MASKWRIGHT_CERTIFICATE:?}" "${MASKWRIGHT_CERTIFICATE_PASSWORD:?}"
stamp=${MASKWRIGHT_TIMESTAMP:-http://timestamp.digicert.com}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

printf %s "$MASKWRIGHT_CERTIFICATE_PASSWORD" > "$work/password" # in a file, so that no list of processes shows it
options=(-pkcs12 "$MASKWRIGHT_CERTIFICATE" -readpass "$work/password" -h sha256 -n Maskwright)
if [ "$stamp" != "-" ]; then
    options+=(-ts "$stamp")
fi
osslsigncode sign "${options[@]}" -in "$file" -out "$work/signed"
cat "$work/signed" > "$file"
