"""Figures for papers: draws those of a report with matplotlib, at the widths of a venue's columns.

    python -m mazescan.figures runs/quickstart --style neurips

`mazescan-evaluator report` writes the charts (RUN/report/figures/*.json); this writes NAME.pdf (fonts embedded as TrueType),
NAME.svg and NAME.png beside them, or into another folder. evaluator/report/page/charts.js describes the charts.
"""
from __future__ import annotations

import argparse
import contextlib
import dataclasses
import json
import os
import pathlib
import sys
import textwrap
from collections.abc import Iterator
from typing import Any

import matplotlib
import numpy as np

matplotlib.use("agg")

from matplotlib import pyplot as plt  # noqa: E402  pylint: disable=wrong-import-position
from matplotlib.collections import LineCollection  # noqa: E402  pylint: disable=wrong-import-position
from matplotlib.figure import Figure  # noqa: E402  pylint: disable=wrong-import-position
from matplotlib.patches import Rectangle  # noqa: E402  pylint: disable=wrong-import-position
from matplotlib.ticker import FuncFormatter, PercentFormatter  # noqa: E402  pylint: disable=wrong-import-position


@dataclasses.dataclass(frozen=True)
class Style:
    """Widths in inches, text size in points."""

    column: float  # of most figures
    full: float  # of mazes, and of figures with long legends
    font: str
    size: float


# STIX is like Times and comes with matplotlib as TrueType.
STYLES = {
    "neurips": Style(2.7, 5.5, "STIXGeneral", 8),
    "iclr": Style(2.7, 5.5, "STIXGeneral", 8),
    "icml": Style(3.25, 6.75, "STIXGeneral", 8),
    "ieee": Style(3.5, 7.16, "STIXGeneral", 8),
    "slides": Style(6, 10, "DejaVu Sans", 14),
}
FORMATS = ("pdf", "svg", "png")

# Okabe and Ito's colours, those of the report.
_COLOURS = {"blue": "#0072b2", "vermillion": "#c65200", "green": "#00805c", "purple": "#b0568a", "orange": "#b97f00",
            "sky": "#2e94c9", "ink": "#3a3f47", "grey": "#77797d", "cheese": "#f0bd2c", "outcome-later": "#8cc3e4",
            "outcome-rest": "#a8a297"}
_SERIES = [("blue", "o", "-"), ("vermillion", "s", (0, (4, 2))), ("green", "^", (0, (1, 1))), ("purple", "D", "-."),
           ("orange", "v", (0, (3, 1))), ("sky", "P", (0, (1, 2))), ("ink", "X", (0, (6, 2))), ("grey", "<", (0, (2, 2))),
           ("cheese", ">", "-"), ("outcome-rest", "p", (0, (4, 2)))]
_FEW = 40  # points of a series that get markers and dashes


def _error(problem: str, reason: str, hint: str) -> ValueError:
    return ValueError(f"{problem}\n  reason: {reason}\n  hint:   {hint}")


@contextlib.contextmanager
def _settings(style: Style) -> Iterator[None]:
    small = style.size - 1
    with matplotlib.rc_context({
            "pdf.fonttype": 42, "ps.fonttype": 42, "svg.fonttype": "none", "svg.hashsalt": "mazescan",
            "font.family": style.font, "mathtext.fontset": "stix", "font.size": style.size, "axes.titlesize": style.size,
            "axes.labelsize": style.size, "xtick.labelsize": small, "ytick.labelsize": small, "legend.fontsize": small,
            "legend.frameon": False, "axes.spines.top": False, "axes.spines.right": False, "axes.linewidth": 0.6,
            "xtick.major.width": 0.6, "ytick.major.width": 0.6, "lines.linewidth": 1.1, "lines.markersize": 3,
            "axes.unicode_minus": True, "savefig.dpi": 300}):
        yield


def _number(value: Any) -> float:
    return float("nan") if value is None else float(value)


def _errors(values: list[dict[str, Any]]) -> np.ndarray | None:
    """Returns the lengths of the error bars, [2, values]; None without intervals."""
    if not any(value.get("low") is not None for value in values):
        return None
    spans = []
    for value in values:
        centre = _number(value["value"])
        low, high = (_number(value[end]) if value.get(end) is not None else centre for end in ("low", "high"))
        spans.append((max(0.0, centre - low), max(0.0, high - centre)))
    return np.array(spans).T


