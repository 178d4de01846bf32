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

create function llm_private.mark_dead_runs() returns int language plpgsql set search_path = '' as $$
-- Heartbeats come every fifteen seconds: a run that was silent for two minutes has died.
declare marked int;
begin
  update llm.training_runs r
     set status = 'failed', error_code = 'heartbeat_lost', resumable = true, finished_at = r.heartbeat_at
   where r.status = 'running' and r.heartbeat_at < now() - interval '2 minutes';
  get diagnostics marked = row_count;
  return marked;
end $$;

create function llm.list_runs(p_limit int default 20) returns setof llm.training_runs
language plpgsql security definer set search_path = '' as $$
-- The newest runs. Whoever looks marks those that have died.
begin
  perform llm_private.mark_dead_runs();
  return query select * from llm.training_runs r order by r.created_at desc, r.id limit p_limit;
end $$;

create function llm.start_run(p_run jsonb) returns uuid
language plpgsql security definer set search_path = '' as $$
-- Begin a run on a published dataset.
declare new_id uuid;
begin
  perform llm_private.mark_dead_runs();
  insert into llm.training_runs (id, dataset_id, recipe, recipe_sha256, recipe_body, fingerprint, worker)
  select (p_run ->> 'id')::uuid, d.id, p_run ->> 'recipe', p_run ->> 'recipe_sha256', p_run -> 'recipe_body',
         coalesce(p_run ->> 'fingerprint', ''), p_run ->> 'worker'
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

create function llm.take_run(p_run jsonb, p_known_dead uuid[] default '{}', p_fresh boolean default false) returns jsonb
language plpgsql security definer set search_path = '' as $$
-- Go on with the newest unfinished run of the same fingerprint, or begin one. One that another worker is at is left to it.
declare
  found_ llm.training_runs;
  print text := p_run ->> 'fingerprint';
begin
  -- Two that come at once must not both go on with the same run, nor both begin one.
  perform pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtext('llm.take_run'), pg_catalog.hashtext(print));
  perform llm_private.mark_dead_runs();
  if not p_fresh then
    select * into found_ from llm.training_runs r
     where r.fingerprint = print
       and (r.status = 'running' or (r.status in ('interrupted', 'failed') and r.resumable))
     order by r.created_at desc limit 1 for update;
  end if;
  if found_.status = 'running' and not found_.id = any (p_known_dead) then
    return jsonb_build_object('run_id', found_.id, 'busy', true, 'worker', found_.worker,
      'silent_s', extract(epoch from now() - found_.heartbeat_at));
  end if;
  if found_.id is null then
    return jsonb_build_object('run_id', llm.start_run(p_run), 'busy', false, 'attempt', 1);
  end if;
  update llm.training_runs r
     set status = 'running', attempt = r.attempt + 1, resumable = false, error_code = null, finished_at = null,
         heartbeat_at = now(), worker = p_run ->> 'worker'
   where r.id = found_.id;
  perform llm_private.audit(p_run ->> 'worker', 'resume', found_.id::text,
    jsonb_build_object('attempt', found_.attempt + 1, 'ended', coalesce(found_.error_code, found_.status)));
  return jsonb_build_object('run_id', found_.id, 'busy', false, 'attempt', found_.attempt + 1);
end $$;

create function llm.beat_run(p_run uuid, p_attempt int) returns text
language plpgsql security definer set search_path = '' as $$
-- A sign of life. Answers what has become of the run: anything but running means that this process must stop.
declare now_ llm.training_runs;
begin
  update llm.training_runs r
     set heartbeat_at = now(), status = 'running', error_code = null, resumable = false, finished_at = null
   where r.id = p_run and r.attempt = p_attempt
     -- It was taken for dead, and nobody has gone on with it.
     and (r.status = 'running' or (r.status = 'failed' and r.error_code = 'heartbeat_lost'));
  if found and not exists (
    -- By the data alone, which a withdrawal changes in its own transaction: consent itself is read when it matters.
    select from llm.training_runs r join llm.dataset_members m on m.dataset_id = r.dataset_id
      join llm.training_data t using (evaluation_id)
     where r.id = p_run and t.exclusion_reason = any ((select taint_reasons from llm.policy)::text[]))
  then
    return 'running';
  elsif found then
    perform llm.end_run(p_run, p_attempt, 'failed', 'consent_withdrawn', false);
    return 'withdrawn';
  end if;
  select * into now_ from llm.training_runs r where r.id = p_run;
  return case when now_.attempt <> p_attempt then 'taken_over' else coalesce(now_.status, 'unknown') end;
