"""procgen's saved states: the bytes of get_state and set_state, as named values.

A state is a sequence of int32, float32 and strings (an int32, then so many bytes); a vector is its length, then its values.
procgenAISC writes five options more. Names are those of procgen's source.
"""
from __future__ import annotations

import struct
from typing import Any

import numpy as np

_WORDS, _SHIFT = 624, 397  # of the Mersenne Twister
_END = -889271554  # 0xCAFECAFE: the last int of a state

_AISC = "random_percent key_penalty step_penalty rand_region continue_after_coin"
# Kinds and names, in order. i: int32, f: float32, s: string, E: vector of entities, I: vector of int32.
_HEAD = ("i:version s:game_name i:paint_vel_info i:use_generated_assets i:use_monochrome_assets i:restrict_themes "
         "i:use_backgrounds i:center_agent i:debug_mode i:distribution_mode i:use_sequential_levels").split()
_OPTIONS_AISC = [f"i:{name}" for name in _AISC.split()]
_TAIL = ("i:use_easy_jump i:plain_assets i:physics_mode "
         "i:grid_step i:level_seed_low i:level_seed_high i:game_type i:game_n "
         "i:level_seed_rand_gen.is_seeded s:level_seed_rand_gen i:rand_gen.is_seeded s:rand_gen "
         "f:reward i:done i:level_complete i:action i:timeout i:current_level_seed i:prev_level_seed "
         "i:episodes_remaining i:episode_done i:last_reward_timer f:last_reward i:default_action i:fixed_asset_seed "
         "i:cur_time i:is_waiting_for_step i:grid_size E:entities "
         "i:use_procgen_background i:background_index f:bg_tile_ratio f:bg_pct_x f:char_dim i:last_move_action "
         "i:move_action i:special_action f:mixrate f:maxspeed f:max_jump f:action_vx f:action_vy f:action_vrot "
         "f:center_x f:center_y i:random_agent_start i:has_useful_vel_info i:step_rand_int "
         "i:asset_rand_gen.is_seeded s:asset_rand_gen i:main_width i:main_height i:out_of_bounds_object "
         "f:unit f:view_dim f:x_off f:y_off f:visibility f:min_visibility i:grid_width i:grid_height I:grid "
         "i:maze_dim i:world_dim i:end").split()
_ENTITY = ("f:x f:y f:vx f:vy f:rx f:ry i:type i:image_type i:image_theme i:render_z i:will_erase "
           "i:collides_with_entities f:collision_margin f:rotation f:vrot i:is_reflected i:fire_time i:spawn_time "
           "i:life_time i:expire_time i:use_abs_coords f:friction i:smart_step i:avoids_collisions i:auto_erase "
           "f:alpha f:health f:theta f:grow_rate f:alpha_decay f:climber_spawn_x").split()


def error(reason: str, hint: str = "bytes that get_state of procgen's maze returned") -> ValueError:
    """Returns the exception of a state that cannot be used."""
    return ValueError(f"the saved state of procgen cannot be used\n  reason: {reason}\n  hint:   {hint}")


class _Reader:
    def __init__(self, data: bytes):
        self._data, self._at = data, 0

    def take(self, count: int) -> bytes:
        if not 0 <= count <= len(self._data) - self._at:
            raise error("it ends too early")
        self._at += count
        return self._data[self._at - count:self._at]

    def value(self, kind: str) -> Any:
        if kind in "if":
            return struct.unpack("<" + kind, self.take(4))[0]
        count = self.value("i")
        if kind == "s":
            return self.take(count)
        if kind == "I":
            return np.frombuffer(self.take(4 * count), "<i4")
        if count > len(self._data):
            raise error("it ends too early")
        return [self.record(_ENTITY) for _ in range(count)]

    def record(self, fields: list[str]) -> dict[str, Any]:
        return {field[2:]: self.value(field[0]) for field in fields}

    def finished(self) -> bool:
        return self._at == len(self._data)


