"""Two projects of the same images, object by object: two annotators, before and after, model and person."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias
from unicodedata import normalize

from app.masks.overlaps import pairs_between
from app.problem import Problem
from app.project.details import OUTLINE, changes_by, changes_of, details_of, kinds_of_outline
from app.project.records import Annotation, ImageRecord
from app.project.store import Project
from app.text import say, say_n
from app.work import Work

LEAST_IOU = 0.1
"""Two objects that share less are two objects."""
Pair: TypeAlias = tuple[Annotation, Annotation, float]


@dataclass(frozen=True)
class Difference:
    """An object that is not the same in A and B."""

    image: str
    kind: Literal["changed", "other keys", "only in A", "only in B"]
    """other keys: its mask, class and attributes are the same."""
    a: int | None
    """Its id in A."""
    b: int | None
    iou: float | None
    """Of the two masks."""
    changes: dict[str, list[Any]] = field(default_factory=dict[str, list[Any]])
    """What else is different: class, iscrowd, attributes and other keys by name, as [in A, in B]."""
    keys_only_in_a: list[str] = field(default_factory=list[str])
    """What is known of it in A only, beside mask, class and attributes."""
    keys_only_in_b: list[str] = field(default_factory=list[str])

    @property
    def is_none(self) -> bool:
        """True if nothing is different."""
        return self.iou == 1 and not (self.changes or self.keys_only_in_a or self.keys_only_in_b)

    def __str__(self) -> str:
        """Tells the person the difference in one line."""
        if self.kind == "only in A":
            return say("{image}: object {id}: only in A.", image=self.image, id=self.a)
        if self.kind == "only in B":
            return say("{image}: object {id}: only in B.", image=self.image, id=self.b)
        mask = [] if self.iou == 1 else [say("IoU {iou:.3f}", iou=self.iou)]
        parts = [*mask, *_changed(self.changes)]
        parts += [say("only in A: {keys}", keys=", ".join(self.keys_only_in_a))] if self.keys_only_in_a else []
        parts += [say("only in B: {keys}", keys=", ".join(self.keys_only_in_b))] if self.keys_only_in_b else []
        return say("{image}: object {a} -> {b}: {parts}.", image=self.image, a=self.a, b=self.b, parts=", ".join(parts))


@dataclass
class Comparison:
    """What `compare` found."""

    same: int = 0
    """With the same mask, class and attributes."""
    changed: int = 0
    only_in_a: int = 0
    only_in_b: int = 0
    mean_iou: float | None = None
    """Of the objects that are in both; None when there are none."""
    images_only_in_a: list[str] = field(default_factory=list[str])
    images_only_in_b: list[str] = field(default_factory=list[str])
    classes_only_in_a: list[str] = field(default_factory=list[str])
    classes_only_in_b: list[str] = field(default_factory=list[str])
    keys_only_in_a: dict[str, int] = field(default_factory=dict[str, int])
    """What is known in A only, and of how many objects."""
    keys_only_in_b: dict[str, int] = field(default_factory=dict[str, int])
    image_changes: dict[str, dict[str, list[Any]]] = field(default_factory=dict[str, dict[str, list[Any]]])
    """What else is different of an image, by its path, as [in A, in B]: status and other keys."""
    class_changes: dict[str, dict[str, list[Any]]] = field(default_factory=dict[str, dict[str, list[Any]]])
    """The same of classes in both, by name: supercategory and other keys."""
    differences: list[Difference] = field(default_factory=list[Difference])

    @property
    def is_same(self) -> bool:
        """Whether there is nothing to tell."""
        images = self.images_only_in_a or self.images_only_in_b or self.image_changes
        classes = self.classes_only_in_a or self.classes_only_in_b or self.class_changes
        return not (self.differences or images or classes)

    def __str__(self) -> str:
        """Tells the person a line for each difference, and the sums."""
        lines = [str(difference) for difference in self.differences]
        lines += [say("{path}: this image is only in A.", path=path) for path in self.images_only_in_a]
        lines += [say("{path}: this image is only in B.", path=path) for path in self.images_only_in_b]
        lines += [f"{path}: {', '.join(_changed(changes))}." for path, changes in self.image_changes.items()]
        lines += [
            say("Class {name}: {changed}.", name=name, changed=", ".join(_changed(changes)))
            for name, changes in self.class_changes.items()
        ]
        lines += [say("Class {name} is only in A.", name=name) for name in self.classes_only_in_a]
        lines += [say("Class {name} is only in B.", name=name) for name in self.classes_only_in_b]
        lines += _lost_keys("A", self.keys_only_in_a) + _lost_keys("B", self.keys_only_in_b)
        mean = (
            ""
            if self.mean_iou is None
            else say(" Mean IoU of the objects in both: {mean_iou:.3f}.", mean_iou=self.mean_iou)
        )
        sums = say(
            "{same} the same, {changed} changed, {only_in_a} only in A, {only_in_b} only in B.",
            same=self.same,
            changed=self.changed,
            only_in_a=self.only_in_a,
            only_in_b=self.only_in_b,
        )
        return "\n".join([*lines, say("Objects: {sums}{mean}", sums=sums, mean=mean)])


def _changed(changes: dict[str, list[Any]]) -> list[str]:
    return [f"{name} {was!r} -> {now!r}" for name, (was, now) in changes.items()]


def _lost_keys(side: str, keys: dict[str, int]) -> list[str]:
    counted = ", ".join(
        say_n("{name} of {n} object", "{name} of {n} objects", number, name=name) for name, number in keys.items()
    )
    return [say("Known in {side} only: {counted}.", side=side, counted=counted)] if counted else []


def compare(a: Project, b: Project) -> Work[Comparison]:
    """Images are matched by their paths, the objects of an image by the best IoU. Yields (images done, all); one image
    is in memory at a time. Problem when a mask is damaged."""
    found = Comparison()
    images_a, images_b = _by_path(a.images(), b.images())
    paths = [path for path in images_a if path in images_b]
    found.images_only_in_a = [path for path in images_a if path not in images_b]
    found.images_only_in_b = [path for path in images_b if path not in images_a]
    names = _names(a), _names(b)
    found.image_changes = changes_by(images_a, images_b)
    classes_a, classes_b = ({category.name: category for category in project.categories()} for project in (a, b))
    found.classes_only_in_a = [name for name in classes_a if name not in classes_b]
    found.classes_only_in_b = [name for name in classes_b if name not in classes_a]
    found.class_changes = changes_by(classes_a, classes_b)
    all_, ious = [*paths, *found.images_only_in_a, *found.images_only_in_b], 0.0
    for done, path in enumerate(all_):
        yield done, len(all_)
        ours, theirs = _objects(a, images_a.get(path)), _objects(b, images_b.get(path))
        for difference in _differences(path, ours, theirs, names):
            if difference.iou is not None:
                ious += difference.iou
            if difference.iou == 1 and not difference.changes:
                found.same += 1
            if not difference.is_none:
                found.differences.append(difference)
    _sum_up(found, ious)
    return found


def _by_path(a: list[ImageRecord], b: list[ImageRecord]) -> tuple[dict[str, ImageRecord], dict[str, ImageRecord]]:
    """Returns the images of A and of B by path, those of B under the path of the same image of A: one that is alike, as
    macOS writes accents, if it is the only one and none has that very path."""
    images_a, images_b = ({image.path: image for image in images} for images in (a, b))
    alone_a, alone_b = (
        _alike(path for path in mine if path not in others)
        for mine, others in ((images_a, images_b), (images_b, images_a))
    )
    same = {alone_b[alike]: path for alike, path in alone_a.items() if alike in alone_b}
    return images_a, {same.get(path, path): image for path, image in images_b.items()}


def _alike(paths: Iterable[str]) -> dict[str, str]:
    """Returns the paths by their composed form, where no other path shares it."""
    composed = {path: normalize("NFC", path) for path in paths}
    counts = Counter(composed.values())
    return {form: path for path, form in composed.items() if counts[form] == 1}


def _sum_up(found: Comparison, ious: float) -> None:
    kinds = Counter(difference.kind for difference in found.differences)
    found.changed, found.only_in_a, found.only_in_b = kinds["changed"], kinds["only in A"], kinds["only in B"]
    found.keys_only_in_a.update(Counter(key for each in found.differences for key in each.keys_only_in_a))
    found.keys_only_in_b.update(Counter(key for each in found.differences for key in each.keys_only_in_b))
    in_both = found.same + found.changed
    found.mean_iou = ious / in_both if in_both else None


def _objects(project: Project, image: ImageRecord | None) -> list[Annotation]:
    has_any = image is not None and project.statistics.annotation_counts()[image.id] > 0
    return project.annotations(image.id) if image is not None and has_any else []


def _names(project: Project) -> dict[int | None, str]:
    return {category.id: category.name for category in project.categories()}


def _differences(
    path: str, ours: list[Annotation], theirs: list[Annotation], names: tuple[dict[int | None, str], ...]
) -> Iterator[Difference]:
    """Yields what differs between the objects of one image; also the pairs that are the same."""
    try:
        pairs = _matched(ours, theirs, names)
    except Problem as problem:
        raise Problem(f"{path}: {problem}") from problem
    for one, other, iou in pairs:
        yield _difference(path, one, other, iou, _changes(one, other, names))
    known_a, known_b = {one.id for one, _, _ in pairs}, {other.id for _, other, _ in pairs}
    for one in ours:
        if one.id not in known_a:
            yield Difference(path, "only in A", one.id, None, None)
    for other in theirs:
        if other.id not in known_b:
            yield Difference(path, "only in B", None, other.id, None)


def _difference(path: str, one: Annotation, other: Annotation, iou: float, changes: dict[str, list[Any]]) -> Difference:
    a, b = details_of(one), details_of(other)
    if kinds_of_outline(a) != kinds_of_outline(b):  # the same mask as two formats say it
        a, b = ({name: value for name, value in each.items() if name != OUTLINE} for each in (a, b))
    changes |= {f"key {name}": values for name, values in changes_of(a, b).items() if name in a and name in b}
    kind = "changed" if iou != 1 or changes else "other keys"
    return Difference(
        path, kind, one.id, other.id, iou, changes, sorted(a.keys() - b.keys()), sorted(b.keys() - a.keys())
    )


def _matched(ours: list[Annotation], theirs: list[Annotation], names: tuple[dict[int | None, str], ...]) -> list[Pair]:
    """The best pair first, each object once; of equal ones those of the same class and id."""
    pairs: list[Pair] = [
        (ours[i], theirs[j], iou)
        for i, j, iou in pairs_between([each.mask for each in ours], [each.mask for each in theirs], LEAST_IOU)
    ]
    empty, others_empty = ([each for each in of if not each.mask.area] for of in (ours, theirs))
    pairs += [(one, other, 1.0) for one in empty for other in others_empty if one.mask == other.mask]
    pairs.sort(key=lambda pair: (-pair[2], len(_changes(pair[0], pair[1], names)), pair[0].id != pair[1].id))
    used_a, used_b = set[int](), set[int]()
    best: list[Pair] = []
    for one, other, iou in pairs:
        if one.id not in used_a and other.id not in used_b:
            used_a.add(one.id)
            used_b.add(other.id)
            best.append((one, other, iou))
    return sorted(best, key=lambda pair: pair[0].id)


def _changes(one: Annotation, other: Annotation, names: tuple[dict[int | None, str], ...]) -> dict[str, list[Any]]:
    classes = [names[0].get(one.category_id), names[1].get(other.category_id)]
    changes: dict[str, list[Any]] = {"class": classes} if classes[0] != classes[1] else {}
    if one.iscrowd != other.iscrowd:
        changes["iscrowd"] = [one.iscrowd, other.iscrowd]
    for name in sorted(one.attributes.keys() | other.attributes.keys()):
        if one.attributes.get(name) != other.attributes.get(name):
            changes[f"attribute {name}"] = [one.attributes.get(name), other.attributes.get(name)]
    return changes
