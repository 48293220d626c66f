"""The defects that were there, as variants to choose."""

from popcorn_lib.variants.defects import DEFECTS


def defects(*mechanisms):
    """{name: {mechanism: class}} of the defects of these mechanisms."""
    return {
        f"defect: {defect.name}": {defect.mechanism: defect.variant}
        for defect in DEFECTS
        if defect.mechanism in mechanisms
    }
