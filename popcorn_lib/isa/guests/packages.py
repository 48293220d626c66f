"""What the guests need from Debian, found or named: two emulators, and a kernel for each.

A kernel is taken from `/boot` if it lies there, else from our cache, else apt downloads its package
into that cache; nothing is installed and nobody need be root.  apt works on lists of its own in the
cache, so it can ask for another architecture than this machine's and leave the machine's alone.
The package is unpacked in memory, and only the kernel is kept.
"""

import io
import os
import shutil
import subprocess
import tarfile
from dataclasses import dataclass
from pathlib import Path

from popcorn_lib.errors import UsageError

BOOT = Path("/boot")
SECONDS = 300  # for one call of apt


@dataclass(frozen=True)
class Guest:
    """One of the two guests: which emulated machine runs which kernel.

    number: its number in the window.  qemu: the emulator, of the Debian package `emulator`.
    options: what the emulated machine is.  console: the device of its first serial line.
    kernel: the Debian package that asks for its newest kernel.  debian: Debian's name for its
    architecture.
    """

    name: str
    number: int
    qemu: str
    emulator: str
    options: tuple
    console: str
    kernel: str
    debian: str


GUESTS = {
    one.name: one
    for one in (
        Guest(
            "x86-64",
            0,
            "qemu-system-x86_64",
            "qemu-system-x86",
            ("-machine", "q35", "-cpu", "max"),
            "ttyS0",
            "linux-image-cloud-amd64",
            "amd64",
        ),
        Guest(
            "AArch64",
            1,
            "qemu-system-aarch64",
            "qemu-system-arm",
            ("-machine", "virt", "-cpu", "cortex-a57"),
            "ttyAMA0",
            "linux-image-cloud-arm64",
            "arm64",
        ),
    )
}


def missing():
    """The names of the Debian packages without which `boot` cannot work here; [] if it can.

    A kernel that apt could download is not missing.
    """
    tools = [one.emulator for one in GUESTS.values() if not shutil.which(one.qemu)]
    kernels = [one for one in GUESTS.values() if not kept(one)]
    if not kernels or (shutil.which("apt-get") and shutil.which("dpkg-deb")):
        return tools
    return tools + [f"{one.kernel}:{one.debian}" for one in kernels]


def needed():
    """Raises UsageError that names every missing package, and says how to get it."""
    if names := missing():
        raise UsageError(
            f"two real kernels need {', '.join(names)}: on Debian, apt install {' '.join(names)} "
            f"(of a kernel's package, boot/vmlinuz-* in {cache()} is enough); "
            "recorded() needs none of them"
        )


def cache():
    """The folder in which kernels are kept: POPCORN_KERNELS, or one in the user's cache."""
    own = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(os.environ.get("POPCORN_KERNELS") or Path(own, "popcorn_lib", "kernels"))


def kept(guest):
    """The newest kernel for a guest in our cache or in `/boot`, as a Path; None if there is none.

    One that cannot be read does not count: some systems keep theirs for root.
    """
    pattern = f"vmlinuz-*-cloud-{guest.debian}"
    found = [path for folder in (cache(), BOOT) for path in folder.glob(pattern)]
    return max((p for p in found if os.access(p, os.R_OK)), key=_version, default=None)


def kernel(guest):
    """The path of a kernel for a guest; downloaded if there is none.

    Raises UsageError with apt's own words if it cannot.
    """
    return kept(guest) or _downloaded(guest)


def _version(path):
    """6.1.0-9 is older than 6.1.0-56."""
    numbers = path.name.replace(".", "-").split("-")
    return [int(part) for part in numbers if part.isdigit()]


# ---- apt ----------------------------------------------------------------------------------------


def _downloaded(guest):
    folder = cache() / f"apt-{guest.debian}"
    try:
        for part in ("lists/partial", "archives/partial"):
            (folder / part).mkdir(parents=True, exist_ok=True)
        return _unpacked(guest, _package(guest, folder))
    except OSError as error:
        raise _no_kernel(guest, str(error)) from None
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _package(guest, folder):
    """Let apt put the package of a guest's newest kernel into a folder; its Path."""
    _apt(guest, folder, "apt-get", "-qq", "update")
    asked = _apt(guest, folder, "apt-cache", "depends", guest.kernel)
    newest = [line.split()[1] for line in asked.splitlines() if "Depends:" in line]
    if not newest:
        raise _no_kernel(guest, "apt knows no such package")
    _apt(guest, folder, "apt-get", "-qq", "download", newest[0])
    return next(folder.glob(f"{newest[0]}_*.deb"))


def _apt(guest, folder, tool, *words):
    """What a tool of apt says, run for the guest's architecture on lists in `folder`."""
    settings = {
        "APT::Architecture": guest.debian,
        "APT::Architectures": guest.debian,
        "Dir::State::lists": folder / "lists",
        "Dir::Cache": folder,
        "Dir::State::status": os.devnull,
        "APT::Sandbox::User": "",
        "Acquire::Retries": 0,
        "Acquire::http::Timeout": 15,
        "Acquire::https::Timeout": 15,
    }
    options = [word for pair in settings.items() for word in ("-o", "=".join(map(str, pair)))]
    return _said(guest, [tool, *options, *words], cwd=folder)


def _unpacked(guest, package):
    """Keep the kernel of a Debian package in our cache; its Path there."""
    files = _said(guest, ["dpkg-deb", "--fsys-tarfile", package], text=False)
    with tarfile.open(fileobj=io.BytesIO(files)) as tar:
        kernels = [one for one in tar if one.name.startswith("./boot/vmlinuz-")]
        if not kernels:
            raise _no_kernel(guest, f"{package.name} has no kernel")
        made = cache() / Path(kernels[0].name).name
        part = made.with_name(made.name + ".part")
        part.write_bytes(tar.extractfile(kernels[0]).read())
    return part.rename(made)


def _said(guest, command, **how):
    """What a tool writes to its output."""
    how = {"text": True, "timeout": SECONDS} | how
    try:
        return subprocess.run(command, capture_output=True, check=True, **how).stdout
    except subprocess.TimeoutExpired:
        raise _no_kernel(guest, f"{command[0]} took longer than {SECONDS} s") from None
    except subprocess.CalledProcessError as error:
        said = error.stderr if how["text"] else error.stderr.decode(errors="replace")
        raise _no_kernel(guest, said.strip()) from None


def _no_kernel(guest, why):
    return UsageError(
        f"no kernel for {guest.name}: {guest.kernel}:{guest.debian} was not to be had ({why}); "
        f"put its vmlinuz-*-cloud-{guest.debian} into {cache()}"
    )
