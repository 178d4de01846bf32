-- What the trainer and the operator call.

create function llm.current_dataset() returns jsonb
language sql stable security definer set search_path = '' as $$
  select to_jsonb(d) from llm.datasets d where d.status = 'current';
$$;

create function llm.members_without_consent(p_dataset_digest text) returns int
language sql stable security definer set search_path = '' as $$
  -- Those without consent now, and those who were erased at their own request.
  select count(*)::int from llm.dataset_members m join llm.datasets d on d.id = m.dataset_id
    left join llm.training_data t using (evaluation_id)
   where d.digest = p_dataset_digest
     and (t.exclusion_reason = 'subject_erased' or not llm_private.may_teach(m.evaluation_id));
$$;

create function llm.start_run(p_run jsonb) returns uuid
language plpgsql security definer set search_path = '' as $$
-- Begin a run. Runs that have been silent for ten minutes have died, and are said to have.
declare new_id uuid;
begin
  update llm.training_runs r set status = 'failed', error_code = 'heartbeat_lost', finished_at = now()
   where r.status = 'running' and r.heartbeat_at < now() - interval '10 minutes';
  insert into llm.training_runs (id, dataset_id, recipe, recipe_sha256, recipe_body, worker)
  select (p_run ->> 'id')::uuid, d.id, p_run ->> 'recipe', p_run ->> 'recipe_sha256', p_run -> 'recipe_body', p_run ->> 'worker'
    from llm.datasets d where d.digest = p_run ->> 'dataset_digest' and d.status <> 'erased'
  on conflict (id) do update set heartbeat_at = now()
  returning id into new_id;
  if new_id is null then
    raise exception 'no such dataset' using errcode = 'no_data_found';
  end if;
  perform llm_private.audit(p_run ->> 'worker', 'train', new_id::text,
    jsonb_build_object('recipe', p_run ->> 'recipe', 'dataset', p_run ->> 'dataset_digest'));
  return new_id;
end $$;

create function llm.append_event(p_run uuid, p_kind text, p_payload jsonb, p_progress real default null) returns void
language plpgsql security definer set search_path = '' as $$
begin
  update llm.training_runs r set heartbeat_at = now(), progress = coalesce(p_progress, r.progress) where r.id = p_run;
  insert into llm.training_events (run_id, kind, payload) values (p_run, p_kind, p_payload);
end $$;

create function llm.fail_run(p_run uuid, p_status text, p_error_code text) returns void
language plpgsql security definer set search_path = '' as $$
begin
  update llm.training_runs r set status = p_status, error_code = p_error_code, finished_at = now()
   where r.id = p_run and r.status = 'running' and p_status in ('failed', 'cancelled');
  insert into llm.training_events (run_id, kind, payload) values (p_run, p_status, jsonb_build_object('error_code', p_error_code));
end $$;
