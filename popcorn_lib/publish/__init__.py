"""From lessons to files that a lecturer can carry: one HTML file a lesson, and no network.

    python -m popcorn_lib.publish slides [notebooks...] --to build/slides
    python -m popcorn_lib.publish pages  [notebooks...] --to build/pages

A lesson passes through five short rooms.

    lesson     read it, number its cells, run it in a fresh kernel and an empty folder
    outputs    keep what lives without a kernel, refuse what would be dead or mute
    export     a template of ours turns cells into HTML; `sheets` cuts them into slides,
               `markdown` typesets maths as MathML, `ink` has the colours, light and dark
    audit      read the finished file as a browser would: nothing is loaded, no picture is mute
    build      write the file, and an index beside it

`fit` is for the tests: it asks a browser whether a slide holds what was put on it.
reveal.js comes from an installed package (`reveal`), so none of it is kept in this repository.
Nothing here is imported by `import popcorn_lib`.
"""


class PublishError(RuntimeError):
    """A lesson that cannot be published as it is; the text names the lesson, the cell and why."""
