"""How one value goes from a thread on one instruction set to the same thread on another."""

from popcorn_lib.isa.moving import rules
from popcorn_lib.isa.moving.frames import Place, owner, read, write
from popcorn_lib.isa.moving.meaning import meant
from popcorn_lib.isa.moving.stackmap import Unmovable
from popcorn_lib.isa.moving.state import TOP
from popcorn_lib.isa.moving.steps import Step
from popcorn_lib.isa.moving.values import WORD, Scalar, reordered

ADDRESS = Scalar("", 0, WORD, "pointer", None)


class Carrier:
    """Carries values and notes each.

    before, after: the thread on both sides.  old, new: its frames there.  leave_out: see `move`.
    """

    def __init__(self, before, after, old, new, leave_out):
        self.before, self.after, self.old, self.new = before, after, old, new
        self.leave_out = leave_out

    def value(self, mine, theirs, source, target, whose, rule):
        """One number or pointer of a variable; the Step.

        mine, theirs: the Scalar on each side.  source, target: the variable's Places.
        whose: (frame, name), the frame None for a global.
        """
        frame, name = whose
        # DOC: value, it is read, converted and written
        raw = read(self.before, source, mine)
        carried, applied = self._converted(raw, mine, rule)
        full = f"{frame.function}.{name}" if frame else name
        if not {full, rule} & self.leave_out:
            write(self.after, target, theirs, carried)
        # DOC: end
        value = meant(self.before, self.old, raw, mine)
        places = _into(source, mine), _into(target, theirs)
        names = frame, name + mine.path, mine.type
        return self._step(
            names, places, raw, read(self.after, target, theirs), value, applied, full
        )

    def address(self, frame, name, source, target, right, instead, rule):
        """One address that the compiler and not the program needs; the Step.

        right: what belongs there on the new side.  instead: what stands there if the rule is left
        out.  source: None if the old side has no such thing.
        """
        raw = read(self.before, source, ADDRESS) if source else b""
        value = instead if rule in self.leave_out else right
        write(self.after, target, ADDRESS, value.to_bytes(WORD, self.after.isa.order))
        written = read(self.after, target, ADDRESS)
        return self._step(
            (frame, name, None), (source, target), raw, written, f"{right:#x}", (rule,)
        )

    def _converted(self, raw, scalar, rule):
        """(the bytes for the new side, the rules that were applied)."""
        # DOC: convert, a pointer is redirected, the bytes are turned
        applied = [rule]
        if scalar.kind == "pointer":
            raw, redirected = self._redirected(raw)
            applied += [rules.POINTERS] if redirected else []
        turned = reordered(raw, scalar, self.before.isa, self.after.isa)
        if turned is not raw:
            applied.append(rules.ORDER)
        return (raw if rules.ORDER in self.leave_out else turned), tuple(applied)
        # DOC: end

    def _redirected(self, raw):
        """(the pointer to the same variable in the new frames, whether it points to the stack)."""
        # DOC: redirect, a pointer into the stack points to the same variable
        order = self.before.isa.order
        address = int.from_bytes(raw, order)
        if not self.before.sp <= address < TOP:
            return raw, False  # every function and global has the same address everywhere
        if rules.POINTERS in self.leave_out:
            return raw, True
        found = owner(self.old, self.before.map.types, address)
        if found is None:
            raise Unmovable(f"{self.before.isa.name}: no variable lies at {address:#x}")
        frame, variable, into = found
        new = self.new[frame.number]
        right = new.cfa + new.site.variable(variable.name).offset + into
        return right.to_bytes(WORD, order), True
        # DOC: end

    def _step(self, names, places, before, after, value, applied, full=None):
        frame, name, type = names
        source, target = places
        return Step(
            frame.number if frame else None,
            frame.function if frame else None,
            name,
            type,
            source,
            target,
            source.on(self.before.isa) if source else "nowhere",
            target.on(self.after.isa),
            before,
            after,
            value,
            applied,
            tuple(one for one in (*applied, full) if one in self.leave_out),
            self._pointed(self.old, before, self.before) if rules.POINTERS in applied else None,
            self._pointed(self.new, after, self.after) if rules.POINTERS in applied else None,
        )

    @staticmethod
    def _pointed(frames, raw, thread):
        """The number of the frame to whose variable a pointer points; None if to none."""
        found = owner(frames, thread.map.types, int.from_bytes(raw, thread.isa.order))
        return found and found[0].number


def _into(place, scalar):
    """The place of a part of a variable."""
    return place if place.register is not None else Place(place.address + scalar.offset)
