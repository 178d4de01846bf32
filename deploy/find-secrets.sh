#!/bin/sh
# Looks for keys, tokens and passwords in what is, or could next be, committed; or in the files that are named.
#
#   deploy/find-secrets.sh [FILE…]
#
# Nothing is sent anywhere. A key that a test invented says so in itself: `of-the-tests`, `not used`, `invented`, `example`,
# `0123456789`. What else is no secret carries the comment `pragma: allowlist secret` on its line.
# Exit code: 0 none, 1 some (file, line and kind are printed, the secret is not).
set -eu
cd "$(dirname "$0")/.."

# Every detector costs a look at each line: the forms of keys that matter here are in one. Random letters and digits are found
# by their entropy, lower than usual, since a key of 32 letters can be less mixed than one expects.
set -- "$@" --no-verify --plugin deploy/key_forms.py --base64-limit 4.2 --disable-filter detect_secrets.filters.heuristic.is_indirect_reference
for detector in AWSKey Artifactory AzureStorageKey Cloudant DiscordBotToken GitHubToken GitLabToken IbmCloudIam IbmCosHmac \
  IPPublic Mailchimp Npm OpenAI PypiToken SendGrid Slack Softlayer SquareOAuth Stripe TelegramBotToken TwilioKey; do
  set -- "$@" --disable-plugin "${detector}Detector"
done
# Digests and revisions of what is public; sentences, words with hyphens between them, names of licences.
set -- "$@" --exclude-lines '(sha256|revision)"?[:=] ?"?[0-9a-f]{40,64}"?[],})]*$' \
  --exclude-secrets '(?i)of-the-tests|not used|invented|example|0123456789' --exclude-secrets '^(sb_publishable_\w+|whsec_&?)$' \
  --exclude-secrets '^\S+( \S+){5,}$' --exclude-secrets '^([A-Z_]+=)?[a-z]+(-[a-z]+)+$' --exclude-secrets '^LicenseRef-'

# What git would commit; where there is no checkout, all but what is installed or private.
candidates() {
  git ls-files -z --cached --others --exclude-standard -- ':!:*/identifiers/words/*.txt' 2> /dev/null ||
    find ./* .[a-z]* \( -name .git -o -name '.venv*' -o -name '.*cache' -o -name .local -o -name .hypothesis -o -name node_modules \
      -o -path '*/identifiers/words' \) -prune -o -type f ! -name .env -printf '%p\0' | sed -z 's:^\./::'
}

scan() {
  xargs -0 -r -n 100 -P 4 detect-secrets-hook "$@"
}

# Tests are full of words in the place of passwords; in them only what looks like a real key counts.
case $1 in
  --*)
    candidates | grep -zv '^tests/' | scan "$@" &&
      candidates | grep -z '^tests/' | scan "$@" --disable-plugin KeywordDetector
    ;;
  *) detect-secrets-hook "$@" ;;
esac || exit 1
