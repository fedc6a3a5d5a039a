"""`yuzhou new-domain`: scaffolds a domain of a third party, as a distribution of its own."""

import argparse
import keyword
import re
import sys
from pathlib import Path

SCAFFOLD = Path(__file__).resolve().parents[1] / "scaffold"
SUFFIX = ".tmpl"
RESERVED = {"accounts", "api", "desk", "domains", "healthz", "i18n", "metrics", "o", "static", "streams", "style"}
KEY = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")


class Refused(Exception):
    """The scaffold cannot be made; says why in both languages."""


def run(arguments: list[str]) -> int:
    """Write the files and say what to do next."""
    parser = argparse.ArgumentParser(prog="yuzhou new-domain", description="Scaffold a domain as a distribution of its own.")
    parser.add_argument("key", help="lower-case letters, digits and '-', such as green-roofs")
    parser.add_argument("--title-zh", help="title in Chinese (the key)")
    parser.add_argument("--title-en", help="title in English (from the key)")
    parser.add_argument("--into", type=Path, default=Path(), help="folder to put it in (here)")
    asked = parser.parse_args(arguments)
    try:
        folder = scaffold(asked.key, asked.into, title_zh=asked.title_zh, title_en=asked.title_en)
    except Refused as refusal:
        print(refusal, file=sys.stderr)
        return 2
    print(
        f"已建立领域骨架 · scaffolded in {folder}\n\n"
        f"  cd {folder}\n  python -m build --wheel\n  pip install dist/*.whl\n  yuzhou up\n\n"
        f"页面地址 · its page: /{asked.key}/"
    )
    return 0


def scaffold(key: str, into: Path, *, title_zh: str | None = None, title_en: str | None = None) -> Path:
    """Write the domain's files into a new folder below `into`; returns it. Raises Refused."""
    _check_key(key)
    folder = into / f"yuzhou-{key}"
    if folder.exists() and any(folder.iterdir()):
        raise Refused(f"{folder} 已存在且不为空 · exists and is not empty")
    words = {
        "__key__": key,
        "__distribution__": f"yuzhou-{key}",
        "__package__": f"yuzhou_{key.replace('-', '_')}",
        "__label__": key.replace("-", "_"),
        "__camel__": key.title().replace("-", ""),
        "__title_zh__": _title(title_zh or key),
        "__title_en__": _title(title_en or key.replace("-", " ").capitalize()),
    }
    for source in sorted(SCAFFOLD.rglob(f"*{SUFFIX}")):
        name = _filled(str(source.relative_to(SCAFFOLD)), words).removesuffix(SUFFIX)
        target = folder / (".gitignore" if name == "gitignore" else name)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(_filled(source.read_text(encoding="utf-8"), words), encoding="utf-8")
    return folder


def _check_key(key: str) -> None:
    """Raise Refused for a key that cannot name a Python package, or that an installed part has."""
    if not KEY.fullmatch(key) or keyword.iskeyword(key):
        raise Refused(f"{key}: 只能用小写字母、数字和连字符 · use lower-case letters, digits and '-' only")
    from yuzhou.kernel import registry

    taken = {mount.path.split("/")[0] for _, mount in registry.every("mounts")} | RESERVED
    if key in taken or key in {part.key for part in registry.parts()}:
        raise Refused(f"{key}: 名称已被占用 · the name is taken")


def _title(text: str) -> str:
    """A title that is safe within quotes of Python and TOML."""
    if re.search(r'["\\\x00-\x1f]', text):
        raise Refused(f"{text!r}: 标题不能含引号、反斜杠或控制字符 · no quotes, backslashes or control characters in titles")
    return text


def _filled(text: str, words: dict[str, str]) -> str:
    for name, word in words.items():
        text = text.replace(name, word)
    return text
