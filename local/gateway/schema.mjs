/** Prints the tables of the schemas auth and storage as @supabase/lite needs them. */
import { getAuthSchemaSql, getStorageSchemaSql } from "@supabase/lite";

process.stdout.write(`${getAuthSchemaSql()}\n${getStorageSchemaSql()}\n`);
