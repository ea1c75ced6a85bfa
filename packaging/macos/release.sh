#!/usr/bin/env bash
# Makes dist/Maskwright-VERSION-ARCH.dmg of an app: release.sh build/frozen/Maskwright.app
# Signed by MASKWRIGHT_SIGN_IDENTITY (sign.sh) and notarised where MASKWRIGHT_NOTARY_KEY is set (notarise.sh).
set -euo pipefail

app=${1:?the path of an app is missing}
here=$(cd "$(dirname "$0")" && pwd)
root=$(dirname "$(dirname "$here")")
image=$root/dist/Maskwright-$(python3 "$root/packaging/version.py")-macos-$(uname -m).dmg

notarise() {
    if [ -n "${MASKWRIGHT_NOTARY_KEY:-}" ]; then
        "$here/notarise.sh" "$1"
    else
        echo "Not notarised: MASKWRIGHT_NOTARY_KEY is not set." >&2
    fi
}

"$here/sign.sh" "$app"
notarise "$app"
mkdir -p "$root/dist"
rm -f "$image"
python3 -m dmgbuild -s "$here/dmg.py" -D app="$app" Maskwright "$image"
if [ -n "${MASKWRIGHT_SIGN_IDENTITY:-}" ]; then
    codesign --force --timestamp --sign "$MASKWRIGHT_SIGN_IDENTITY" "$image"
fi
notarise "$image"
echo "$image"
