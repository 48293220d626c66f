"""One stepper in a page: opening it, and what it shows."""

SHOWN = "all => all.map(e => +e.dataset.i).sort((a, b) => a - b)"


def opened(page, shown):
    """Show a stepper in a page, its choices open; returns its root."""
    html = shown._repr_html_()
    page.set_content(f'<!doctype html><html lang="en"><title>Steps</title><body>{html}</body>')
    root = page.locator(".popcorn-stepper")
    root.locator(".choices summary").press("Enter")
    return root


def at(root):
    """The event that is shown."""
    return int(root.locator("output").inner_text().split(" of ")[0])


def shown_events(root):
    """The events that have a row of their own."""
    return root.locator(".diagram .e:not(.off)").evaluate_all(SHOWN)


def shown_folds(root):
    """(events, label) of the folds."""
    return root.locator(".diagram .f").evaluate_all(
        "all => all.map(f => [...f.querySelectorAll('text')].map(t => t.textContent))"
    )


def told(root):
    """What is said of what is shown, or looked at."""
    return root.locator(".told").inner_text()