def read(data: bytes) -> dict[str, Any]:
    """Returns the values of a state of procgen or procgenAISC.

    Raises:
        ValueError: these are other bytes.
    """
    for fields in (_HEAD + _TAIL, _HEAD + _OPTIONS_AISC + _TAIL):
        reader = _Reader(bytes(data))
        try:
            values = reader.record(fields)
        except ValueError as caught:
            problem = caught
            continue
        if values["end"] == _END and reader.finished():
            return values
        problem = error("its last value is not procgen's mark of the end")
    raise problem


def _put(kind: str, value: Any) -> bytes:
    if kind in "if":
        return struct.pack("<" + kind, value)
    if kind == "s":
        return struct.pack("<i", len(value)) + value
    if kind == "I":
        return struct.pack("<i", len(value)) + np.asarray(value, "<i4").tobytes()
    return struct.pack("<i", len(value)) + b"".join(_record(_ENTITY, entity) for entity in value)


def _record(fields: list[str], values: dict[str, Any]) -> bytes:
    return b"".join(_put(field[0], values[field[2:]]) for field in fields)


def write(values: dict[str, Any]) -> bytes:
    """Returns the bytes of a state; procgenAISC's if it has the option rand_region."""
    aisc = _OPTIONS_AISC if "rand_region" in values else []
    return _record(_HEAD + aisc + _TAIL, {**values, "end": _END})


def _twisted(upper: int, lower: int, far: int) -> int:
    mixed = (upper & 0x80000000) | (lower & 0x7FFFFFFF)
    return far ^ (mixed >> 1) ^ (0x9908B0DF if mixed & 1 else 0)


def generator_text(numbers: list[int]) -> bytes:
    """Returns a generator of World.state as the C++ library prints a std::mt19937.

    mazescan twists a word when it is drawn, the library all of them at the first draw. numbers: words, then the position.
    """
    words, position = list(numbers[:-1]), numbers[-1]
    if position == 0:
        position = _WORDS
    for i in range(position, _WORDS):
        words[i] = _twisted(words[i], words[(i + 1) % _WORDS], words[(i + _SHIFT) % _WORDS])
    return " ".join(map(str, [*words, position])).encode()


def generator_numbers(text: bytes) -> list[int]:
    """Returns the generator that `text` describes; the inverse of generator_text.

    Raises:
        ValueError: this is no std::mt19937 of the GNU library, which procgen's wheels for Linux use.
    """
    try:
        numbers = [int(word) for word in text.split()]
    except ValueError:
        numbers = []
    if len(numbers) != _WORDS + 1 or not all(0 <= n < 2**32 for n in numbers) or numbers[-1] > _WORDS:
        raise error("its random generator is not 624 words and a position", "a state that procgen wrote on Linux")
    words, position = numbers[:-1], numbers[-1]
    # Undoes the twist of the words that are not drawn yet, from the last one on. A twist takes the highest bit of word i
    # and the other bits of word i + 1.
    for i in range(_WORDS - 1, position - 1, -1):
        mixed = words[i] ^ words[(i + _SHIFT) % _WORDS]
        odd = mixed >> 31  # the constant has the highest bit, mixed >> 1 has not
        mixed = ((mixed ^ (0x9908B0DF if odd else 0)) << 1) | odd
        before = words[i - 1] ^ words[(i - 1 + _SHIFT) % _WORDS]
        odd = before >> 31
        before = ((before ^ (0x9908B0DF if odd else 0)) << 1) | odd
        words[i] = (mixed & 0x80000000) | (before & 0x7FFFFFFF)
    return [*words, position % _WORDS]


