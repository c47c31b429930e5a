"""Single mazes: levels, drawings, changes, observations of all states."""
import unittest

import numpy as np

import mazescan
from mazescan import Maze

PLANES = {"name": "maze_aisc", "world_dim": 9, "region": 1, "anchor": "bottom_left", "observation": "planes"}
DRAWING = "..c\n.#.\nm#.\n"


class Mazes(unittest.TestCase):
    def test_a_level_is_that_of_the_environment(self):
        world = mazescan.World("name: maze\nobservation: rgb", 0, 3, 1, "same_step")
        world.seed(4)
        world.observe()
        for i, seed in enumerate(world.level_seeds):
            self.assertTrue(np.array_equal(Maze(int(seed), name="maze", observation="rgb").observe(),
                                           world.observations[i]))

    def test_changes(self):
        maze = Maze(5, size=7, **PLANES)
        self.assertEqual((maze.size, maze.level_seed, maze.mouse, maze.cheese), (7, 5, (0, 0), (6, 6)))
        maze.place("top_left_corner")
        self.assertEqual(maze.cheese, (0, 6))
        maze.mouse = (6, 6)
        planes = maze.observe()
        self.assertEqual([tuple(np.argwhere(plane)[0]) for plane in planes[1:]], [(9 - 1 - 6, 6), (9 - 1 - 6, 0)],
                         "row 0 is at the top")
        maze.set_free((1, 1), True)
        self.assertTrue(maze.is_free((1, 1)) and maze.free[1, 1] and maze.observe()[0][9 - 1 - 1, 1])
        maze.set_free((1, 1), False)
        self.assertFalse(maze.free[1, 1])
        maze.cheese = None
        self.assertIsNone(maze.cheese)
        self.assertEqual(maze.observe()[2].sum(), 0)

    def test_drawings(self):
        maze = Maze(DRAWING, **PLANES)
        self.assertEqual((maze.size, maze.mouse, maze.cheese, maze.text), (3, (0, 0), (2, 2), DRAWING))
        self.assertEqual(maze.free.tolist(), [[True, False, True], [True, False, True], [True, True, True]])

    def test_splay(self):
        for options in (PLANES, {**PLANES, "observation": "rgb"}):
            maze = Maze(DRAWING, **options)
            cells, observations = maze.splay()
            self.assertEqual(cells, [(0, 0), (2, 0), (0, 1), (2, 1), (0, 2), (1, 2)])
            for cell, observation in zip(cells, observations, strict=True):
                other = Maze(DRAWING, **options)
                other.mouse = cell
                self.assertTrue(np.array_equal(other.observe(), observation))
            cells, observations = maze.splay("cheese", [(2, 2), (0, 1)])
            self.assertTrue(np.array_equal(observations[0], maze.observe()))
            maze.cheese = (0, 1)
            self.assertTrue(np.array_equal(observations[1], maze.observe()))

    def test_errors(self):
        maze = Maze(5, size=7, **PLANES)
        wall = next((x, y) for x in range(7) for y in range(7) if not maze.is_free((x, y)))

        def assign(name, value):
            return lambda: setattr(maze, name, value)

        for fragment, call in (("there is a wall", assign("mouse", wall)), ("outside", assign("mouse", (7, 0))),
                               ("outside", assign("cheese", (-1, 0))), ("uniform?", lambda: maze.place("uniforn")),
                               ("size is 8", lambda: Maze(1, size=8, **PLANES)), ("drawing", lambda: Maze("..\n..\n", **PLANES)),
                               ("the mouse", lambda: maze.set_free((0, 0), False)), ("splay('cat')", lambda: maze.splay("cat")),
                               ("size with a drawing", lambda: Maze(DRAWING, size=3)),
                               ("world_dim", lambda: Maze(1, world_dim=4))):
            with self.subTest(fragment), self.assertRaises(ValueError) as caught:
                call()
            self.assertIn(fragment, str(caught.exception))
            self.assertIn("hint:", str(caught.exception))
        self.assertEqual((maze.mouse, maze.cheese), ((0, 0), (6, 6)), "errors change nothing")


if __name__ == "__main__":
    unittest.main()
