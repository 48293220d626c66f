"""Programs on the Linux below: each request is a function that makes the call."""


def drive(program):
    """Drive a program to its end; returns its value.  A call that fails is its OSError."""
    result, problem = None, None
    while True:
        try:
            request = program.throw(problem) if problem else program.send(result)
        except StopIteration as end:
            return end.value
        result = problem = None
        try:
            result = request()
        except OSError as error:
            problem = error
