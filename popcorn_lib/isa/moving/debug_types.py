"""Types as DWARF tells them, in the short form of a stack map."""

KINDS = {4: "float", 6: "text", 8: "text"}  # DW_ATE_float, _signed_char, _unsigned_char
SAME = {"DW_TAG_typedef", "DW_TAG_const_type", "DW_TAG_volatile_type"}


class Types:
    """Collects the types that a program's variables have.

    found: name -> [kind, bytes, ...], see `stackmap.StackMap.types`.
    """

    def __init__(self):
        self.found = {}

    def name(self, die):
        """The name of the type of a variable or member, noted with all that it is made of."""
        type = self._resolved(die)
        name = self._spelt(type)
        if name not in self.found:
            self.found[name] = None  # a struct may point to itself
            self.found[name] = self._described(type)
        return name

    def _resolved(self, die):
        type = die.get_DIE_from_attribute("DW_AT_type")
        return self._resolved(type) if type.tag in SAME else type

    def _spelt(self, type):
        if type.tag == "DW_TAG_pointer_type":
            inner = self._resolved(type)
            return "pointer to " + self._spelt(inner)
        if type.tag == "DW_TAG_subroutine_type":
            return "function"
        if type.tag == "DW_TAG_array_type":
            return f"{self._spelt(self._resolved(type))}[{_count(type)}]"
        prefix = "struct " if type.tag == "DW_TAG_structure_type" else ""
        return prefix + type.attributes["DW_AT_name"].value.decode()

    def _described(self, type):
        if type.tag == "DW_TAG_array_type":
            inner = self.name(type)
            kind, size = self.found[inner][:2]
            size *= _count(type)
            return ["text", size] if kind == "text" else ["array", size, inner]
        size = type.attributes["DW_AT_byte_size"].value
        if type.tag == "DW_TAG_pointer_type":
            return ["pointer", size]
        if type.tag == "DW_TAG_structure_type":
            return ["struct", size, [self._member(one) for one in type.iter_children()]]
        return [KINDS.get(type.attributes["DW_AT_encoding"].value, "integer"), size]

    def _member(self, die):
        at = die.attributes["DW_AT_data_member_location"].value
        return [die.attributes["DW_AT_name"].value.decode(), at, self.name(die)]


def _count(array):
    [bounds] = array.iter_children()
    return bounds.attributes["DW_AT_upper_bound"].value + 1
