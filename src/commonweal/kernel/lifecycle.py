"""States as data: which moves a noun knows, from which states, to which.

    DOOR = Lifecycle(
        noun="door",
        states=("shut", "open"),
        initial="shut",
        moves=(Move("open", "shut", to="open"), Move("close", "open", to="shut")),
    )
    DOOR.check("open", "shut")  # "open", or raises WrongState

One table per noun, in a room's `rules.py`. It refuses the wrong move, gives both ends of the
compare-and-swap, and is printed in `schema/lifecycles.md`. It never writes a state anywhere.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from commonweal.kernel.errors import UserError, fact

LIFECYCLES: dict[str, "Lifecycle"] = {}  # by noun


@fact
class WrongState(UserError):
    """The move exists, but not from the state that the thing is in."""

    says = 'The {noun} is {state}; "{move}" is possible only from {sources}.'
    noun: str
    move: str
    state: str
    allowed: tuple[str, ...]

    @property
    def message(self) -> str:
        """The sentence, with the names in it as words."""
        return super().message.replace("_", " ")

    @property
    def sources(self) -> str:
        """The allowed states as a person lists them: "a, b or c"."""
        *most, last = self.allowed
        return f"{', '.join(most)} or {last}" if most else last


@dataclass(frozen=True, init=False)
class Move:
    """A verb that takes a thing from any of `sources` to one state; `says` explains it in print."""

    name: str
    sources: tuple[str, ...]
    to: str
    says: str

    def __init__(self, name: str, *sources: str, to: str, says: str = "") -> None:
        vars(self).update(name=name, sources=sources, to=to, says=says)


@dataclass(frozen=True)
class Lifecycle:
    """The states and moves of one noun. Raises ValueError when made, unless they fit together."""

    noun: str
    states: tuple[str, ...]
    initial: str
    moves: tuple[Move, ...]

    def __post_init__(self) -> None:
        self._refuse("states named twice", _repeated(self.states))
        self._refuse("moves named twice", _repeated(move.name for move in self.moves))
        self._refuse("moves from nowhere", (move.name for move in self.moves if not move.sources))
        ends = [state for move in self.moves for state in (*move.sources, move.to)]
        self._refuse("unknown states", {self.initial, *ends} - set(self.states))
        self._refuse("states that nothing leads to", set(self.states) - self._reachable())
        if LIFECYCLES.setdefault(self.noun, self) != self:
            raise ValueError(f"{self.noun}: there is another lifecycle of that noun")

    def move(self, name: str) -> Move:
        """The move of that name. Raises KeyError when there is none, which is a defect of ours."""
        for move in self.moves:
            if move.name == name:
                return move
        raise KeyError(f"{self.noun} has no move {name!r}")

    def check(self, name: str, state: str) -> str:
        """The state to which the move leads from `state`. Raises WrongState if it does not."""
        move = self.move(name)
        if state not in move.sources:
            raise WrongState(self.noun, name, state, move.sources)
        return move.to

    def allowed(self, state: str) -> tuple[Move, ...]:
        """The moves that are possible from `state`, in the order of the table."""
        return tuple(move for move in self.moves if state in move.sources)

    def diagram(self) -> str:
        """The lifecycle in Mermaid's words; a state that nothing leaves is an end."""
        arrows = [f"[*] --> {self.initial}"]
        arrows += [f"{s} --> {move.to}: {move.name}" for move in self.moves for s in move.sources]
        arrows += [f"{state} --> [*]" for state in self.states if not self.allowed(state)]
        return "\n    ".join(["stateDiagram-v2", *arrows]) + "\n"

    def _reachable(self) -> set[str]:
        found, edge = {self.initial}, [self.initial]
        while edge:
            new = {move.to for move in self.allowed(edge.pop())} - found
            found |= new
            edge.extend(new)
        return found

    def _refuse(self, what: str, names: Iterable[str]) -> None:
        if listed := ", ".join(sorted(names)):
            raise ValueError(f"{self.noun}: {what}: {listed}")


def _repeated(names: Iterable[str]) -> set[str]:
    return {name for name, times in Counter(names).items() if times > 1}
