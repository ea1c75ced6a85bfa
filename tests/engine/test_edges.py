"""The way along the edges of a picture."""

from __future__ import annotations

import time

import cv2
import numpy as np
import pytest

from app.images.edges import EdgeMap


def disc(side=200, radius=60):
    pixels = np.full((side, side, 3), 200, np.uint8)
    cv2.circle(pixels, (side // 2, side // 2), radius, (40, 90, 60), -1)
    noise = np.random.default_rng(0).integers(0, 12, pixels.shape, np.uint8)
    return pixels + noise


def test_the_way_goes_around_a_disc_and_not_through_it():
    edges = EdgeMap(disc(), (1000, 500, 1200, 700), 1, (1160, 600))
    way = np.array(edges.way_to(1040, 600))
    assert way[0].tolist() == [1160, 600]
    assert way[-1].tolist() == [1040, 600]
    away = np.hypot(way[:, 0] - 1100, way[:, 1] - 600)
    assert np.abs(away - 60).max() < 3


def test_of_an_image_made_smaller_it_is_told_in_pixels_of_the_image():
    edges = EdgeMap(disc(), (0, 0, 800, 800), 4, (640, 400))
    way = np.array(edges.way_to(160, 400))
    assert np.abs(np.hypot(way[:, 0] - 400, way[:, 1] - 400) - 240).max() < 12
    assert edges.holds(799, 0)
    assert not edges.holds(800, 0)
    assert edges.way_to(640, 400) == [(640, 400), (640, 400)]


@pytest.mark.serial
def test_to_ask_takes_a_moment():
    edges = EdgeMap(disc(640, 200), (0, 0, 640, 640), 1, (520, 320))
    began = time.process_time()
    for x in range(100, 140):
        edges.way_to(x, 320)
    assert (time.process_time() - began) / 40 < 0.01
