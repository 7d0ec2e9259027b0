"""Exact answers of linear compartments: sums of exponentials, no time steps.

A chain of compartments answers a dose of 1 at time 0 with ``sum((w + p t) exp(-r t))``. A set of
compartments that exchange with one centre has real rates, found from a symmetric matrix; a
one-way step into the next compartment adds one rate. Everything else is arithmetic.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from trd.mechanism._checks import Array

# Two rates closer than this are taken as one: the error stays below 1e-7 of the answer, while
# dividing by their difference would lose more.
_SAME = 1e-7


@dataclass(frozen=True)
class Response:
    """Amount in one compartment after a dose of 1 at time 0.

    Attributes
    ----------
    rates : ndarray, shape (..., k)
        Per minute; 0 stands for a compartment nothing leaves.
    weights, ramps : ndarray, shape (..., k)
        Constant and linear factor of each exponential; `ramps` per minute.
    """

    rates: Array
    weights: Array
    ramps: Array

    @classmethod
    def of(cls, rates: Array, weights: Array) -> Response:
        """Return a plain sum of exponentials."""
        return cls(rates, weights, np.zeros_like(weights))

    def __add__(self, other: Response) -> Response:
        return Response(
            np.concatenate([self.rates, other.rates], axis=-1),
            np.concatenate([self.weights, other.weights], axis=-1),
            np.concatenate([self.ramps, other.ramps], axis=-1),
        )

    def __mul__(self, factor: float) -> Response:
        return Response(self.rates, self.weights * factor, self.ramps * factor)

    def through(self, rate: float, gain: float) -> Response:
        """Pass the amount on: the answer ``y`` of ``y' = gain x - rate y``, ``y(0) = 0``.

        A rate of 0 adds up what has arrived.
        """
        apart = np.abs(rate - self.rates) > _SAME * np.abs(self.rates)
        if np.any(self.ramps[~apart]):
            raise ValueError("Three equal rates in one chain are not supported.")
        gap = np.where(apart, rate - self.rates, 1.0)
        ramps = np.where(apart, gain * self.ramps / gap, gain * self.weights)
        weights = np.where(apart, (gain * self.weights - ramps) / gap, 0.0)
        # Where there is no ramp, `ramps` is 0 and the line above is gain * w / gap.
        return Response(
            np.append(self.rates, rate),
            np.append(weights, -weights.sum()),
            np.append(ramps, 0.0),
        )

    def after(self, minutes: Array, duration: float = 0.0) -> Array:
        """Return the amount when a dose of 1 runs in evenly from minute 0 to `duration`.

        Parameters
        ----------
        minutes : ndarray, shape (t,)
            Time since the start; before 0 the amount is 0.
        duration : float
            Minutes; 0 is a bolus, present from minute 0 on.

        Returns
        -------
        ndarray, shape (..., t)
        """
        total = np.zeros((*self.rates.shape[:-1], minutes.size))
        later = np.maximum(minutes - duration, 0.0)
        running = np.clip(minutes, 0.0, duration)
        for k in range(self.rates.shape[-1]):
            rate, weight, ramp = (
                part[..., k, None] for part in (self.rates, self.weights, self.ramps)
            )
            decayed = np.exp(-rate * later)
            if duration == 0:
                total += (weight + ramp * later if ramp.any() else weight) * decayed
                continue
            if not rate.any():
                total += weight * running / duration
                continue
            entered = -np.expm1(-rate * running)
            total += weight / (rate * duration) * entered * decayed
            if ramp.any():
                bent = entered - rate * running * np.exp(-rate * running)
                total += ramp / duration * decayed * (later * entered / rate + bent / rate**2)
        if duration == 0:
            total[..., minutes < 0] = 0.0
        return total

    @property
    def area(self) -> float:
        """Area under the answer from 0 to infinity."""
        return float(np.sum(self.weights / self.rates + self.ramps / self.rates**2))


@dataclass(frozen=True)
class Modes:
    """Compartments around one centre, taken apart into independent exponentials.

    Attributes
    ----------
    rates : ndarray, shape (..., m)
        Per minute, rising.
    vectors : ndarray, shape (..., m, m)
        Orthonormal columns, one for each rate.
    volumes : ndarray, shape (..., m)
        Litres, the centre first.
    """

    rates: Array
    vectors: Array
    volumes: Array

    def response(self, into: int = 0, seen_in: int = 0) -> Response:
        """Return the amount in compartment `seen_in` after a dose of 1 into `into`."""
        ratio = np.sqrt(self.volumes[..., seen_in] / self.volumes[..., into])
        weights = self.vectors[..., seen_in, :] * self.vectors[..., into, :]
        return Response.of(self.rates, ratio[..., None] * weights)


def modes(volumes: Array, exchange: Array, elimination: Array) -> Modes:
    """Take compartments around one centre apart.

    Parameters
    ----------
    volumes : ndarray, shape (..., m)
        Litres, the centre first.
    exchange : ndarray, shape (..., m - 1)
        Flow between the centre and each other compartment in L/min.
    elimination : ndarray, shape (..., m)
        Clearance out of each compartment in L/min.
    """
    roots = np.sqrt(volumes)
    size = volumes.shape[-1]
    # dA/dt = -K A becomes symmetric in A / sqrt(V): real rates, and all weights of the centre's
    # own answer are squares, so that no concentration can come out negative.
    matrix = np.zeros((*volumes.shape, size))
    index = np.arange(1, size)
    matrix[..., 0, 0] = (elimination[..., 0] + exchange.sum(axis=-1)) / volumes[..., 0]
    matrix[..., index, index] = (elimination[..., 1:] + exchange) / volumes[..., 1:]
    between = -exchange / (roots[..., :1] * roots[..., 1:])
    matrix[..., 0, 1:] = between
    matrix[..., 1:, 0] = between
    rates, vectors = np.linalg.eigh(matrix)
    return Modes(rates, vectors, volumes)
