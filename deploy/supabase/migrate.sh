#!/bin/sh
# Applies the migrations of a folder in order, each once: sh migrate.sh FOLDER. The database is named by PGHOST and its kin.
set -eu

folder=$1
here=$(cd "$(dirname "$0")" && pwd)

for file in "$folder"/*.sql; do
    name=$(basename "$file" .sql)
    PGOPTIONS='-c client_min_messages=warning' psql --no-psqlrc --quiet --tuples-only --no-align \
        --set=ON_ERROR_STOP=1 --set=file="$file" --set=version="${name%%_*}" --set=name="${name#*_}" \
        --file="$here/migrate.sql"
done
psql --no-psqlrc --quiet --command="notify pgrst, 'reload schema'"
