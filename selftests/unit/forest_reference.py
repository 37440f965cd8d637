#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the numbers in test_forest.c come from: scikit-learn 1.9.1. Run it to see mean, least and most of five seeds."""
import numpy as np
from sklearn.ensemble import RandomForestClassifier
from sklearn.model_selection import StratifiedKFold, cross_val_score


def h(i, j, s):
    x = (i * 2654435761 + j * 40503 + s * 97) & 0xffffffff
    for _ in range(2):
        x ^= x >> 16
        x = (x * 0x45d9f3b) & 0xffffffff
    return (x ^ x >> 16) % 10000 / 10000


for shift in (0, 0.1, 0.25):
    rows = np.array([[h(i, j, 1) + (shift * h(i, j + 20, 2) * 2 if i % 2 and j < 3 else 0) for j in range(16)]
                     for i in range(600)], np.float32)
    label = np.arange(600) % 2
    found = [cross_val_score(RandomForestClassifier(200, random_state=s), rows, label,
                             cv=StratifiedKFold(5, shuffle=True, random_state=s)).mean() for s in range(5)]
    print("two classes,", shift, "apart:", np.mean(found), min(found), max(found))
rows = np.array([[h(i, j, 3) + (i % 3) * 0.15 * (j < 4) for j in range(16)] for i in range(600)], np.float32)
label = np.arange(600) % 3
found = [RandomForestClassifier(100, random_state=s).fit(rows[:300], label[:300]).score(rows[300:], label[300:])
         for s in range(5)]
print("three classes:", np.mean(found), min(found), max(found))
