-- Adapters: registered, judged, retired, purged. Their aliases are moved in the next file.

create function llm.register_adapter(p_adapter jsonb) returns jsonb
language plpgsql security definer set search_path = '' as $$
-- The objects are verified: name the adapter, and end its run. One whose data has lost a consent is born tainted.
declare
  row_ llm.adapters;
  withdrawn int;
  reasons text[] := (select p.taint_reasons from llm.policy p);
begin
  -- A withdrawal that comes at this moment is waited for and seen, or waits and sees this adapter.
  lock table llm.adapters in share row exclusive mode;
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

create function llm_private.scope_text(p_kind text, p_scope text) returns text
language sql immutable set search_path = '' as $$
  select case when p_kind = 'default' then p_kind else p_kind || ':' || p_scope end;
$$;
comment on function llm_private.scope_text is 'a scope as the command line writes it: default, or course:<id>';

create function llm_private.failed_checks(p_gate jsonb) returns jsonb
language sql immutable set search_path = '' as $$
  -- The names of the checks that a gate did not pass; one without an outcome has not passed.
  select coalesce(jsonb_agg(c -> 'name') filter (where coalesce((c ->> 'passed')::boolean, false) is false), '[]')
    from jsonb_array_elements(coalesce(p_gate -> 'checks', '[]')) as c;
$$;

create function llm.record_gate(p_digest text, p_gate jsonb, p_actor text) returns jsonb
language plpgsql security definer set search_path = '' as $$
-- What a later evaluation found takes the place of the gate that the adapter was registered with.
begin
  if not exists (select from llm.datasets d where d.digest = p_gate ->> 'dataset') then
    return jsonb_build_object('recorded', false, 'reason', 'dataset_unknown');
  end if;
  update llm.adapters a set gate = p_gate where a.digest = p_digest;
  if not found then
    return jsonb_build_object('recorded', false, 'reason', 'adapter_unknown');
  end if;
  perform llm_private.audit(p_actor, 'record_gate', p_digest, jsonb_build_object('dataset', p_gate ->> 'dataset',
    'champion', p_gate ->> 'champion', 'failed', llm_private.failed_checks(p_gate)));
  return jsonb_build_object('recorded', true);
end $$;

create function llm.retire_adapter(p_digest text, p_actor text, p_reason text) returns jsonb
language plpgsql security definer set search_path = '' as $$
-- Out of use for good, without a withdrawal. Not while it may be asked.
declare adapter llm.adapters;
begin
  lock table llm.aliases in share row exclusive mode;
  select * into adapter from llm.adapters a where a.digest = p_digest for update;
  if not found then
    return jsonb_build_object('retired', false, 'reason', 'adapter_unknown');
  elsif adapter.status in ('tainted', 'purged') then
    return jsonb_build_object('retired', false, 'reason', 'adapter_' || adapter.status);
  elsif exists (select from llm.aliases l where l.adapter_digest = p_digest) then
    return jsonb_build_object('retired', false, 'reason', 'alias_points_to_it');
  elsif adapter.status <> 'retired' then
    update llm.adapters a set status = 'retired' where a.digest = p_digest;
    perform llm_private.audit(p_actor, 'retire', p_digest, jsonb_build_object('reason', p_reason));
  end if;
  return jsonb_build_object('retired', true, 'name', adapter.name);
end $$;

create function llm.complete_purge(p_digest text, p_actor text, p_reason text, p_objects int) returns jsonb
language plpgsql security definer set search_path = '' as $$
-- The objects of a tainted adapter are gone; its row and its digest stay, as the lineage of what was scored with it.
begin
  update llm.adapters a set status = 'purged', purged_at = now() where a.digest = p_digest and a.status = 'tainted';
  if found then
    perform llm_private.audit(p_actor, 'purge', p_digest, jsonb_build_object('reason', p_reason, 'objects', p_objects));
  end if;
  return (select jsonb_build_object('purged', a.status = 'purged') from llm.adapters a where a.digest = p_digest);
end $$;

create function llm.adapter_overview() returns jsonb
language sql stable security definer set search_path = '' as $$
  -- Every adapter, newest first, with what one decides by.
  select coalesce(jsonb_agg(jsonb_build_object(
    'digest', a.digest, 'name', a.name, 'status', a.status, 'base', a.base_model || '@' || a.base_revision,
    'dataset', d.digest, 'run', a.run_id, 'created_at', a.created_at, 'mae', a.metrics #> '{test,who,adapter,mae}',
    'gate', a.gate, 'failed', llm_private.failed_checks(a.gate), 'taint_reason', a.taint_reason,
    'tainted_at', a.tainted_at, 'purged_at', a.purged_at, 'files', (select coalesce(jsonb_agg(f order by f), '[]')
      from jsonb_object_keys(case jsonb_typeof(a.files) when 'object' then a.files else '{}' end) as f),
    'aliases', (select coalesce(jsonb_agg(llm_private.scope_text(l.scope_kind, l.scope_id) || ' ' || l.alias
                  order by l.scope_kind, l.scope_id, l.alias), '[]')
                  from llm.aliases l where l.adapter_digest = a.digest))
    order by a.created_at desc, a.digest), '[]')
  from llm.adapters a join llm.datasets d on d.id = a.dataset_id;
$$;
