#!/usr/bin/env bash
# Has Apple look at a signed .app or .dmg, and staples the ticket to it, so that it opens without a network: notarise.sh FILE
# From the environment: MASKWRIGHT_NOTARY_KEY (the path of a .p8 key of App Store Connect), MASKWRIGHT_NOTARY_KEY_ID and
# MASKWRIGHT_NOTARY_ISSUER.
set -euo pipefail

file=${1:?the path of an app or a disk image is missing}
: "${MASKWRIGHT_NOTARY_KEY:?}" "${MASKWRIGHT_NOTARY_KEY_ID:?}" "${MASKWRIGHT_NOTARY_ISSUER:?}"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

sent=$file
if [ -d "$file" ]; then # only archives can be sent
    sent=$work/app.zip
    ditto -c -k --keepParent "$file" "$sent"
fi
xcrun notarytool submit "$sent" --wait --timeout 30m \
    --key "$MASKWRIGHT_NOTARY_KEY" --key-id "$MASKWRIGHT_NOTARY_KEY_ID" --issuer "$MASKWRIGHT_NOTARY_ISSUER"
xcrun stapler staple "$file"
xcrun stapler validate "$file"
