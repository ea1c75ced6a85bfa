#!/bin/sh
# Puts Maskwright into this person's menu, and *.maskwright files with it: ./menu.sh
# Takes it out again, and leaves projects, settings and models alone:      ./menu.sh --remove
set -eu
here=$(cd -- "$(dirname -- "$0")" && pwd)
data=${XDG_DATA_HOME:-$HOME/.local/share}
entry=$data/applications/maskwright.desktop

if [ "${1:-}" = --remove ]; then
    rm -f -- "$entry" "$data/mime/packages/maskwright.xml"
    find "$data/icons/hicolor" -name maskwright.png -o -name maskwright.svg \
        -o -name 'application-x-maskwright.*' 2>/dev/null | while IFS= read -r icon; do rm -f -- "$icon"; done
else
    mkdir -p -- "$data/applications" "$data/mime/packages" "$data/icons"
    # as the specification of menu entries wants it: quoted twice
    program=$(printf '%s' "$here/maskwright" | sed -e 's/[\\`$"]/\\\\&/g' -e 's/%/%%/g')
    while IFS= read -r line; do
        case $line in
            Exec=*) printf 'Exec="%s" open %%f\n' "$program" ;;
            TryExec=*) printf 'TryExec=%s\n' "$here/maskwright" ;;
            *) printf '%s\n' "$line" ;;
        esac
    done <"$here/share/applications/maskwright.desktop" >"$entry"
    cp -- "$here/share/mime/packages/maskwright.xml" "$data/mime/packages/"
    cp -R -- "$here/share/icons/hicolor" "$data/icons/"
fi
command -v update-mime-database >/dev/null && update-mime-database "$data/mime" || true
command -v update-desktop-database >/dev/null && update-desktop-database "$data/applications" || true
