-- Adapters: registered, promoted, rolled back.

create function llm.register_adapter(p_adapter jsonb) returns jsonb
language plpgsql security definer set search_path = '' as $$
-- The objects are verified: name the adapter, and end its run. One whose data has lost a consent is born tainted.
declare
  row_ llm.adapters;
  withdrawn int;
  reasons text[] := (select p.taint_reasons from llm.policy p);
begin
  row_ := jsonb_populate_record(null::llm.adapters, p_adapter || jsonb_build_object('created_at', now(), 'status', 'candidate'));
  select r.dataset_id into row_.dataset_id from llm.training_runs r where r.id = row_.run_id;
  select count(*) into withdrawn from llm.dataset_members m
    left join llm.training_data t using (evaluation_id)
   where m.dataset_id = row_.dataset_id
     and (t.exclusion_reason = any (reasons) or llm_private.teach_obstacle(m.evaluation_id) = any (reasons));
  if withdrawn > 0 then
    row_.status := 'tainted'; row_.tainted_at := now(); row_.taint_reason := 'consent_changed';
  end if;
  insert into llm.adapters select row_.* on conflict (digest) do nothing;
  update llm.training_runs r set status = 'succeeded', error_code = null, progress = 1, metrics = row_.metrics,
         finished_at = now(), heartbeat_at = now()
   where r.id = row_.run_id;
  perform llm_private.audit('trainer', 'register', row_.digest, jsonb_build_object('run', row_.run_id, 'status', row_.status));
  return (select jsonb_build_object('name', a.name, 'status', a.status) from llm.adapters a where a.digest = row_.digest);
end $$;

create function llm_private.move_alias(p_kind text, p_scope text, p_alias text, p_digest text, p_actor text, p_reason text)
returns void language plpgsql set search_path = '' as $$
begin
  insert into llm.aliases (scope_kind, scope_id, alias, adapter_digest, updated_by)
  values (p_kind, p_scope, p_alias, p_digest, p_actor)
  on conflict (scope_kind, scope_id, alias) do update
    set adapter_digest = excluded.adapter_digest, updated_at = now(), updated_by = excluded.updated_by;
  insert into llm.alias_history (scope_kind, scope_id, alias, adapter_digest, by, reason)
  values (p_kind, p_scope, p_alias, p_digest, p_actor, p_reason);
end $$;

create function llm.promote_adapter(p_digest text, p_actor text, p_reason text,
  p_scope_kind text default 'default', p_scope_id text default '', p_alias text default 'champion')
returns jsonb language plpgsql security definer set search_path = '' as $$
-- Let an adapter answer for a scope. A tainted one never does, whoever asks.
declare adapter llm.adapters;
begin
  select * into adapter from llm.adapters a where a.digest = p_digest for update;
  if not found then
    return jsonb_build_object('promoted', false, 'reason', 'adapter_unknown');
  end if;
  if adapter.status not in ('candidate', 'approved') then
    return jsonb_build_object('promoted', false, 'reason', 'adapter_' || adapter.status);
  end if;
  update llm.adapters a set status = 'approved' where a.digest = p_digest;
  perform llm_private.move_alias(p_scope_kind, p_scope_id, p_alias, p_digest, p_actor, p_reason);
  perform llm_private.audit(p_actor, 'promote', p_digest,
    jsonb_build_object('scope', p_scope_kind || ':' || p_scope_id, 'alias', p_alias, 'reason', p_reason));
  return jsonb_build_object('promoted', true, 'name', adapter.name);
end $$;

create function llm.rollback_alias(p_actor text, p_reason text,
  p_scope_kind text default 'default', p_scope_id text default '', p_alias text default 'champion')
returns jsonb language plpgsql security definer set search_path = '' as $$
-- Go back to the adapter that answered before, if it may still answer.
declare
  present text;
  previous text;
begin
  select a.adapter_digest into present from llm.aliases a
   where (a.scope_kind, a.scope_id, a.alias) = (p_scope_kind, p_scope_id, p_alias) for update;
  select h.adapter_digest into previous from llm.alias_history h
    join llm.adapters a on a.digest = h.adapter_digest and a.status = 'approved'
   where (h.scope_kind, h.scope_id, h.alias) = (p_scope_kind, p_scope_id, p_alias) and h.adapter_digest <> present
   order by h.id desc limit 1;
  if previous is null then
    return jsonb_build_object('rolled_back', false, 'reason', 'no_previous_adapter');
  end if;
  perform llm_private.move_alias(p_scope_kind, p_scope_id, p_alias, previous, p_actor, p_reason);
  perform llm_private.audit(p_actor, 'rollback', previous, jsonb_build_object('from', present, 'reason', p_reason));
  return jsonb_build_object('rolled_back', true, 'digest', previous);
end $$;
