"""A tiny base that has read the training texts and can count in them, and has never seen a score.

The demo's base knows the few hundred words of its invented speeches and cannot tell other words apart. This one has the
same architecture and tokenizer. From the training split alone it learns to go on writing where a text stops (as in
domain-adaptive pre-training, Gururangan et al. 2020), and to note six facts that anyone can count, such as the number
of words, in the form of an answer (as the demo's base learns to note what is heard). What a text is worth is in
neither.
"""

import hashlib
import json
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from random import Random

import torch
from speechgrade_shared.digest import canonical_json
from speechgrade_shared.prompt import Message, defang, render_answer, render_messages
from speechgrade_shared.rubric import Rubric
from torch import Tensor
from torch.nn.functional import cross_entropy
from torch.nn.utils.rnn import pad_sequence
from transformers import MistralForCausalLM, PreTrainedTokenizerFast

from speechgrade_local.bench_trainer_quality.facts import Counted
from speechgrade_local.tiny_base.architecture import untrained_model
from speechgrade_local.tiny_base.batches import plain_ids, token_ids
from speechgrade_local.tiny_base.tokenizer import mistral_tokenizer
from speechgrade_local.tiny_base.vocabulary import SeenTokens

READER = "speechgrade/tiny-reader"
_COST_FILE = "cost.json"
_BUCKET = 8
Told = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Reading:
    """How it reads. ``judged``: the share of positions with a loss, for the output layer is most of the work."""

    epochs: int = 1
    noting: int = 2
    batch: int = 8
    noting_batch: int = 4
    rate: float = 3e-3
    warmup: int = 30
    least: int = 4
    """A token that is rarer than this in the training texts is one of the others."""
    judged: float = 0.5
    seed: int = 12


@dataclass(frozen=True, slots=True)
class Reader:
    """The folder in which the base lies, and what it cost to make."""

    home: Path
    seconds: float
    tokens: int


@dataclass(frozen=True, slots=True)
class _Sequence:
    numbers: Tensor
    judged_from: int
    is_note: bool


def ensure_reader(cache: Path, rubric: Rubric, texts: Sequence[str], reading: Reading, tell: Told) -> Reader:
    """The base that has read these texts; made on first use."""
    home = cache / _fingerprint(rubric, texts, reading)
    if not (home / _COST_FILE).is_file():
        began = time.monotonic()
        tokens = _make(home / READER, rubric, texts, reading, tell)
        (home / _COST_FILE).write_text(json.dumps({"seconds": time.monotonic() - began, "tokens": tokens}), "utf-8")
    cost = json.loads((home / _COST_FILE).read_text("utf-8"))
    return Reader(home, float(cost["seconds"]), int(cost["tokens"]))


def _make(folder: Path, rubric: Rubric, texts: Sequence[str], reading: Reading, tell: Told) -> int:
    torch.manual_seed(reading.seed)
    torch.set_num_threads(1)
    tokenizer = mistral_tokenizer()
    rng = Random(reading.seed)
    written = [[tokenizer.bos_token_id, *plain_ids(tokenizer, defang(text)), tokenizer.eos_token_id] for text in texts]
    counted_facts = Counted(texts)
    forms = [_noted(tokenizer, rubric, text, counted_facts) for text in texts]
    counted = Counter(token for ids in written for token in ids)
    asked = token_ids(tokenizer, render_messages(rubric, ""))
    frequent = [token for token, times in counted.items() if times >= reading.least]
    seen = SeenTokens([*frequent, *asked, *(token for ids, start in forms for token in ids[start:])])
    reads = [_Sequence(seen.numbers(ids), 1, is_note=False) for ids in written]
    fills = [_Sequence(seen.numbers(ids), start, is_note=True) for ids, start in forms]
    steps = [group for _ in range(reading.epochs) for group in _bucketed(reads, reading.batch, rng)]
    steps += [group for _ in range(reading.noting) for group in _bucketed(fills, reading.noting_batch, rng)]
    model = _taught(seen, steps, reading, tell)
    folder.mkdir(parents=True, exist_ok=True)
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return sum(len(one.numbers) for group in steps for one in group)


def _taught(seen: SeenTokens, steps: Sequence[Sequence[_Sequence]], reading: Reading, tell: Told) -> MistralForCausalLM:
    model = untrained_model(seen.size)
    optimizer = torch.optim.AdamW(model.parameters(), reading.rate, betas=(0.9, 0.98))
    for step, group in enumerate(steps):
        for settings in optimizer.param_groups:
            settings["lr"] = reading.rate * min(1.0, (step + 1) / reading.warmup) * (1 - step / len(steps))
        numbers = pad_sequence([one.numbers for one in group], batch_first=True)
        attention = pad_sequence([torch.ones_like(one.numbers) for one in group], batch_first=True)
        judged = torch.stack([_judged(one, numbers.shape[1], reading.judged) for one in group])[:, 1:]
        states = model.model(input_ids=numbers, attention_mask=attention).last_hidden_state[:, :-1]
        loss = cross_entropy(seen.weigh_others(model.lm_head(states[judged])), numbers[:, 1:][judged])
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        if step % 20 == 0:
            tell(f"reading: step {step} of {len(steps)}, loss {loss.item():.2f}")
    return seen.spread(model)


def _judged(one: _Sequence, width: int, share: float) -> Tensor:
    places = torch.arange(width)
    inside = (places >= one.judged_from) & (places < len(one.numbers))
    return inside if one.is_note else inside & (torch.rand(width) < share)


def _noted(tokenizer: PreTrainedTokenizerFast, rubric: Rubric, text: str, counted: Counted) -> tuple[list[int], int]:
    asked = render_messages(rubric, text)
    answer = Message("assistant", render_answer(counted.note(text, rubric)))
    return token_ids(tokenizer, [*asked, answer]), len(token_ids(tokenizer, asked))


def _bucketed(sequences: Sequence[_Sequence], size: int, rng: Random) -> list[list[_Sequence]]:
    drawn = rng.sample(sequences, len(sequences))
    groups: list[list[_Sequence]] = []
    for start in range(0, len(drawn), size * _BUCKET):
        chunk = sorted(drawn[start : start + size * _BUCKET], key=lambda one: len(one.numbers))
        groups += [chunk[at : at + size] for at in range(0, len(chunk), size)]
    rng.shuffle(groups)
    return groups


def _fingerprint(rubric: Rubric, texts: Sequence[str], reading: Reading) -> str:
    here = Path(__file__).parent
    code = [hashlib.sha256((here / name).read_bytes()).hexdigest() for name in ("reader.py", "facts.py")]
    made_by = {"reading": asdict(reading), "code": code, "rubric": rubric.as_dict(), "texts": list(texts)}
    return hashlib.sha256(canonical_json(made_by)).hexdigest()[:16]