end $$;

create function llm.append_event(p_run uuid, p_kind text, p_payload jsonb, p_progress real default null) returns void
language plpgsql security definer set search_path = '' as $$
begin
  update llm.training_runs r set heartbeat_at = now(), progress = coalesce(p_progress, r.progress) where r.id = p_run;
  insert into llm.training_events (run_id, kind, payload) values (p_run, p_kind, p_payload);
end $$;

create function llm.end_run(p_run uuid, p_attempt int, p_status text, p_error_code text, p_resumable boolean) returns boolean
language plpgsql security definer set search_path = '' as $$
-- It did not succeed. False: it was not this process's to end any more.
begin
  update llm.training_runs r
     set status = p_status, error_code = p_error_code, resumable = p_resumable, finished_at = now()
   where r.id = p_run and r.attempt = p_attempt and p_status in ('failed', 'interrupted', 'cancelled')
     and (r.status = 'running' or (r.status = 'failed' and r.error_code = 'heartbeat_lost'));
  if not found then
    return false;
  end if;
  insert into llm.training_events (run_id, kind, payload)
  values (p_run, p_status, jsonb_build_object('error_code', p_error_code, 'resumable', p_resumable));
  return true;
end $$;

create function llm.cancel_run(p_run uuid, p_actor text, p_reason text) returns text
language plpgsql security definer set search_path = '' as $$
-- Nobody goes on with it: a process that is at it stops at its next sign of life. Answers cancelled; ended: it had already;
-- or unknown: there is no such run.
begin
  update llm.training_runs r set status = 'cancelled', error_code = 'cancelled', resumable = false, finished_at = now()
   where r.id = p_run and (r.status in ('queued', 'running', 'interrupted') or (r.status = 'failed' and r.resumable));
  if not found then
    return case when exists (select from llm.training_runs r where r.id = p_run) then 'ended' else 'unknown' end;
  end if;
  insert into llm.training_events (run_id, kind, payload) values (p_run, 'cancelled', jsonb_build_object('by', p_actor));
  perform llm_private.audit(p_actor, 'cancel', p_run::text, jsonb_build_object('reason', p_reason));
  return 'cancelled';
end $$;

create function llm.note_checkpoints(p_runs uuid[], p_stored boolean) returns void
language plpgsql security definer set search_path = '' as $$
-- Said before the first object of a run is stored, and after its last one is deleted.
begin
  update llm.training_runs r set checkpoints_stored = p_stored where r.id = any (p_runs);
end $$;

create function llm_private.has_lost_a_teacher(p_dataset uuid) returns boolean
language plpgsql stable set search_path = '' as $$
declare reasons text[] := (select p.taint_reasons from llm.policy p);
begin
  return exists (
    select from llm.dataset_members m left join llm.training_data t using (evaluation_id)
     where m.dataset_id = p_dataset
       and (t.exclusion_reason = any (reasons) or llm_private.teach_obstacle(m.evaluation_id) = any (reasons)));
end $$;
comment on function llm_private.has_lost_a_teacher is 'whether somebody whose speech is in the dataset has withdrawn since';

create function llm.runs_to_forget() returns setof uuid
language plpgsql stable security definer set search_path = '' as $$
-- Runs whose stored checkpoints must go: ended for good, idle for a week, or taught by somebody who has withdrawn.
begin
  return query
  select r.id from llm.training_runs r
   where r.checkpoints_stored
     and (r.status in ('succeeded', 'cancelled') or (r.status = 'failed' and not r.resumable)
       or (r.status in ('interrupted', 'failed') and r.finished_at < now() - interval '7 days')
       or (r.status <> 'running' and llm_private.has_lost_a_teacher(r.dataset_id)));
end $$;

create function llm.runs_of_withdrawn(p_runs uuid[]) returns setof uuid
language plpgsql stable security definer set search_path = '' as $$
-- Of these runs, those that were taught by somebody who has withdrawn: what a machine keeps of them must go.
begin
  return query select r.id from llm.training_runs r
   where r.id = any (p_runs) and llm_private.has_lost_a_teacher(r.dataset_id);
end $$;

create function llm.note_machine_swept(p_worker text, p_gone jsonb) returns void
language sql security definer set search_path = '' as $$
  -- What a training machine has deleted of people who have withdrawn: counts by kind.
  select llm_private.audit(p_worker, 'forget_here', '', p_gone);
$$;
