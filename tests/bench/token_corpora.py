"""Texts to count, made of what Debian's packages bring: English prose, source code, and messages in many scripts."""
import gettext
import pathlib
import pydoc_data.topics

LIMIT = 4_000_000  # bytes of each


def english() -> str:
    """The Python manual, and the licences."""
    licences = sorted(pathlib.Path("/usr/share/common-licenses").glob("*"))
    texts = [*pydoc_data.topics.topics.values(), *(path.read_text(errors="replace") for path in licences if path.is_file())]
    return "\n".join(texts)


def code() -> str:
    """C++ headers and Python modules, by turns."""
    headers = sorted(pathlib.Path("/usr/include/c++").glob("*/bits/*.h"))
    modules = sorted(pathlib.Path(gettext.__file__).parent.glob("*.py"))
    paths = [path for pair in zip(headers, modules) for path in pair]
    return "\n".join(path.read_text(errors="replace") for path in paths)


def mixed_scripts() -> str:
    """The names of countries and languages in a hundred languages (package iso-codes), a few of each by turns."""
    catalogues = []
    for path in sorted(pathlib.Path("/usr/share/locale").glob("*/LC_MESSAGES/iso_*.mo")):
        try:
            with path.open("rb") as file:
                messages = [text for text in gettext.GNUTranslations(file)._catalog.values() if text]
        except (OSError, UnicodeDecodeError):
            continue
        catalogues.append([", ".join(messages[i : i + 8]) for i in range(0, len(messages), 8)])
    longest = max(map(len, catalogues), default=0)
    return "\n".join(lines[i] for i in range(longest) for lines in catalogues if i < len(lines))


def write_all(folder: pathlib.Path) -> dict[str, pathlib.Path]:
    """A file for each kind of text, by its name."""
    paths = {}
    for name, text in {"English": english(), "code": code(), "mixed scripts": mixed_scripts()}.items():
        path = folder / name.replace(" ", "_")
        path.write_bytes(text.encode()[:LIMIT].decode(errors="ignore").encode())
        paths[name] = path
    return paths
