"""A plugin of detect-secrets: keys that their form gives away, even where their letters do not look random."""

import re
from collections.abc import Sequence

from detect_secrets.plugins.base import RegexBasedDetector


class KeyFormDetector(RegexBasedDetector):
    """Keys of Supabase, of the hub that the weights come from, of clouds, forges and package registries."""

    secret_type = "Key of a known form"  # noqa: S105  # pragma: allowlist secret
    denylist: Sequence[re.Pattern[str]] = (
        re.compile(
            r"(?<![A-Za-z0-9_])(?:sb_secret_(?=[\w-]*[0-9A-Z])[\w-]{16,}|sbp_[0-9a-f]{40}|hf_[A-Za-z0-9]{30,}|(?:AKIA|ASIA)[A-Z0-9]{16}"
            r"|gh[pousr]_[A-Za-z0-9]{36}|github_pat_\w{22,}|glpat-[\w-]{20,}|npm_[A-Za-z0-9]{36}|pypi-[\w-]{40,})"
        ),
    )
