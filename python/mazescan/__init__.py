"""procgen's mazes, equal to the bit and two orders of magnitude faster.

If Gymnasium is installed, `import mazescan` registers the environments "mazescan/Maze-v0" and "mazescan/MazeAisc-v0";
their classes are in `mazescan.gymnasium`. `World` is the vector of environments underneath, and `Maze`
a single maze that can be changed; both need numpy alone.
"""
from mazescan.maze import Maze
from mazescan._world import World

__version__ = "0.1.0"
__all__ = ["Maze", "World", "__version__"]


def _register() -> None:
    try:
        import gymnasium
    except ImportError:
        return
    for suffix, name in (("Maze-v0", "maze"), ("MazeAisc-v0", "maze_aisc")):
        if f"mazescan/{suffix}" not in gymnasium.registry:  # the module may be loaded again
            gymnasium.register(f"mazescan/{suffix}", entry_point="mazescan.gymnasium:MazeEnv",
                               vector_entry_point="mazescan.gymnasium:MazeVectorEnv", kwargs={"name": name, "observation": "rgb"})


_register()
