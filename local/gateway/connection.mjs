import { PostgresConnection } from "@supabase/lite/postgres";
import { OperationNodeTransformer } from "kysely";

/**
 * lite's PostgreSQL connection, minus one habit: before its first request lite grants everything
 * on every schema with row level security to anon and authenticated. A hosted project does not,
 * so here the grants of the migrations decide.
 */
export class GrantedConnection extends PostgresConnection {
  constructor(config) {
    super(config);
    this.kysely = this.kysely.withPlugin(new JsonArguments());
  }

  async ensureRlsContext() {
    return true;
  }
}

/**
 * lite calls a function with `name := $1::jsonb` and gives JSON as text, which the driver would
 * quote once more, so that the function sees a string. `$1::text::jsonb` is read as it is meant.
 */
class JsonArguments extends OperationNodeTransformer {
  transformQuery({ node, queryId }) {
    return this.transformNode(node, queryId);
  }

  async transformResult({ result }) {
    return result;
  }

  transformRaw(node, queryId) {
    const raw = super.transformRaw(node, queryId);
    const [, value, type] = raw.parameters;
    const isArgument = raw.sqlFragments.join("|") === "| := |::|" && typeof value?.value === "string";
    if (!isArgument || !["json", "jsonb"].includes(type?.sqlFragments?.[0])) return raw;
    return { ...raw, sqlFragments: ["", " := ", "::text::", ""] };
  }
}
