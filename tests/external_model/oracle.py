#!/usr/bin/env python3
"""Writes the models beside it and oracle.json: rows of features, and what scikit-learn 1.9.1 says of them.

    python3 -m venv target/venv/external_model
    target/venv/external_model/bin/pip install scikit-learn==1.9.1 skl2onnx==1.20.0 pandas==3.1.1
    target/venv/external_model/bin/python tests/external_model/oracle.py

The models are converted as people do it: from a table of float32, from one of float64, from a data frame.
"""

import json
from pathlib import Path

import numpy as np
import pandas as pd
from skl2onnx import to_onnx
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import GradientBoostingRegressor, RandomForestRegressor
from sklearn.linear_model import LinearRegression, Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, StandardScaler

FEATURES = ["t", "dow", "dom", "lag_1", "lag_7", "mean_7"]
HERE = Path(__file__).parent


def history(rng, days=900):
    """A balance with pay, rent and noise, and the features of each day."""
    dates = pd.date_range("2019-01-01", periods=days)
    steps = rng.normal(-60, 90, days) + np.where(dates.day == 27, 2900, 0) - np.where(dates.day == 3, 850, 0)
    balance = pd.Series(np.round(8000 + np.cumsum(steps), 2))
    table = pd.DataFrame({
        "t": np.arange(days), "dow": (dates.dayofweek + 1) % 7 + 1, "dom": dates.day,
        "lag_1": balance.shift(1), "lag_7": balance.shift(7), "mean_7": balance.shift(1).rolling(7).mean(),
    })
    return table[7:], balance[7:]


def main():
    table, balance = history(np.random.default_rng(20))
    train, asked = slice(0, 700), slice(700, 760)
    some = ("scaled", StandardScaler(), ["t", "lag_1", "lag_7", "mean_7"])
    scaled = ColumnTransformer([some], remainder="passthrough")
    # Name, model, what it is converted from.
    models = [
        ("linear", LinearRegression(), np.float32),
        ("ridge", make_pipeline(StandardScaler(), Ridge()), np.float32),
        ("boosting", GradientBoostingRegressor(n_estimators=60, random_state=1), np.float32),
        ("forest", RandomForestRegressor(n_estimators=20, max_depth=5, random_state=1), np.float32),
        ("linear_double", LinearRegression(), np.float64),
        ("ridge_double", make_pipeline(StandardScaler(), Ridge()), np.float64),
        ("ridge_minmax", make_pipeline(MinMaxScaler(), Ridge()), np.float32),
        ("forest_double", RandomForestRegressor(n_estimators=2, max_depth=3, random_state=2), np.float64),
        ("ridge_frame", make_pipeline(StandardScaler(), Ridge()), pd.DataFrame),
        ("ridge_columns", make_pipeline(scaled, Ridge()), pd.DataFrame),
    ]
    said = {}
    for name, model, kind in models:
        # A scaler that picks columns by name is fitted to a data frame, all else to plain numbers.
        data = table if kind is pd.DataFrame else table.to_numpy()
        model.fit(data[train], balance[train])
        converted = to_onnx(model, data[:1].astype(np.float32 if kind is pd.DataFrame else kind))
        (HERE / f"{name}.onnx").write_bytes(converted.SerializeToString())
        said[name] = model.predict(data[asked]).tolist()
    rows = [json.dumps(row) for row in table[asked].to_numpy().tolist()]
    answers = [f"{json.dumps(name)}: {json.dumps(values)}" for name, values in said.items()]
    text = '{"rows": [\n%s\n],\n"answers": {\n%s\n}}\n' % (",\n".join(rows), ",\n".join(answers))
    (HERE / "oracle.json").write_text(text)


if __name__ == "__main__":
    main()
