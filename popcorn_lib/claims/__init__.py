"""Published claims beside what this model gives, row by row; docs/claims.md is made from it.

table()             a pandas DataFrame, a row for each claim that the model can speak about
outside()           the published headline claims that it cannot, and why
page()              both, and what conclusions hang on, as the text of docs/claims.md
"""

from popcorn_lib.claims.compare import CLAIMS, outside, table
from popcorn_lib.claims.pages import page
from popcorn_lib.claims.rows import Claim

__all__ = ["CLAIMS", "Claim", "outside", "page", "table"]
