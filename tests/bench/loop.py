"""What both scripts beside this file take for granted: the loop's settings, and which facts can be edited."""

import json
from pathlib import Path

SETTINGS = {"v_lr": 0.5, "v_weight_decay": 0.5, "clamp_norm_factor": 0.75, "kl_factor": 0.0625}


def add_arguments(parser):
    """Model, facts and settings of the loop"""
    existing = lambda text: Path(text).resolve()
    parser.add_argument("--model", required=True, type=existing, help="a GGUF file")
    parser.add_argument("--data", required=True, type=existing, help="BMIKE-53 zsre.json")
    parser.add_argument("--layer", type=int, required=True, help="l*, from 0")
    parser.add_argument("--steps", type=int, default=25)
    for name, x in SETTINGS.items():
        parser.add_argument(flag(name), type=float, default=x)
    return parser


def flag(name):
    return "--" + name.replace("_", "-")


def settings(args):
    """The loop's settings by the names of `langedit edit --set`"""
    return {name: getattr(args, name) for name in SETTINGS}


def usable(path, languages):
    """(record, language, row) of a BMIKE-53 file wherever the subject stands in the prompt, once, and there is an answer."""
    for record in json.loads(path.read_text(encoding="utf-8")):
        for language in languages:
            row = record.get(language)
            if row and row["alt"] and row["subject"] and row["src"].count(row["subject"]) == 1:
                yield record, language, row
