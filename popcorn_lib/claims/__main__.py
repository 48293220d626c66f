"""Write docs/claims.md: `python -m popcorn_lib.claims`."""

from pathlib import Path

from popcorn_lib.claims import page

if __name__ == "__main__":
    path = Path(__file__).resolve().parent.parent.parent / "docs" / "claims.md"
    path.write_text(page(), encoding="utf-8")
    print(f"written: {path.name}")
