"""How the .dmg looks: settings for dmgbuild, which runs this file with `defines` from its command line.

dmgbuild -s packaging/macos/dmg.py -D app=dist/Maskwright.app Maskwright dist/Maskwright.dmg
"""

app = defines["app"]  # noqa: F821  (dmgbuild's)
format = "ULMO"  # lzma, read since macOS 10.15
filesystem = "APFS"
files = [app]
symlinks = {"Applications": "/Applications"}
background = "builtin-arrow"
window_rect = ((200, 200), (640, 280))
default_view = "icon-view"
icon_size = 128
icon_locations = {"Maskwright.app": (140, 120), "Applications": (500, 120)}
