"""The figures of the house beside those of the codebases we learn from. A mirror, not a gate."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from statistics import median

APP = Path(__file__).parents[2] / "app"
# files, file median / longest, function median / longest, % public docstrings, % typed (shared design notes, 2026)
PEERS = {
    "qutebrowser": (205, 170, 2041, 9, 146, 74, 55),
    "anki qt": (96, 188, 1906, 6, 216, 11, 96),
    "labelme": (43, 121, 3189, 10, 507, 1, 100),
    "segment-anything": (15, 174, 395, 12, 99, 56, 93),
}
Function = ast.FunctionDef | ast.AsyncFunctionDef


def main() -> None:
    sources = {path: path.read_text(encoding="utf-8") for path in sorted(APP.rglob("*.py"))}
    sources = {path: text for path, text in sources.items() if text.strip()}
    lines = {path: text.count("\n") for path, text in sources.items()}
    trees = [ast.parse(text) for text in sources.values()]
    functions = [f for tree in trees for f in _functions(tree)]
    public = [node for tree in trees for node in _public(tree)]
    lengths = {f: (f.end_lineno or f.lineno) - f.lineno + 1 for f in functions}
    row = (
        len(sources), round(median(lines.values())), max(lines.values()),
        round(median(lengths.values())), max(lengths.values()),
        _percent(sum(ast.get_docstring(node) is not None for node in public), len(public)),
        _percent(sum(_typed(f) for f in functions), len(functions)),
    )  # fmt: skip
    print(f"\n{'':18}files  file med/max  function med/max  public docstrings  typed")
    for name, figures in {"maskwright": row, **PEERS}.items():
        files, file_median, file_max, function_median, function_max, documented, typed = figures
        print(f"{name:18}{files:5}  {file_median:5} /{file_max:5}  {function_median:8} /{function_max:5}"
              f"  {documented:15} %  {typed:3} %")  # fmt: skip
    longest = max(lines, key=lines.__getitem__)
    print(f"longest file {longest.relative_to(APP.parent)}, "
          f"longest function {max(lengths, key=lengths.__getitem__).name}")  # fmt: skip


def _functions(tree: ast.AST) -> Iterator[Function]:
    return (node for node in ast.walk(tree) if isinstance(node, Function))


def _public(tree: ast.Module) -> Iterator[Function | ast.ClassDef]:
    """Public classes and functions of a module, and the public methods of its public classes."""
    for node in tree.body:
        if isinstance(node, Function | ast.ClassDef) and not node.name.startswith("_"):
            yield node
            inner = node.body if isinstance(node, ast.ClassDef) else []
            yield from (n for n in inner if isinstance(n, Function) and not n.name.startswith("_"))


def _typed(function: Function) -> bool:
    arguments = [a for a in function.args.args + function.args.kwonlyargs if a.arg not in ("self", "cls")]
    return function.returns is not None and all(a.annotation is not None for a in arguments)


def _percent(part: int, whole: int) -> int:
    return round(100 * part / max(whole, 1))


if __name__ == "__main__":
    main()
