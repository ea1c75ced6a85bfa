"""The figures of the house beside those of the codebases we learn from. A mirror; tests/test_house.py is the gate."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from importlib import import_module
from itertools import pairwise
from pathlib import Path
from statistics import median

import grimp

APP = Path(__file__).parents[2] / "app"
# files, file median / longest, function median / longest, % public docstrings, % typed (shared design notes, 2026)
PEERS = {
    "qutebrowser": (205, 170, 2041, 9, 146, 74, 55),
    "anki qt": (96, 188, 1906, 6, 216, 11, 96),
    "labelme": (43, 121, 3189, 10, 507, 1, 100),
    "segment-anything": (15, 174, 395, 12, 99, 56, 93),
}
Function = ast.FunctionDef | ast.AsyncFunctionDef
# A first line that begins with one of these leans on what stands beside it.
LEANING = {"Of", "As", "By", "For", "Those", "With", "From", "In", "To", "And", "Or", "But", "Also"}
ARRAYS = {"numpy.typing.NDArray", "numpy.ndarray", "torch.Tensor"}
# A shape as a docstring tells it, (H, W, 3) or (B, N, dim). Coordinates, x and y, are none, nor is (height, width).
_SIDE = (
    r"(?:\.\.\.|\d+|[A-Zbchknpqrw]'?|[A-Z]{2,}|height|width|channels|side|per_side|grid|dim"
    r"|cells|rows|row_bytes|count|length)"
)
_SIDES = rf"{_SIDE}(?:[ *^]+{_SIDE})*"
SHAPE = re.compile(rf"(?!\(height, width\))\({_SIDES},(?: {_SIDES},?)*\)")


@dataclass(frozen=True)
class Class:
    """One class of the app with what it inherits from, as far as its module tells."""

    name: str
    module: Module
    node: ast.ClassDef

    @property
    def title(self) -> str:
        """The dotted name by which the test and the list of figures call the class."""
        return f"{self.module.name}.{self.name}"

    @property
    def bases(self) -> list[str]:
        """The dotted names of its direct bases."""
        return [self.module.dotted(base) for base in self.node.bases]

    @property
    def own_methods(self) -> set[str]:
        """The names that its own body defines with def, dunders and properties included."""
        return {item.name for item in self.node.body if isinstance(item, Function)}


@dataclass(frozen=True)
class Module:
    """One file of the app, parsed."""

    name: str
    path: Path
    lines: int
    tree: ast.Module

    @cached_property
    def classes(self) -> list[Class]:
        """Its classes at module level."""
        return [Class(node.name, self, node) for node in self.tree.body if isinstance(node, ast.ClassDef)]

    @cached_property
    def functions(self) -> list[Function]:
        """Every function in it, methods and inner ones included."""
        return [node for node in ast.walk(self.tree) if isinstance(node, Function)]

    @cached_property
    def _imported(self) -> dict[str, str]:
        """From a name in this module to the dotted name of what it stands for."""
        names: dict[str, str] = {}
        for node in ast.walk(self.tree):
            if isinstance(node, ast.ImportFrom):
                names |= {alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names}
            elif isinstance(node, ast.Import):
                names |= {alias.asname or alias.name: alias.name for alias in node.names}
        return names

    def dotted(self, expression: ast.expr) -> str:
        """The dotted name that an expression stands for here; Generic[T] is Generic."""
        if isinstance(expression, ast.Subscript):
            return self.dotted(expression.value)
        first, _, rest = ast.unparse(expression).partition(".")
        found = self._imported.get(first, f"{self.name}.{first}")
        return f"{found}.{rest}" if rest else found

    def lazy_lines(self) -> set[int]:
        """The lines of imports that run only when a function is called."""
        inner = [node for function in self.functions for node in ast.walk(function)]
        return {node.lineno for node in inner if isinstance(node, ast.Import | ast.ImportFrom)}


class House:
    """Everything that is counted, over the files of one package, which is app/ unless said."""

    def __init__(self, package: Path = APP) -> None:
        self._package = package
        self.modules = [_parsed(path, package.parent) for path in sorted(package.rglob("*.py"))]

    @cached_property
    def classes(self) -> dict[str, Class]:
        """Every class at module level, by its dotted name."""
        return {found.title: found for module in self.modules for found in module.classes}

    def lines(self) -> dict[str, int]:
        """How many lines each file has, by its path from the root."""
        return {module.path.relative_to(self._package.parent).as_posix(): module.lines for module in self.modules}

    def methods(self) -> dict[str, int]:
        """How many methods each class has, with those of its parents in the app; an overridden one counts once."""
        return {title: len(self._methods(title)) for title in self.classes}

    def _methods(self, title: str) -> set[str]:
        found = self.classes.get(title)
        return found.own_methods.union(*map(self._methods, found.bases)) if found else set()

    def used_twice(self) -> dict[str, list[str]]:
        """The public class names that mean two things or more, with the modules that define them."""
        by_name: dict[str, list[str]] = {}
        for found in self.classes.values():
            by_name.setdefault(found.name, []).append(found.module.name)
        return {name: sorted(at) for name, at in by_name.items() if len(at) > 1 and not name.startswith("_")}

    def circles(self, *, lazy: bool = False) -> list[list[str]]:
        """Groups of modules that import each other when the first of them is imported. lazy: with the imports that run
        only in a function or are only for the type checker."""
        graph = grimp.build_graph(self._package.name, exclude_type_checking_imports=not lazy, cache_dir=None)
        for module in self.modules if not lazy else []:
            late = module.lazy_lines()
            for other in graph.find_modules_directly_imported_by(module.name):
                details = graph.get_import_details(importer=module.name, imported=other)
                if {detail["line_number"] for detail in details} <= late:
                    graph.remove_import(importer=module.name, imported=other)
        groups = set[frozenset[str]]()
        for name in graph.modules:
            both = graph.find_upstream_modules(name) & graph.find_downstream_modules(name)
            groups.add(frozenset({name} | both))
        return sorted(sorted(group) for group in groups if len(group) > 1)

    def public(self) -> dict[str, ast.AST]:
        """Public classes and functions of a module and public methods of its public classes, by dotted name. What Qt or
        torch declares and we override is left out, and so are setters and overloads: they are told of elsewhere."""
        found: dict[str, ast.AST] = {}
        for module in self.modules:
            for node in module.tree.body:
                if isinstance(node, Function | ast.ClassDef) and not node.name.startswith("_"):
                    found[f"{module.name}.{node.name}"] = node
        for title in [title for title in found if title in self.classes]:
            for node in self.classes[title].node.body:
                if isinstance(node, Function) and not node.name.startswith("_") and not _is_retold(node):
                    found |= {} if self._overrides(title, node.name) else {f"{title}.{node.name}": node}
        return found

    def _overrides(self, title: str, method: str) -> bool:
        """Whether a base from Qt or torch has a method of that name."""
        if title in self.classes:
            return any(self._overrides(base, method) for base in self.classes[title].bases)
        module, _, name = title.rpartition(".")
        return module.startswith(("PySide6", "torch")) and hasattr(getattr(import_module(module), name), method)

    def undocumented(self) -> list[str]:
        """The public names without a docstring."""
        return [name for name, node in self.public().items() if _docstring(node) is None]

    def documented(self) -> float:
        """The share of public names that have a docstring, 0 to 1."""
        return 1 - len(self.undocumented()) / len(self.public())

    def shapeless(self) -> list[str]:
        """The public functions that take or return arrays and whose docstring tells no shape, as (H, W, 3); it may be
        the alias that tells it, as Logits does."""
        by_name = {module.name: module for module in self.modules}
        telling = {alias for alias, text in self._array_aliases.items() if tells_shape(text)}
        arrays = ARRAYS | self._array_aliases.keys()
        found: list[str] = []
        for name, node in self.public().items():
            home = name.rpartition(".")[0]
            module = self.classes[home].module if home in self.classes else by_name.get(home)
            if module is not None and isinstance(node, Function) and not tells_shape(_docstring(node) or ""):
                named = {module.dotted(each) for annotation in _annotations(node) for each in _names(annotation)}
                found += [name] if named & arrays - telling else []
        return found

    @cached_property
    def _array_aliases(self) -> dict[str, str]:
        """The names at module level that stand for a type with arrays in it, and what is told below each."""
        found: dict[str, str] = {}
        for module in self.modules:
            for node, below in pairwise((*module.tree.body, ast.Pass())):
                name, value = _alias(node)
                if value is not None and ARRAYS & {module.dotted(each) for each in _names(value)}:
                    told = below.value if isinstance(below, ast.Expr) else None
                    found[f"{module.name}.{name}"] = str(told.value) if isinstance(told, ast.Constant) else ""
        return found

    def leaning(self) -> list[str]:
        """The modules, classes and functions, private ones too, whose docstring does not begin with a sentence."""
        return [name for name, text in self._docstrings().items() if not is_sentence(text)]

    def sentences(self) -> float:
        """The share of docstrings that begin with a sentence, 0 to 1."""
        return 1 - len(self.leaning()) / len(self._docstrings())

    def _docstrings(self) -> dict[str, str]:
        told: dict[str, str] = {}
        for module in self.modules:
            for node in ast.walk(module.tree):
                if text := _docstring(node):
                    told[f"{module.name}:{getattr(node, 'lineno', 1)}"] = text
        return told


def is_sentence(docstring: str) -> bool:
    """Whether the first paragraph stands alone: a capital in front, a full stop behind, nothing that it leans on."""
    first = " ".join(docstring.split("\n\n")[0].split())
    return first.split()[0] not in LEANING and not first[0].islower() and first.endswith((".", "!", "?", ":"))


def _parsed(path: Path, root: Path) -> Module:
    text = path.read_text(encoding="utf-8")
    parts = path.relative_to(root).with_suffix("").parts
    name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
    return Module(name, path, text.count("\n"), ast.parse(text))


def _docstring(node: ast.AST) -> str | None:
    documented = isinstance(node, Function | ast.ClassDef | ast.Module)
    return ast.get_docstring(node) if documented else None


def tells_shape(docstring: str) -> bool:
    """Whether a text tells the shape of an array, or that it is a scalar."""
    return SHAPE.search(docstring) is not None or "a scalar" in docstring


def _annotations(function: Function) -> list[ast.expr]:
    arguments = function.args
    every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    return [told for told in (*(each.annotation for each in every), function.returns) if told is not None]


def _names(annotation: ast.expr) -> Iterator[ast.expr]:
    """The names in a type, but for what is in a dictionary: weights by their names have each a shape of its own."""
    if isinstance(annotation, ast.Name | ast.Attribute):
        yield annotation
    elif not (isinstance(annotation, ast.Subscript) and ast.unparse(annotation.value) in ("dict", "Mapping")):
        for inner in ast.iter_child_nodes(annotation):
            yield from _names(inner) if isinstance(inner, ast.expr) else ()


def _alias(node: ast.AST) -> tuple[str, ast.expr | None]:
    """The name and the type of what may be an alias of a type."""
    match node:
        case ast.Assign(targets=[ast.Name(name)], value=ast.Subscript() as value):
            return name, value
        case ast.AnnAssign(target=ast.Name(name), value=ast.Subscript() as value):
            return name, value
        case _:
            return "", None


def _is_retold(function: Function) -> bool:
    names = [ast.unparse(decorator) for decorator in function.decorator_list]
    return any(name.endswith((".setter", ".deleter", "overload")) for name in names)


def _is_typed(function: Function) -> bool:
    arguments = [a for a in function.args.args + function.args.kwonlyargs if a.arg not in ("self", "cls")]
    return function.returns is not None and all(a.annotation is not None for a in arguments)


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"


def show(house: House) -> None:
    """Prints all figures."""
    functions = [function for module in house.modules for function in module.functions]
    lengths = {f: (f.end_lineno or f.lineno) - f.lineno + 1 for f in functions}
    lines = {path: count for path, count in house.lines().items() if count}
    typed = sum(map(_is_typed, functions)) / len(functions)
    row = (
        len(lines), round(median(lines.values())), max(lines.values()),
        round(median(lengths.values())), max(lengths.values()),
        round(100 * house.documented()), round(100 * typed),
    )  # fmt: skip
    print(f"\n{'':18}files  file med/max  function med/max  public docstrings  typed")
    for name, figures in {"maskwright": row, **PEERS}.items():
        files, file_median, file_max, function_median, function_max, documented, typed = figures
        print(f"{name:18}{files:5}  {file_median:5} /{file_max:5}  {function_median:8} /{function_max:5}"
              f"  {documented:15} %  {typed:3} %")  # fmt: skip
    _say("longest file", _largest(lines))
    _say("longest function", max(lengths, key=lengths.__getitem__).name)
    _say("class with the most methods", _largest(house.methods()))
    circles = house.circles()
    _say("import circles", *(" <-> ".join(circle) for circle in circles))
    late = [circle for circle in house.circles(lazy=True) if circle not in circles]
    _say("with late and type-only imports", *(" <-> ".join(circle) for circle in late))
    _say("public classes of one name", *(f"{name}: {', '.join(at)}" for name, at in house.used_twice().items()))
    _say("public names documented", f"{_percent(house.documented())}, without: {len(house.undocumented())}")
    _say("functions on arrays that tell no shape", *house.shapeless())
    _say("docstrings that begin with a sentence", _percent(house.sentences()))


def _largest(counts: dict[str, int]) -> str:
    name = max(counts, key=counts.__getitem__)
    return f"{name} ({counts[name]})"


def _say(title: str, *values: str) -> None:
    print(f"{title}: {'; '.join(values) or 'none'}")


if __name__ == "__main__":
    show(House())
