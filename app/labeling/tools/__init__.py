"""The tools of the canvas: each module with a record `TOOL` is one, and finds its way to toolbar, keys and palette."""
