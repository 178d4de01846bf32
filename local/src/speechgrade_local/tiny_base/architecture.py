"""The tiny model's shape: Mistral's architecture and vocabulary in two narrow layers, just enough to find and count."""

import torch
from transformers import MistralConfig, MistralForCausalLM

VOCABULARY = 32_000
_EMBEDDING_SPREAD = 0.3
_MATCHING_SPREAD = 0.08
_OUTPUT_SPREAD = 0.05


def tiny_config(vocabulary: int = VOCABULARY) -> MistralConfig:
    """About 8.5 million parameters, nearly all of them the embedding and the output layer."""
    return MistralConfig(
        architectures=["MistralForCausalLM"],
        vocab_size=vocabulary,
        hidden_size=128,
        intermediate_size=256,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=4,
        head_dim=32,
        max_position_embeddings=4096,
        # As in Mistral v0.2: most of a head's dimensions turn slowly, so like tokens match over a whole speech.
        rope_parameters={"rope_type": "default", "rope_theta": 1e6},
        sliding_window=None,
        bos_token_id=1,
        eos_token_id=2,
        pad_token_id=0,
        tie_word_embeddings=False,
        initializer_range=0.05,
    )


def untrained_model(vocabulary: int) -> MistralForCausalLM:
    """A model whose attention begins by finding like tokens and passing them on.

    So small a model otherwise spends most of its pre-training before it finds anything (cf. mimetic initialization,
    Trockman and Kolter 2023).
    """
    model = MistralForCausalLM(tiny_config(vocabulary))
    with torch.no_grad():
        for layer in model.model.layers:
            attention = layer.self_attn
            torch.nn.init.normal_(attention.q_proj.weight, std=_MATCHING_SPREAD)
            attention.k_proj.weight.copy_(attention.q_proj.weight)
            torch.nn.init.normal_(attention.v_proj.weight, std=_MATCHING_SPREAD)
            attention.o_proj.weight.copy_(attention.v_proj.weight.T)
        torch.nn.init.normal_(model.model.embed_tokens.weight, std=_EMBEDDING_SPREAD)
        model.lm_head.weight.copy_(model.model.embed_tokens.weight * (_OUTPUT_SPREAD / _EMBEDDING_SPREAD))
    return model
