-- Settling: what became of a claimed change is kept and acknowledged in one transaction.

create function llm_private.decided(p_item llm.training_data) returns llm.training_data
language plpgsql set search_path = '' as $$
-- The last word on an example, read again here and now: whoever may not teach is kept without any text.
declare reason text;
begin
  if p_item.status <> 'included' then
    return p_item;
  end if;
  reason := llm_private.teach_obstacle(p_item.evaluation_id);
  if reason is null and llm_private.is_erased(p_item.subject_hash) then
    reason := 'subject_erased';
  end if;
  reason := coalesce(reason, llm_private.keeps_out(p_item.example_id, p_item.evaluation_id));
  if reason is not null then
    return jsonb_populate_record(null::llm.training_data, jsonb_build_object(
      'evaluation_id', p_item.evaluation_id, 'status', 'excluded', 'exclusion_reason', reason,
      'subject_hash', p_item.subject_hash, 'example_id', p_item.example_id, 'settled_at', p_item.settled_at));
  end if;
  p_item.split := coalesce(
    (select s.split from llm.split_assignments s where s.subject_hash = p_item.subject_hash),
    (select t.split from llm.training_data t
      where t.subject_hash = p_item.subject_hash and t.status = 'included' and t.evaluation_id <> p_item.evaluation_id limit 1),
    p_item.split);
  return p_item;
end $$;

create function llm_private.keep(p_row llm.training_data) returns void
language plpgsql set search_path = '' as $$
begin
  insert into llm.training_data as t select p_row.*
  on conflict (evaluation_id) do update set
    status = excluded.status, exclusion_reason = excluded.exclusion_reason,
    subject_hash = coalesce(excluded.subject_hash, t.subject_hash), example_id = coalesce(excluded.example_id, t.example_id),
    split = coalesce(excluded.split, t.split), anonymized_transcript = excluded.anonymized_transcript,
    rubric = excluded.rubric, sections = excluded.sections, timeline_markers = excluded.timeline_markers,
    provenance = excluded.provenance, content_sha256 = excluded.content_sha256,
    anonymizer_version = excluded.anonymizer_version, renderer_version = excluded.renderer_version,
    settled_at = excluded.settled_at;
end $$;

create function llm_private.settle_one(p_worker text, p_item jsonb) returns text
language plpgsql set search_path = '' as $$
declare
  claim llm.change_queue;
  row_ llm.training_data;
begin
  row_ := jsonb_populate_record(null::llm.training_data, p_item);
  row_.settled_at := now();
  select * into claim from llm.change_queue q
   where q.evaluation_id = row_.evaluation_id and q.lease_owner = p_worker for update;
  if not found then
    return 'lease_lost';
  end if;
  if exists (select from llm.subject_keys k where k.key_hash = row_.subject_hash and k.subject_hash <> row_.subject_hash) then
    -- The person has got another name meanwhile, and the name is part of the example.
    update llm.change_queue q set lease_owner = null, lease_until = null where q.evaluation_id = row_.evaluation_id;
    return 'renamed';
  end if;
  row_ := llm_private.decided(row_);
  perform llm_private.keep(row_);
  if row_.status <> 'included' and row_.exclusion_reason = any ((select taint_reasons from llm.policy)::text[]) then
    perform llm_private.withdraw(p_worker, row_.evaluation_id, row_.exclusion_reason);
  end if;
  if claim.generation = (p_item ->> 'generation')::bigint then
    delete from llm.change_queue q where q.evaluation_id = row_.evaluation_id;
  else
    update llm.change_queue q set lease_owner = null, lease_until = null where q.evaluation_id = row_.evaluation_id;
  end if;
  return row_.status;
end $$;

create function llm.settle_changes(p_worker text, p_items jsonb) returns jsonb
language plpgsql security definer set search_path = '' as $$
-- Keep the outcome of claimed changes and acknowledge them. Consent is read again here; a lost lease changes nothing.
declare
  item jsonb;
  outcome text;
  outcomes jsonb := '{}';
begin
  for item in select value from jsonb_array_elements(p_items) order by value ->> 'evaluation_id' loop
    outcome := llm_private.settle_one(p_worker, item);
    outcomes := outcomes || jsonb_build_object(outcome, coalesce((outcomes ->> outcome)::int, 0) + 1);
  end loop;
  return outcomes;
end $$;

create function llm.fail_changes(p_worker text, p_ids uuid[], p_error_code text, p_is_counted boolean default true) returns int
language plpgsql security definer set search_path = '' as $$
-- Changes that could not be worked on: they leave the data until they can be read again, and die alone after five tries.
-- What failed because nobody answered is not counted: an outage must not use up the tries of every row.
declare failed uuid[];
begin
  -- Whoever locks several changes locks them in one order, so that no writer of the app ever meets us in a deadlock.
  perform from llm.change_queue q
   where q.evaluation_id = any (p_ids) and q.lease_owner = p_worker order by q.evaluation_id for update;
  with given_up as (
    update llm.change_queue q
       set attempts = q.attempts + p_is_counted::int, last_error = p_error_code, lease_owner = null,
           lease_until = now() + make_interval(secs => least(300, 2 ^ q.attempts)),
           dead_at = case when p_is_counted and q.attempts + 1 >= 5 then now() end
     where q.evaluation_id = any (p_ids) and q.lease_owner = p_worker
    returning q.evaluation_id)
  select coalesce(array_agg(g.evaluation_id), '{}') into failed from given_up g;
  update llm.training_data t
     set status = 'quarantined', exclusion_reason = 'processing_failed', anonymized_transcript = null, sections = null,
         timeline_markers = null, content_sha256 = null, settled_at = now()
   where t.evaluation_id = any (failed) and t.status = 'included';
  return cardinality(failed);
end $$;

create function llm.release_changes(p_worker text) returns int
language sql security definer set search_path = '' as $$
  -- A worker that stops in order gives back what it has not worked on.
  with mine as (
    select q.evaluation_id from llm.change_queue q where q.lease_owner = p_worker order by q.evaluation_id for update
  ), released as (
    update llm.change_queue q set lease_owner = null, lease_until = null
      from mine where q.evaluation_id = mine.evaluation_id returning 1)
  select count(*)::int from released;
$$;

create function llm.replay_dead(p_actor text) returns int
language plpgsql security definer set search_path = '' as $$
declare replayed int;
begin
  update llm.change_queue set dead_at = null, attempts = 0, lease_until = null where dead_at is not null;
  get diagnostics replayed = row_count;
  perform llm_private.audit(p_actor, 'replay', '', jsonb_build_object('changes', replayed));
  return replayed;
end $$;
