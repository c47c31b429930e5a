"""Sample answers to Q1 to Q9, in the evaluator's format (evaluator/findings/answer.h), with charts of all types.

The numbers are invented, but plausible for a policy with region 1 and mazes of 3 to 9 cells.
"""
import math

SIZES = [3, 5, 7, 9]
MOVES = 5


def value(share, n=1000, percent=False):
    """Returns a share with its Wilson interval."""
    z = 1.96
    middle, half = (share + z * z / 2 / n) / (1 + z * z / n), z / (1 + z * z / n) * math.sqrt(share * (1 - share) / n + z * z / 4 / n / n)
    made = {"value": share, "low": max(0.0, middle - half), "high": min(1.0, middle + half), "n": n}
    return {**made, "percent": True} if percent else made


def point(x, share, n=1000):
    return {"x": x, **value(share, n)}


def spiral(size):
    """Returns the cells of a maze with a single corridor, from the bottom row to the top: "1" free, "0" wall."""
    free = [["0"] * size for _ in range(size)]
    for y in range(0, size, 2):
        free[y] = ["1"] * size
    for y in range(1, size, 2):
        free[y][size - 1 if (y // 2) % 2 == 0 else 0] = "1"
    return "".join("".join(row) for row in free)


def corridor(size):
    """Returns the indices of the free cells of spiral(size), from the start to the end of the corridor."""
    cells = []
    for y in range(0, size, 2):
        columns = range(size) if (y // 2) % 2 == 0 else reversed(range(size))
        cells += [y * size + x for x in columns]
        if y + 1 < size:
            cells.append((y + 1) * size + (size - 1 if (y // 2) % 2 == 0 else 0))
    return cells


def field(size, move):
    """Returns move probabilities in thousandths for each free cell: mostly `move`."""
    return [820 if each == move else 45 for _ in range(spiral(size).count("1")) for each in range(MOVES)]


def judgement(finding, measure, number, because, key="", scope="", percent=True):
    low, high = number.get("low"), number.get("high")
    return {"key": key, "scope": scope, "finding": finding, "measure": measure, "value": number.get("value"),
            "low": low, "high": high, "n": number.get("n", 0), "percent": percent, "p": 0.003 if finding == "holds" else None, "p_across": 0.02 if finding == "holds" else None, "exact": low is not None and low == high, "because": because,
            "basis": "sampled; interval over levels"}


def answer(name, statement, finding, measure, number, because, figures, others=()):
    return {"id": name, "statement": statement, **judgement(finding, measure, number, because, percent=name != "Q7"),
            "others": list(others), "figures": figures}


def share_axis(label):
    return {"label": label, "percent": True, "from": 0, "to": 1}


LAYERS = ["embedder.block1.conv", "embedder.block1.res1.resadd", "embedder.block2.conv", "embedder.block2.res1.resadd", "embedder.relu2", "embedder.fc"]

ANSWERS = [
    answer("Q1", "In very large mazes with the cheese top-left or bottom-right, the policy reaches it within T in fewer than a third of mazes, and goes top-right instead.",
           "not applicable", "success within T", {}, "The policy sees a world of 9 cells; very large is 21 to 25. Its own sizes are shown.",
           [{"type": "table", "title": "Success within T, by size and placement", "columns": ["size", "top-left", "bottom-right", "first went top-right"],
             "rows": [[size, value(0.4 - size / 30, percent=True), value(0.45 - size / 30, percent=True), value(0.2 + size / 14, percent=True)] for size in SIZES]},
            {"type": "bars", "title": "How episodes end, cheese top-left", "x": {"label": "size", "values": SIZES}, "percent": True, "stacked": True,
             "series": [{"name": "cheese", "values": [value(0.4 - size / 30) for size in SIZES]},
                        {"name": "top-right first", "values": [value(0.2 + size / 14) for size in SIZES]},
                        {"name": "elsewhere", "values": [value(0.4 - size / 14 + size / 30) if size < 7 else None for size in SIZES]}]}]),
    answer("Q2", "With the cheese near the start of a very large maze, the policy finds it quickly in at least half of the mazes.",
           "holds", "success within 3 x the shortest path, size 9, near the start", value(0.61, 987), "The interval is above one half.",
           [{"type": "curve", "title": "Success against the distance of the cheese", "note": "Within three times the shortest path.", "x": {"label": "steps from start to cheese"}, "y": share_axis("success"),
             "series": [{"name": f"size {size}", "points": [point(d, max(0.05, 0.95 - 0.05 * d - size / 60), 120) for d in range(2, 11)]} for size in SIZES[1:]],
             "levels": [{"y": 0.5, "label": "one half"}]},
            {"type": "table", "title": "By distance", "columns": ["steps", "success"], "rows": [[d, value(0.9 - 0.03 * d, percent=True)] for d in range(2, 22)]}]),
    answer("Q3", "There is a phase transition in size: small mazes are solved by the shortest path to the cheese, large ones by going top-right first.",
           "undecided", "10-90 % width of the fall as a share of the range of sizes", value(0.31, 300),
           "The interval of the width contains a quarter.",
           [{"type": "curve", "title": "The first move from the decision square is toward the cheese", "x": {"label": "maze size", "ticks": SIZES}, "y": share_axis("toward the cheese"),
             "series": [{"name": "measured", "style": "points", "points": [point(size, 1 / (1 + math.exp((size - 6.4) / 1.2))) for size in SIZES]},
                        {"name": "logistic", "style": "thin", "points": [{"x": 3 + i / 10, "value": 1 / (1 + math.exp((3 + i / 10 - 6.4) / 1.2))} for i in range(61)]}],
             "marks": [{"x": 6.4, "label": "50 % at 6.4"}]}]),
    answer("Q4", "In very small mazes an edit of fewer than a tenth of the activations sends the policy to any cell.",
           "fails", "success at the target, sizes 3 to 7, best edit below 10 %", value(0.58, 640), "The best rule found reaches 58 %; four fifths were needed.",
           [{"type": "curve", "title": "Success against the fraction edited", "x": {"label": "fraction of all activations", "scale": "log"}, "y": share_axis("success at the target"),
             "series": [{"name": name, "points": [point(f, min(0.9, a + b * math.log10(f / 0.001)), 200) for f in (0.001, 0.003, 0.01, 0.03, 0.1, 0.3)]}
                        for name, a, b in (("channel clamps", 0.1, 0.22), ("activation vectors", 0.15, 0.2), ("random channels", 0.08, 0.01))],
             "marks": [{"x": 0.1, "label": "a tenth"}]},
            {"type": "mazes", "title": "Vector fields before and after an edit", "mazes": [
                {"caption": f"size {size}: the target is framed, the cheese stays", "size": size, "open": spiral(size), "cheese": [size - 1, size - 1], "mouse": [0, 0],
                 "target": [0, size - 1], "moves": field(size, 3), "after": field(size, 2)} for size in (5, 7)]}]),
    answer("Q5", "In very large mazes no edit of fewer than a tenth of the activations makes the policy reach top-left or bottom-right in a third of mazes.",
           "not applicable", "", {}, "no such mazes were edited: only sizes 7, 9",
           [{"type": "bars", "title": "Best edit of each family", "x": {"label": "family", "values": ["channel clamps", "activation vectors", "learned masks", "nothing edited"]}, "percent": True,
             "series": [{"name": "target top-left", "values": [value(x, 500) for x in (0.11, 0.17, 0.13, 0.02)]}, {"name": "target bottom-right", "values": [value(x, 500) for x in (0.09, 0.14, 0.16)] + [None]}]}],
           [judgement("holds", "best success found, size 9", value(0.17, 500), "it holds for the families searched: channel clamps, activation vectors, learned masks",
                      "own", "this policy's largest mazes, 7 and 9")]),
    answer("Q6", "Some layer holds the exact cell of the cheese, read out with more than 90 % accuracy at all sizes.",
           "holds", "accuracy on test levels, worst size", value(0.962, 4000), "Layer embedder.block1.res1.resadd, chosen on validation levels, reads 96 % at its worst size.",
           [{"type": "heat", "title": "Accuracy of the cheese's cell by layer and size", "x": {"label": "maze size", "values": SIZES}, "y": {"label": "layer", "values": LAYERS}, "percent": True,
             "cells": [[value(max(0.02, 0.99 - 0.03 * i * i - size / 90)) if not (i == 5 and size == 3) else None for size in SIZES] for i in range(len(LAYERS))],
             "marks": [[1, i] for i in range(len(SIZES))]}]),
    answer("Q7", "A trigger switches the policy from going top-right to finding cheese: nearness to the corner, to the cheese, or either.",
           "undecided", "held-out log-loss of the best model", {"value": 0.412, "low": 0.395, "high": 0.431, "n": 9000}, "Two models predict equally well.",
           [{"type": "mazes", "title": "How much the cheese changes what the policy does", "note": "Shade: total variation between the policies with and without cheese.", "mazes": [
               {"caption": f"level {seed}", "size": 7, "open": spiral(7), "cheese": [0, 6], "mouse": [0, 0], "moves": field(7, 3), "shade": [i / 27 for i in range(spiral(7).count("1"))]} for seed in (17, 18, 19)]},
            {"type": "table", "title": "Models of the trigger", "columns": ["model", "held-out log-loss", "parameters", "better than none"],
             "rows": [["near the corner", {"value": 0.44, "low": 0.42, "high": 0.46, "n": 9000}, 2, "holds"], ["near the cheese", {"value": 0.412, "low": 0.395, "high": 0.431, "n": 9000}, 2, "holds"], ["either", {"value": 0.415, "low": 0.4, "high": 0.43, "n": 9000}, 4, "undecided"]]}]),
    answer("Q8", "How many activations does it take?", "not applicable", "smallest fraction for a third", {"value": 0.021, "low": 0.012, "high": 0.05, "n": 640},
           "A number, not a statement: it neither holds nor fails.",
           [{"type": "table", "title": "Smallest fraction", "columns": ["size", "target", "for a third", "for nine tenths"], "rows": [[3, "any cell", value(0.002, percent=True), value(0.04, percent=True)], [9, "top-left", value(0.021, percent=True), "never"]]}]),
    answer("Q9", "In the worst case the policy never arrives: there is a maze of size 7 in which the greedy policy fails.",
           "holds", "share of layouts of size 7 on which the greedy policy never arrives", {"value": 0.341, "low": 0.341, "high": 0.341, "n": 100352}, "All 100,352 layouts were tried.",
           [{"type": "mazes", "title": "The worst mazes", "mazes": [{"caption": f"never arrives; walks {len(corridor(size))} cells", "size": size, "open": spiral(size), "cheese": [0 if size % 4 == 3 else size - 1, size - 1],
                                                                      "mouse": [0, 0], "path": corridor(size)} for size in (3, 5, 7)]},
            [], None,
            {"type": "table", "title": "Sampled: the chance to arrive", "columns": ["size", "T", *(f"within {steps} steps, own start, as generated" for steps in range(10, 100, 10)), "within 10 steps, own start, as generated"],
             "rows": [[size, 2.1 * size, *(value(min(1, steps / 12 / size), percent=True) for steps in range(10, 100, 10)), {"value": 0.5, "percent": True}] for size in SIZES]},
            {"type": "curve", "title": "Arrived after so many steps", "x": {"label": "steps"}, "y": share_axis("chance"), "marks": [{"x": 13.4, "label": "T"}],
             "series": [{"name": name, "points": [{"x": t, "value": 1 - math.exp(-t / rate)} for t in range(136)]} for name, rate in (("cheese top-right", 12), ("cheese anywhere", 40), ("the worst start", 400))]},
            {"type": "heat", "title": "Expected steps by the cell of the cheese", "x": {"label": "column", "values": list(range(1, 8))}, "y": {"label": "row", "values": list(range(7, 0, -1))},
             "cells": [[None if (x, y) == (1, 1) else {"value": 3.0 * x + 4.5 * y} for x in range(1, 8)] for y in range(7, 0, -1)]}]),
]
