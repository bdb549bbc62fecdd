"""Positions as unit vectors: distances, courses, interpolation and rigid rotation on a sphere, without singular points.

A position is the unit vector normal to the earth's surface (n-vector), shape (..., 3), axes x to (0° N, 0° E), y to
(0° N, 90° E), z to the north pole. The earth is a sphere of the mean radius 6 371 008.8 m (IUGG, arithmetic mean
radius R1 of WGS 84). Against the ellipsoid, distances are right to 0.6 %.

Source: K. Gade, "A Non-singular Horizontal Position Representation", The Journal of Navigation 63 (2010), sections 4
and 5; IUGG radius R1 from H. Moritz, "Geodetic Reference System 1980", Bulletin Géodésique 54 (1980).
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

EARTH_RADIUS_M: Final = 6_371_008.8

Floats = npt.NDArray[np.float64]


def unit_vectors(latitude_deg: npt.ArrayLike, longitude_deg: npt.ArrayLike) -> Floats:
    """Return unit vectors, shape (..., 3), of positions in degrees."""
    latitude = np.radians(np.asarray(latitude_deg, dtype=np.float64))
    longitude = np.radians(np.asarray(longitude_deg, dtype=np.float64))
    across = np.cos(latitude)
    return np.stack([across * np.cos(longitude), across * np.sin(longitude), np.sin(latitude)], axis=-1)


def degrees_of(vectors: Floats) -> tuple[Floats, Floats]:
    """Return (latitude, longitude) in degrees of `vectors`, shape (..., 3)."""
    x, y, z = vectors[..., 0], vectors[..., 1], vectors[..., 2]
    return np.degrees(np.arctan2(z, np.hypot(x, y))), np.degrees(np.arctan2(y, x))


def east_north(vectors: Floats) -> tuple[Floats, Floats]:
    """Return the unit vectors to east and to north at each position; at a pole, east is taken along +y."""
    x, y, z = vectors[..., 0], vectors[..., 1], vectors[..., 2]
    across = np.hypot(x, y)
    polar = across < 1e-12
    safe = np.where(polar, 1.0, across)
    east = np.stack([np.where(polar, 0.0, -y / safe), np.where(polar, 1.0, x / safe), np.zeros_like(z)], axis=-1)
    return east, np.cross(vectors, east)


def headings(vectors: Floats, course_deg: npt.ArrayLike) -> Floats:
    """Return the unit tangent vectors, shape (..., 3), of courses (degrees clockwise from north) at `vectors`."""
    east, north = east_north(vectors)
    course = np.radians(np.asarray(course_deg, dtype=np.float64))[..., None]
    heading: Floats = np.sin(course) * east + np.cos(course) * north
    return heading


def courses(vectors: Floats, heading: Floats) -> Floats:
    """Return the courses in degrees, 0 <= course < 360, of tangent vectors `heading` at `vectors`."""
    east, north = east_north(vectors)
    course = np.degrees(np.arctan2((heading * east).sum(-1), (heading * north).sum(-1))) % 360.0
    # A tiny negative angle rounds up to exactly 360.
    wrapped: Floats = np.where(course >= 360.0, 0.0, course)
    return wrapped


def distance_m(a: Floats, b: Floats) -> Floats:
    """Return great-circle distances in meters; exact for short ones (half-chord, not arc cosine)."""
    half_chord = np.linalg.norm(a - b, axis=-1) / 2
    distance: Floats = 2 * EARTH_RADIUS_M * np.arcsin(np.minimum(half_chord, 1.0))
    return distance


def between(a: Floats, b: Floats, fraction: npt.ArrayLike) -> Floats:
    """Return the positions at `fraction` (0 to 1) of the way on the great circle from `a` to `b`.

    For rows ten seconds apart the straight chord, scaled back to the sphere, differs from the great circle by less
    than a micrometer, so the chord is used.
    """
    part = np.asarray(fraction, dtype=np.float64)[..., None]
    chord = a + (b - a) * part
    unit: Floats = chord / np.linalg.norm(chord, axis=-1, keepdims=True)
    return unit


def ahead(vectors: Floats, heading: Floats, way_m: npt.ArrayLike) -> tuple[Floats, Floats]:
    """Return (positions, headings) after `way_m` meters on the great circle along `heading`."""
    angle = (np.asarray(way_m, dtype=np.float64) / EARTH_RADIUS_M)[..., None]
    cosine, sine = np.cos(angle), np.sin(angle)
    return vectors * cosine + heading * sine, heading * cosine - vectors * sine


def rotation(
    from_deg: tuple[float, float], to_deg: tuple[float, float], turn_deg: float = 0.0
) -> Floats:
    """Return the rotation matrix that carries one place to another and turns its surroundings clockwise.

    A rotation keeps every distance, speed and angle, so what moved over one country moves the same over another.

    Parameters
    ----------
    from_deg, to_deg
        (latitude, longitude) of the place before and after, degrees.
    turn_deg
        Clockwise turn about the new place, degrees.

    Returns
    -------
    numpy.ndarray
        float64, shape (3, 3): ``new = matrix @ old`` for unit vectors and for tangent vectors.
    """
    old = unit_vectors(*from_deg)
    new = unit_vectors(*to_deg)
    old_east, old_north = east_north(old)
    turn = np.array(turn_deg)
    new_north = headings(new, turn)
    new_east = headings(new, turn + 90.0)
    matrix: Floats = np.stack([new, new_east, new_north], axis=-1) @ np.stack([old, old_east, old_north])
    return matrix
