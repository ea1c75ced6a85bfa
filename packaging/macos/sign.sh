#!/usr/bin/env bash
# Signs an app from the inside out: sign.sh Maskwright.app
# MASKWRIGHT_SIGN_IDENTITY names the certificate ("Developer ID Application: ..."); without it the signature is ad hoc,
# which runs on the Mac that made it and is stopped by Gatekeeper on others.
set -euo pipefail

app=${1:?the path of an app is missing}
here=$(cd "$(dirname "$0")" && pwd)
identity=${MASKWRIGHT_SIGN_IDENTITY:--}
options=(--force --options runtime --sign "$identity")
if [ "$identity" != "-" ]; then
    options+=(--timestamp)
fi

# libraries first: whoever signs the app seals what they are by then. Entitlements are for the program alone.
find "$app/Contents" -type f \( -name '*.dylib' -o -name '*.so' \) -print0 | xargs -0 codesign "${options[@]}"
find "$app/Contents/Frameworks" -type d -name '*.framework' -prune -print0 | xargs -0 -n 1 codesign "${options[@]}"
find "$app/Contents/MacOS" -type f -print0 |
    xargs -0 -n 1 codesign "${options[@]}" --entitlements "$here/entitlements.plist"
codesign "${options[@]}" --entitlements "$here/entitlements.plist" "$app"
codesign --verify --strict --deep --verbose=2 "$app"
