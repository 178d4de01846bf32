-- What the scorer calls.

create function llm.serving_state() returns jsonb
language sql stable security definer set search_path = '' as $$
  -- Every alias with its adapter, served or not: one that is not approved must be unloaded.
  select coalesce(jsonb_agg(jsonb_build_object(
    'scope_kind', l.scope_kind, 'scope_id', l.scope_id, 'alias', l.alias, 'servable', a.status = 'approved',
    'status', a.status, 'digest', a.digest, 'name', a.name, 'base_model', a.base_model, 'base_revision', a.base_revision,
    'renderer_version', a.renderer_version, 'lora_rank', a.lora_rank, 'object_prefix', a.object_prefix, 'files', a.files)
    order by l.scope_kind, l.scope_id, l.alias), '[]')
  from llm.aliases l join llm.adapters a on a.digest = l.adapter_digest;
$$;

create function llm.read_for_scoring(p_evaluation uuid) returns jsonb
language sql stable security definer set search_path = '' as $$
  -- An evaluation with its rubric and roster; null when there is none.
  select r from llm.read_evaluations(array[p_evaluation]) as r where r -> 'evaluation' <> 'null'::jsonb;
$$;
