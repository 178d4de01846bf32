"""The real Mistral v1 tokenizer (that of Mistral-7B-Instruct-v0.2), made from mistral-common's data file.

transformers' own conversion ranks the merges by id and gives other ids than sentencepiece; here they are ranked by
score, as sentencepiece does.
"""

from pathlib import Path

import mistral_common
from sentencepiece import SentencePieceProcessor
from speechgrade_shared.prompt import CHAT_TEMPLATE
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers, processors
from transformers import PreTrainedTokenizerFast

MODEL_MAX_LENGTH = 4096


def mistral_tokenizer() -> PreTrainedTokenizerFast:
    """Build the tokenizer with our pinned chat template. It pads with ``<unk>``, on the right as training needs it."""
    source = Path(mistral_common.__file__).parent / "data" / "tokenizer.model.v1"
    pieces = SentencePieceProcessor(model_file=str(source))
    tokenizer = Tokenizer(_byte_pair_model(pieces))
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace("▁", prepend_scheme="first", split=False)
    tokenizer.decoder = decoders.Sequence(
        [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)]
    )
    special = ("<unk>", "<s>", "</s>")
    tokenizer.add_special_tokens([AddedToken(token, special=True, normalized=False) for token in special])
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A", pair="<s> $A <s> $B", special_tokens=[("<s>", pieces.bos_id())]
    )
    return PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]
        tokenizer_object=tokenizer,
        bos_token="<s>",
        eos_token="</s>",
        unk_token="<unk>",
        pad_token="<unk>",
        clean_up_tokenization_spaces=False,
        model_max_length=MODEL_MAX_LENGTH,
        chat_template=CHAT_TEMPLATE,
    )


def _byte_pair_model(pieces: SentencePieceProcessor) -> models.BPE:
    vocabulary = {pieces.id_to_piece(index): index for index in range(pieces.vocab_size())}
    ranked = sorted(vocabulary, key=lambda piece: -pieces.get_score(vocabulary[piece]))
    merges = [pair for piece in ranked for pair in _splits(piece, vocabulary)]
    return models.BPE(vocab=vocabulary, merges=merges, unk_token="<unk>", fuse_unk=True, byte_fallback=True)


def _splits(piece: str, vocabulary: dict[str, int]) -> list[tuple[str, str]]:
    cuts = ((piece[:cut], piece[cut:]) for cut in range(1, len(piece)))
    known = [(left, right) for left, right in cuts if left in vocabulary and right in vocabulary]
    return sorted(known, key=lambda pair: (vocabulary[pair[0]], vocabulary[pair[1]]))