# What a state has in every maze.
_CONSTANTS = {"version": 0, "use_generated_assets": 0, "use_easy_jump": 0, "plain_assets": 0, "physics_mode": 0,
              "grid_step": 1, "game_type": 0, "level_seed_rand_gen.is_seeded": 1, "rand_gen.is_seeded": 1, "timeout": 500,
              "episodes_remaining": 0, "default_action": 4, "is_waiting_for_step": 0, "use_procgen_background": 0,
              "bg_tile_ratio": 0.0, "char_dim": 5.0, "mixrate": 0.5, "maxspeed": 0.5, "max_jump": 0.5, "action_vrot": 0.0,
              "random_agent_start": 0, "has_useful_vel_info": 0, "asset_rand_gen.is_seeded": 0, "out_of_bounds_object": 51,
              "min_visibility": 0.0}
# Traces of the last step, which influence nothing: those after a step that stays in place.
_TRACES = {"action": 4, "episode_done": 0, "last_reward_timer": 0, "last_reward": -1.0, "last_move_action": 7, "move_action": 4,
           "special_action": 0, "action_vx": 0.0, "action_vy": 0.0, "step_rand_int": 0}
_MOUSE = {"vx": 0.0, "vy": 0.0, "rx": 0.5, "ry": 0.5, "type": 0, "image_type": 0, "image_theme": 0, "render_z": 1,
          "will_erase": 0, "collides_with_entities": 0, "collision_margin": 0.0, "rotation": 0.0, "vrot": 0.0, "fire_time": -1, "spawn_time": -1,
          "expire_time": -1, "use_abs_coords": 0, "friction": 1.0, "smart_step": 1, "avoids_collisions": 0, "auto_erase": 1,
          "alpha": 1.0, "health": 1.0, "theta": -100.0, "grow_rate": 1.0, "alpha_decay": 1.0, "climber_spawn_x": 0.0}
_SPACE, _WALL, _CHEESE = 100, 51, 2
_WORLD_DIMS = {0: 15, 1: 25, 10: 31}  # of distribution modes
_MEMORY = 10


def _seeded(seed: int) -> np.random.RandomState:
    return np.random.RandomState(seed & 0xFFFFFFFF)


def _text(random: np.random.RandomState) -> bytes:
    _, words, position, *_ = random.get_state()
    return " ".join(map(str, [*words.tolist(), position])).encode()


def _asset_seed(game_name: bytes) -> int:
    """Returns procgen's hash of a name: FNV-1a of 32 bits, as a signed number."""
    value = 0x811C9DC5
    for byte in game_name:
        value = (value ^ byte) * 0x1000193 % 2**32
    return value - 2**32 if value >= 2**31 else value


def values_of(state: Any, options: dict[str, Any], step: dict[str, Any]) -> dict[str, Any]:
    """Returns the values of a state.

    Args:
        state: of World.state.
        options: procgen's options of the environment, by their names in a state, and its game_name.
        step: game_n (its index) and the results of its last step: reward, done, level_complete, prev_level_seed.
    """
    world_dim = _WORLD_DIMS[options["distribution_mode"]]
    origin = (world_dim - state.size) // 2
    grid = np.full((world_dim, world_dim), _WALL, np.int32)
    maze = grid[origin:origin + state.size, origin:origin + state.size]
    maze[np.array(state.open, bool).reshape(maze.shape)] = _SPACE
    if state.cheese is not None:
        maze[state.cheese[1], state.cheese[0]] = _CHEESE
    x, y = (origin + at + 0.5 for at in state.mouse)
    memory = options["distribution_mode"] == _MEMORY
    view = np.float32(8) if memory else np.float32(world_dim)
    unit = np.float32(64) / view
    view_dim = np.float32(64.0 / float(unit))
    center = (x, y) if memory else (world_dim / 2, world_dim / 2)
    offset = [unit * (np.float32(at) - view_dim / np.float32(2)) for at in center]
    level = _seeded(state.level_seed)
    generator = _text(level)
    first = level._bit_generator.random_raw()  # pylint: disable=protected-access
    return {**_CONSTANTS, **_TRACES, **options, **step,
            "center_agent": int(memory), "fixed_asset_seed": _asset_seed(options["game_name"]),
            "level_seed_low": state.start_level if state.levels else 0,
            "level_seed_high": state.start_level + state.levels if state.levels else 2**31 - 1,
            "level_seed_rand_gen": generator_text(state.generator), "rand_gen": generator,
            "asset_rand_gen": _text(_seeded(5489)), "current_level_seed": state.level_seed, "cur_time": state.clock,
            "grid_size": world_dim**2, "background_index": state.background, "bg_pct_x": first / 2**32,
            "entities": [{**_MOUSE, "x": x, "y": y, "is_reflected": int(state.facing_right), "life_time": state.clock}],
            "center_x": center[0], "center_y": center[1], "x_off": offset[0], "y_off": offset[1], "unit": unit,
            "view_dim": view_dim, "visibility": view, "main_width": world_dim, "main_height": world_dim,
            "grid_width": world_dim, "grid_height": world_dim, "grid": grid.ravel(), "maze_dim": state.size,
            "world_dim": world_dim}


