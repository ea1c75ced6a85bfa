"""What formats are made of, and what a format from elsewhere may lean on: docs/format-kit.md shows it at work.

To begin with: `format` (the record), `report` (what an import or export tells), `importing` and `exporting` (a project,
object by object), `options`, `fields` (what a format holds). The rest is there to be looked up when it is needed.
"""
