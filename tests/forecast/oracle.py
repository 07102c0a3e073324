#!/usr/bin/env python3
"""Writes oracle.json: 20 series with the forecasts of statsforecast 2.1.1 for each of two models.

    python3 -m venv venv && venv/bin/pip install statsforecast==2.1.1 && venv/bin/python oracle.py > oracle.json

Exponential smoothing of a fixed shape on the values, and the dynamic optimised Theta model on the values without
season, each with its parameters, so that the tests can tell an equation that differs from a search that ended earlier.
"""

import json

import numpy as np
from statsforecast.models import AutoETS, DynamicOptimizedTheta

HORIZON = 8


def series(number, rng):
    """A level that moves, a damped trend, a season of four on each second one of the later half."""
    n = 60 + 6 * number
    level = 200 + np.cumsum(rng.normal(0.4 * (number % 3), 2.0, n))
    noise = rng.normal(0, 1.0 + number % 4, n)
    season = np.tile(rng.normal(0, 12, 4), n // 4 + 1)[:n] if number >= 14 else 0
    return np.round(level + noise + season, 2)


def main():
    rng = np.random.default_rng(20)
    rows = []
    for number in range(20):
        y = series(number, rng)
        seasonal, trend = number >= 14, number % 2 == 1
        shape = "A" + ("A" if trend else "N") + ("A" if seasonal else "N")
        ets = AutoETS(season_length=4 if seasonal else 1, model=shape, damped=True if trend else None)
        indices = [y[place::4].mean() - y.mean() for place in range(4)] if seasonal else [0]
        flat = np.round(y - np.resize(indices, len(y)), 2)
        fitted = ets.fit(y)
        first = fitted.model_["states"][0]
        alpha, beta, gamma, phi = (None if value != value else float(value) for value in fitted.model_["par"][:4])
        theta = DynamicOptimizedTheta(season_length=1).fit(flat)
        rows.append({
            "season": 4 if seasonal else 1,
            "trend": trend,
            "values": y.tolist(),
            "ets": {
                "alpha": alpha, "beta": beta, "gamma": gamma, "phi": phi,
                "level": float(first[0]), "slope": float(first[1]) if trend else None,
                # In the order of use: the state lists the newest season first.
                "season": first[:0:-1][:4].tolist() if seasonal else [0.0],
                "squares": float(fitted.model_["mse"] * len(y)),
                "forecast": fitted.predict(HORIZON)["mean"].tolist(),
            },
            "flat": flat.tolist(),
            "theta": {
                **{name: float(value) for name, value in theta.model_["par"].items()},
                "squares": float((theta.model_["residuals"][3:] ** 2).sum()),
                "forecast": theta.predict(HORIZON)["mean"].tolist(),
            },
        })
    print("[\n" + ",\n".join(json.dumps(row) for row in rows) + "\n]")


if __name__ == "__main__":
    main()
