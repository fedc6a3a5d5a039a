"""`yuzhou audit prove|verify|verify-log|heads|rotate-key`."""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from uuid import UUID

from yuzhou.kernel import acts
from yuzhou.kernel.actor import Actor
from yuzhou.kernel.audit import checking, heads, proofs, signing
from yuzhou.kernel.audit.contracts import Finding
from yuzhou.kernel.errors import YuzhouError, message_for
from yuzhou.kernel.ids import urn
from yuzhou.kernel.transactions import acting_as

COMMAND_LINE = Actor.system("command line")


def run(arguments: Sequence[str]) -> int:
    """Prove that an entry is in the audit log, check such a proof, or check the whole log."""
    parser = argparse.ArgumentParser(prog="yuzhou audit", description=run.__doc__)
    commands = parser.add_subparsers(required=True, metavar="prove|verify|verify-log|heads|rotate-key")
    prove = commands.add_parser("prove", help="print the proof of an entry as JSON")
    prove.add_argument("entry", type=UUID, help="the entry's id")
    prove.set_defaults(act=_prove)
    verify = commands.add_parser("verify", help="check a proof; needs the public key only")
    verify.add_argument("file", type=Path, help="the proof")
    verify.add_argument("--key", type=Path, help="the public key (PEM); by default those of the data folder")
    verify.set_defaults(act=_verify)
    commands.add_parser("verify-log", help="check every entry, hash and head").set_defaults(act=_verify_log)
    commands.add_parser("heads", help="print the newest signed heads").set_defaults(act=_heads)
    commands.add_parser("rotate-key", help="retire the signing key and make another").set_defaults(act=_rotate)
    options = parser.parse_args(arguments)
    try:
        code: int = options.act(options)
    except YuzhouError as error:
        sys.stderr.write(message_for(error) + "\n")
        return 1
    return code


def _prove(options: argparse.Namespace) -> int:
    heads.tick()
    heads.sign_head()
    print(json.dumps(proofs.make_proof(options.entry), ensure_ascii=False, indent=1))
    return 0


def _verify(options: argparse.Namespace) -> int:
    if options.key:
        key = signing.read_public_key(options.key)
        keys = {signing.key_name(key): key}
    else:
        keys = signing.public_keys()
    try:
        proof = json.loads(options.file.read_text(encoding="utf-8"))
    except ValueError:
        proof = {}
    findings = proofs.check_proof(proof, keys)
    _tell(findings)
    if not findings:
        print(f"good: entry {proof['entry']['id']} is number {proof['index']} of {proof['head']['size']}")
    return 1 if findings else 0


def _verify_log(options: argparse.Namespace) -> int:
    report = checking.check_log()
    _tell(report.findings)
    state = "good" if report.is_sound else "BAD"
    print(f"{state}: {report.size} entries, {report.pending} not ordered yet, {report.heads} heads, root {report.root.hex()}")
    return 0 if report.is_sound else 1


def _heads(options: argparse.Namespace) -> int:
    for head in heads.list_heads():
        print(json.dumps(heads.head_json(head)))
    return 0


def _rotate(options: argparse.Namespace) -> int:
    name = signing.rotate_key()
    with acting_as(COMMAND_LINE):
        acts.record(actor=COMMAND_LINE, act="kernel.audit:rotate-key", subject=urn("audit-key", name))
    print(f"new signing key {name}")
    return 0


def _tell(findings: Sequence[Finding]) -> None:
    for finding in findings:
        print(f"{finding.code}: {finding.about}")