def _with_legend(figure: Figure, axes: Any, style: Style) -> Figure:
    """Adds a legend below, in two columns if its texts are short, and makes room for it."""
    handles, labels = axes.get_legend_handles_labels()
    if len(labels) < 2:
        return figure
    width, height = figure.get_size_inches()
    labels = [textwrap.shorten(label, 60, placeholder=" …") for label in labels]
    letters = width * 72 / (0.42 * style.size)  # of a line
    columns = max(1, min(len(labels), int(letters / (max(map(len, labels)) + 7))))
    rows = -(-len(labels) // columns)
    figure.set_size_inches(width, height + rows * 1.35 * style.size / 72 + 0.05)
    figure.legend(handles, labels, loc="outside lower center", ncols=columns, handlelength=2.6, columnspacing=1.2,
                  labelspacing=0.3, borderaxespad=0.2)
    return figure


def _draw_curve(chart: dict[str, Any], style: Style) -> Figure:
    figure, axes = plt.subplots(figsize=(style.column, style.column * 0.72), layout="constrained")
    vertical, horizontal = chart.get("y") or {}, chart["x"]
    names = [point["x"] for series in chart["series"] for point in series["points"]]
    positions = None
    if any(isinstance(name, str) for name in names):
        positions = {name: i for i, name in enumerate(dict.fromkeys(names))}
        axes.set_xticks(range(len(positions)), [textwrap.shorten(str(name), 18, placeholder=" …") for name in positions],
                        rotation=30, ha="right")
    few = max((len(series["points"]) for series in chart["series"]), default=0) <= _FEW
    thin = 0
    for i, series in enumerate(chart["series"]):
        colour, marker, dash = _SERIES[i % len(_SERIES)]
        points = [point for point in series["points"] if point.get("value") is not None]
        if not points:
            continue
        kind = series.get("style")
        x = [positions[point["x"]] if positions else point["x"] for point in points]
        y = [_number(point["value"]) for point in points]
        if kind == "thin":  # a model beside the points before it
            thin += 1
            axes.plot(x, y, color=_COLOURS["grey"], linewidth=0.7, linestyle=("-", "--", ":")[thin % 3], label=series["name"],
                      zorder=1)
            continue
        spans = _errors(points)
        options = {"color": _COLOURS[colour], "label": series["name"],
                   "marker": marker if few and kind not in ("line", "dashed") else None,
                   "linestyle": "none" if kind == "points" else (0, (4, 2)) if kind == "dashed" else dash if few else "-",
                   "linewidth": None if few else 0.8}
        if spans is None or kind in ("line", "dashed"):
            axes.plot(x, y, **options)
        else:
            axes.errorbar(x, y, yerr=spans, elinewidth=0.7, capsize=1.5, capthick=0.7, **options)
    for mark in chart.get("marks", ()):
        axes.axvline(positions[mark["x"]] if positions else mark["x"], color=_COLOURS["grey"], linewidth=0.6, linestyle=":")
        if mark.get("label"):
            axes.annotate(mark["label"], (positions[mark["x"]] if positions else mark["x"], 1), (2, -1),
                          xycoords=axes.get_xaxis_transform(), textcoords="offset points", va="top",
                          fontsize=style.size - 2, color=_COLOURS["grey"])
    for i, level in enumerate(chart.get("levels", ())):
        axes.axhline(level["y"], color=_COLOURS["grey"], linewidth=0.6, linestyle=":", zorder=0)
        if level.get("label"):
            right = i % 2 == 0  # labels of near levels do not overlap
            axes.annotate(level["label"], (float(right), level["y"]), (-1 if right else 1, 1), va="bottom",
                          xycoords=axes.get_yaxis_transform(), textcoords="offset points", ha="right" if right else "left",
                          fontsize=style.size - 2, color=_COLOURS["grey"])
    if horizontal.get("scale") == "log":
        axes.set_xscale("log")
    elif horizontal.get("ticks"):
        ticks = horizontal["ticks"]
        axes.set_xticks(ticks if len(ticks) <= 9 else ticks[::2])
    elif positions is None:
        whole = sorted({point["x"] for series in chart["series"] for point in series["points"]})
        if len(whole) <= 9 and all(float(x).is_integer() for x in whole):
            axes.set_xticks(whole)
        axes.xaxis.set_major_formatter(FuncFormatter(_short))
    if vertical.get("percent"):
        axes.yaxis.set_major_formatter(PercentFormatter(1, decimals=None))
    low, high = vertical.get("from"), vertical.get("to")
    if low is not None or high is not None:
        room = 0.03 * ((1 if high is None else high) - (0 if low is None else low))
        axes.set_ylim(None if low is None else low - room, None if high is None else high + room)
    elif vertical.get("percent"):  # a wide interval of few levels does not decide the scale
        bottom, top = axes.get_ylim()
        axes.set_ylim(max(bottom, -1.05), min(top, 1.05))
    axes.set_xlabel(horizontal.get("label", ""))
    axes.set_ylabel("\n".join(textwrap.wrap(vertical.get("label", ""), 30)))
    axes.grid(axis="y", linewidth=0.3, color="#dddddd", zorder=0)
    axes.set_axisbelow(True)
    return _with_legend(figure, axes, style)


def _short(value: float, _position: int = 0) -> str:
    for limit, unit in ((1e9, " G"), (1e6, " M"), (1e3, " k")):
        if abs(value) >= 10 * limit or (limit > 1e3 and abs(value) >= limit):
            return f"{value / limit:.4g}{unit}"
    return f"{value:.4g}"


def _draw_bars(chart: dict[str, Any], style: Style) -> Figure:
    names = [textwrap.shorten(str(name), 44, placeholder=" …") for name in chart["x"]["values"]]
    series, stacked = chart["series"], chart.get("stacked", False)
    lanes = 1 if stacked else max(1, len(series))
    long = max(map(len, names), default=0) > 16
    height = 0.6 + len(names) * (0.09 + 0.11 * lanes) * style.size / 8
    figure, axes = plt.subplots(figsize=(style.full if long else style.column, max(1.0, height)), layout="constrained")
    left, rows = np.zeros(len(names)), np.arange(len(names))
    for i, one in enumerate(series):
        values = [value or {"value": None} for value in one["values"]]
        widths = np.array([_number(value["value"]) for value in values])
        colour = _COLOURS.get(one.get("colour"), _COLOURS[_SERIES[i % len(_SERIES)][0]])
        if stacked:
            axes.barh(rows, np.nan_to_num(widths), 0.75, left=left, color=colour, label=one["name"])
            left += np.nan_to_num(widths)
        else:
            thickness = 0.8 / lanes
            axes.barh(rows - 0.4 + (i + 0.5) * thickness, widths, thickness * 0.9, xerr=_errors(values), color=colour,
                      label=one["name"], error_kw={"elinewidth": 0.7, "capsize": 1.2, "capthick": 0.7})
    axes.set_yticks(rows, names)
    axes.invert_yaxis()
    axes.set_ylabel(chart["x"].get("label", ""))
    if chart.get("percent"):
        axes.xaxis.set_major_formatter(PercentFormatter(1, decimals=None))
        if stacked:
            axes.set_xlim(0, 1)
    return _with_legend(figure, axes, style)


def _draw_heat(chart: dict[str, Any], style: Style) -> Figure:
    rows, columns = [str(y) for y in chart["y"]["values"]], [str(x) for x in chart["x"]["values"]]
    cells = np.array([[np.nan if cell is None else _number(cell["value"]) for cell in row] for row in chart["cells"]])
    cells = cells.reshape(len(rows), len(columns))
    long = max(map(len, rows), default=0) > 16 or len(columns) > 12
    width = style.full if len(columns) > 12 or (long and len(columns) > 4) else style.column
    height = 0.7 + min(7.0, len(rows) * (0.17 if long else min(0.3, 0.8 * width / max(1, len(columns)))) * style.size / 8)
    figure, axes = plt.subplots(figsize=(width, max(1.1, height)), layout="constrained")
    percent = chart.get("percent", False)
    low = chart.get("from", 0 if percent else min(0.0, np.nanmin(cells, initial=0)))
    high = chart.get("to", 1 if percent else np.nanmax(cells, initial=low + 1e-9))
    image = axes.imshow(cells, cmap="cividis", vmin=low, vmax=high, aspect="auto", interpolation="nearest")
    size = style.size - (2 if len(columns) <= 14 else 3)
    if cells.size <= 400:
        for (row, column), value in np.ndenumerate(cells):
            if np.isfinite(value):
                text = f"{100 * value:.0f}" if percent else f"{value:.2g}"
                axes.text(column, row, text, ha="center", va="center", fontsize=size,
                          color="white" if (value - low) / (high - low) < 0.55 else "black")
    for row, column in chart.get("marks", ()):
        axes.add_patch(Rectangle((column - 0.5, row - 0.5), 1, 1, fill=False, edgecolor=_COLOURS["vermillion"], linewidth=1.1))
    axes.set_xticks(range(len(columns)), columns, rotation=0 if max(map(len, columns), default=0) <= 4 else 40,
                    ha="center" if max(map(len, columns), default=0) <= 4 else "right")
    axes.set_yticks(range(len(rows)), rows)
    axes.tick_params(length=0)
    for spine in axes.spines.values():
        spine.set_visible(False)
    axes.set_xlabel(chart["x"].get("label", ""))
    axes.set_ylabel(chart["y"].get("label", ""))
    bar = figure.colorbar(image, ax=axes, fraction=0.05, pad=0.02)
    bar.outline.set_visible(False)
    if percent:
        bar.ax.yaxis.set_major_formatter(PercentFormatter(1, decimals=None))
    return figure


def _draw_maze(axes: Any, maze: dict[str, Any], moves: list[int] | None, style: Style) -> None:
    size = maze["size"]
    free = np.array([cell == "1" for cell in maze["open"]]).reshape(size, size)
    shown = np.ones((size, size, 3))
    shown[~free] = matplotlib.colors.to_rgb("#5d6068")
    if maze.get("shade"):
        shade = np.array([_number(value) for value in maze["shade"]])[:, None]
        shown[free] = 1 - shade * (1 - np.array(matplotlib.colors.to_rgb("#e8a37d")))
    axes.imshow(shown, origin="lower", interpolation="nearest")
    cell = 1.0
    if moves is not None:
        chances = np.array(moves, float).reshape(-1, 5) / 1000
        y, x = np.nonzero(free)
        u, v = chances[:, 3] - chances[:, 0], chances[:, 2] - chances[:, 1]
        axes.quiver(x, y, u, v, angles="xy", scale_units="xy", scale=1.15, pivot="mid", width=0.006, headwidth=4, headlength=4,
                    headaxislength=3.6, color=_COLOURS["ink"])
    if len(maze.get("path") or ()) > 1:
        path = np.array(maze["path"])
        steps = np.stack([path % size, path // size], 1).astype(float)
        axes.add_collection(LineCollection([steps], colors=_COLOURS["blue"], linewidths=1.4, alpha=0.75))
    if maze.get("region"):
        side = maze["region"]
        axes.add_patch(Rectangle((size - side - 0.5, size - side - 0.5), side, side, fill=False, linestyle="--", linewidth=0.8,
                                 edgecolor=_COLOURS["blue"]))
    area = (0.5 * axes.get_window_extent().width / size * 72 / axes.figure.dpi) ** 2
    for thing, marker, colour in (("mouse", "o", "#ffffff"), ("cheese", "v", _COLOURS["cheese"]),
                                  ("target", "*", _COLOURS["vermillion"])):
        if maze.get(thing):
            axes.scatter(*maze[thing], s=area, marker=marker, facecolor=colour, edgecolor="black", linewidth=0.6, zorder=3)
    if maze.get("decision"):
        axes.scatter(*maze["decision"], s=1.6 * area, marker="o", facecolor="none", edgecolor=_COLOURS["vermillion"],
                     linewidth=1, zorder=3)
    axes.set(xlim=(-cell / 2, size - cell / 2), ylim=(-cell / 2, size - cell / 2), xticks=[], yticks=[])
    for spine in axes.spines.values():
        spine.set(visible=True, color="#5d6068")


def _draw_mazes(chart: dict[str, Any], style: Style) -> Figure:
    panels = []  # (maze, moves, caption)
    for maze in chart["mazes"]:
        caption = maze.get("caption", "")
        panels.append((maze, maze.get("moves"), caption))
        if maze.get("after"):
            panels.append((maze, maze["after"], "after the edit"))
    columns = min(4, len(panels)) if len(panels) > 1 else 1
    rows = -(-len(panels) // columns)
    width = style.full if columns > 1 else style.column
    side = width / columns
    captions = 0.42 if any(caption for *_, caption in panels) else 0.05
    figure, all_axes = plt.subplots(rows, columns, figsize=(width, rows * (side + captions * style.size / 8)), squeeze=False,
                                    layout="constrained")
    for axes in all_axes.flat[len(panels):]:
        axes.axis("off")
    for axes, (maze, moves, caption) in zip(all_axes.flat, panels, strict=False):
        _draw_maze(axes, maze, moves, style)
        letters = max(12, int(side * 72 / (style.size - 2) * 2.1))
        axes.set_title("\n".join(textwrap.wrap(caption, letters)[:3]), fontsize=style.size - 2, pad=2)
    return figure


_DRAW = {"curve": _draw_curve, "bars": _draw_bars, "heat": _draw_heat, "mazes": _draw_mazes}


def draw(chart: dict[str, Any], style: str | Style = "neurips") -> Figure:
    """Draws one chart of a report.

    Args:
        chart: a file of RUN/report/figures, read.
        style: a name in STYLES, or a Style.

    Raises:
        ValueError: the chart has a type that is not known.
    """
    if isinstance(style, str):
        if style not in STYLES:
            raise _error(f"style {style!r}", "there is no such style", f"one of {', '.join(STYLES)}")
        style = STYLES[style]
    if chart.get("type") not in _DRAW:
        raise _error(f"a chart of type {chart.get('type')!r}", "it cannot be drawn", f"one of {', '.join(_DRAW)}")
    with _settings(style):
        return _DRAW[chart["type"]](chart, style)


def draw_all(run: str | os.PathLike, style: str = "neurips", out: str | os.PathLike | None = None,
             formats: tuple[str, ...] = FORMATS) -> list[pathlib.Path]:
    """Draws every figure of a run's report. Returns the files.

    Args:
        run: the run directory.
        style: a name in STYLES.
        out: the folder to write to; None: RUN/report/figures.
        formats: of "pdf", "svg" and "png".

    Raises:
        ValueError: there is no report, or a file of it is damaged.
    """
    folder = pathlib.Path(run) / "report" / "figures"
    charts = sorted(folder.glob("*.json"))
    if not charts:
        raise _error(f"{folder} holds no figures", "the run has no report", "mazescan-evaluator report CONFIG writes it")
    target = pathlib.Path(out) if out is not None else folder
    target.mkdir(parents=True, exist_ok=True)
    written = []
    for path in charts:
        try:
            chart = json.loads(path.read_text(encoding="utf-8"))
            figure = draw(chart, style)
        except (OSError, KeyError, TypeError, IndexError, json.JSONDecodeError) as caught:
            raise _error(f"{path} cannot be drawn", f"{type(caught).__name__}: {caught}",
                         "mazescan-evaluator report CONFIG writes it again") from caught
        with _settings(STYLES[style]):
            for suffix in formats:
                # No date: equal charts give equal files.
                metadata = {"pdf": {"CreationDate": None}, "svg": {"Date": None}}.get(suffix)
                written.append(target / f"{path.stem}.{suffix}")
                figure.savefig(written[-1], metadata=metadata)
        plt.close(figure)
    return written


def main(arguments: list[str] | None = None) -> int:
    """Runs the command line. Returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m mazescan.figures", description="Draws the figures of a report for a paper.")
    parser.add_argument("run", help="run directory, with a report")
    parser.add_argument("--style", choices=STYLES, default="neurips", help="widths and fonts (default: neurips)")
    parser.add_argument("--out", help="folder to write to (default: RUN/report/figures)")
    parser.add_argument("--formats", default=",".join(FORMATS), help="comma-separated (default: %(default)s)")
    options = parser.parse_args(arguments)
    formats = tuple(options.formats.split(","))
    try:
        if not set(formats) <= set(FORMATS):
            raise _error(f"--formats {options.formats}", "there is no such format", f"of {', '.join(FORMATS)}")
        written = draw_all(options.run, options.style, options.out, formats)
    except ValueError as caught:
        print(caught, file=sys.stderr)
        return 2
    print(f"{len(written)} files in {written[0].parent}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