def _cell(index: float, origin: int, size: int) -> int:
    at = index - origin
    if not (at.is_integer() and 0 <= at < size):
        raise error("its mouse is not in the middle of a cell of the maze")
    return int(at)


def update(state: Any, values: dict[str, Any], options: dict[str, Any]) -> None:
    """Sets a state of World.state to the values, whose walls, cheese and mouse may have been changed.

    Raises:
        ValueError: they do not fit to an environment with these options.
    """
    for key in ("game_name", "distribution_mode", "use_backgrounds", "use_monochrome_assets", "use_sequential_levels",
                "rand_region"):
        if key in options and values.get(key, options[key]) != options[key]:
            raise error(f"{key} was {values[key]!r}, and is {options[key]!r} here", "an environment with the same options")
    if values["timeout"] != _CONSTANTS["timeout"] or values["use_generated_assets"]:
        raise error("it has another time limit, or generated pictures")
    world_dim = _WORLD_DIMS[options["distribution_mode"]]
    if len(values["grid"]) != world_dim**2 or len(values["entities"]) != 1:
        raise error("it has another grid, or more things than a mouse")
    grid = values["grid"].reshape(world_dim, world_dim)
    if not np.isin(grid, (_SPACE, _WALL, _CHEESE)).all():
        raise error("a cell is neither 100 (free) nor 51 (wall) nor 2 (cheese)")
    cheeses = np.argwhere(grid == _CHEESE).tolist()
    if len(cheeses) > 1:
        raise error(f"it has {len(cheeses)} cheeses", "at most one")
    # The maze lies in the middle of the grid. It is as large as procgen says, unless somebody opened cells around it.
    free = np.argwhere(grid != _WALL)
    size = values["maze_dim"]
    if size not in range(3, world_dim + 1, 2):
        raise error(f"its maze has size {size}", f"an odd number from 3 to {world_dim}")
    origin = (world_dim - size) // 2
    if len(free) and (free.min() < origin or free.max() >= world_dim - origin):
        size, origin = world_dim, 0
    mouse = values["entities"][0]
    state.level_seed, state.background, state.size = values["current_level_seed"], values["background_index"], size
    state.open = (grid[origin:origin + size, origin:origin + size] != _WALL).astype(int).ravel().tolist()
    state.mouse = (_cell(mouse["x"] - 0.5, origin, size), _cell(mouse["y"] - 0.5, origin, size))
    state.cheese = tuple(at - origin for at in reversed(cheeses[0])) if cheeses else None
    state.facing_right, state.clock = bool(mouse["is_reflected"]), values["cur_time"]
    low, high = values["level_seed_low"], values["level_seed_high"]
    state.levels, state.start_level = (0, 0) if (low, high) == (0, 2**31 - 1) else (high - low, low)
    state.generator = generator_numbers(values["level_seed_rand_gen"])
