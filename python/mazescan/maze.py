"""Single mazes: any level, placement or drawing, changed by hand, with the observations of all their states."""
from __future__ import annotations

import json
from typing import Any

import numpy as np

from mazescan import _world

Cell = tuple[int, int]


class Maze(_world.Maze):
    """A maze that can be changed: `mouse`, `cheese`, `set_free`, `place`.

    Cells are (x, y), y up, (0, 0) at the bottom left. Observations equal those of the environments with the same options.

    Args:
        level: a level seed, or a drawing, top row first: '#' wall, '.' free, 'm' mouse, 'c' cheese, '*' both.
        size: of the level; 0: the size that its seed gives. Not with a drawing.
        environment: keys of the section `environment`, such as name="maze_aisc", region=5, observation="planes".

    Raises:
        ValueError: an option, a cell or a drawing is wrong; the message says what would be right.
    """

    def __init__(self, level: int | str, size: int = 0, **environment: Any):
        options = "\n".join(f"{key}: {json.dumps(value)}" for key, value in environment.items()) or "{}"
        if isinstance(level, str):
            if size:
                raise ValueError("size with a drawing\n  reason: the drawing has its own\n  hint:   omit it")
            super().__init__(options, level)
        else:
            super().__init__(options, level, size)

    @property
    def free(self) -> np.ndarray:
        """Which cells are free. Shapes: bool [size, size], indexed [y, x], y up."""
        free = np.zeros((self.size, self.size), bool)
        x, y = np.array(self.free_cells).T
        free[y, x] = True
        return free

    def observe(self) -> np.ndarray:
        """Returns the observation, uint8: [64, 64, 3] or [3, world_dim, world_dim]."""
        return self._observe_each([self.mouse], False)[0]

    def splay(self, what: str = "mouse", cells: list[Cell] | None = None) -> tuple[list[Cell], np.ndarray]:
        """Returns cells and the observations of this maze with the mouse (or the cheese) on each of them.

        Args:
            what: "mouse" or "cheese".
            cells: free ones; None: all, but not the cell of the other one.

        Returns:
            The cells, and observations uint8 [cells, ...].
        """
        if what not in ("mouse", "cheese"):
            raise ValueError(f"splay({what!r})\n  reason: there is no such thing in a maze\n  hint:   'mouse' or 'cheese'")
        other = self.cheese if what == "mouse" else self.mouse
        if cells is None:
            cells = [cell for cell in self.free_cells if cell != other]
        return cells, self._observe_each(cells, what == "cheese")
