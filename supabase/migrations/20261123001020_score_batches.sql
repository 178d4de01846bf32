-- Many scores at once: one row for the whole, and one row of llm.scores for each.

create function llm.accept_batch(p_batch jsonb) returns jsonb
language plpgsql security definer set search_path = '' as $$
-- Keep a batch: of the evaluations that are named, or of all living ones of a course that have a transcript. Verdicts:
-- accepted, conflict (the key was used for another), course_unknown, batch_empty. Saying it twice keeps it once.
declare
  wanted llm.score_batches := jsonb_populate_record(null::llm.score_batches, p_batch);
  known llm.score_batches;
  ids uuid[];
begin
  select * into known from llm.score_batches b
   where b.id = wanted.id or (b.requested_by = wanted.requested_by and b.idempotency_key = wanted.idempotency_key);
  if found then
    return case when known.request_sha256 = wanted.request_sha256
      then jsonb_build_object('verdict', 'accepted', 'progress', llm.batch_progress(known.id))
      else jsonb_build_object('verdict', 'conflict') end;
  end if;
  if wanted.course_id is null then
    select array_agg(distinct v::uuid order by v::uuid) into ids from jsonb_array_elements_text(p_batch -> 'evaluation_ids') v;
  elsif not exists (select from public.courses c where c.id = wanted.course_id) then
    return jsonb_build_object('verdict', 'course_unknown');
  else
    select array_agg(e.id order by e.id) into ids from public.evaluations e
     where e.course_id = wanted.course_id and to_jsonb(e) ->> 'deleted_locally_at' is null and btrim(e.transcript) <> '';
  end if;
  if coalesce(cardinality(ids), 0) = 0 then
    return jsonb_build_object('verdict', 'batch_empty');
  end if;
  insert into llm.score_batches (id, course_id, requested_by, idempotency_key, request_sha256, total)
  values (wanted.id, wanted.course_id, wanted.requested_by, wanted.idempotency_key, wanted.request_sha256, cardinality(ids));
  insert into llm.scores (id, evaluation_id, batch_id, status, rank, requested_by, traceparent, give_up_at)
  select gen_random_uuid(), i, wanted.id, 'queued', 1, wanted.requested_by, p_batch ->> 'traceparent',
         now() + make_interval(secs => (p_batch ->> 'patience_s')::float8)
    from unnest(ids) as i;
  perform llm_private.audit(wanted.requested_by, 'score_batch', wanted.id::text,
    jsonb_build_object('course', wanted.course_id, 'total', cardinality(ids)));
  return jsonb_build_object('verdict', 'accepted', 'progress', llm.batch_progress(wanted.id));
end $$;

create function llm.batch_progress(p_id uuid) returns jsonb
language sql stable security definer set search_path = '' as $$
  -- How far a batch is; null when there is none.
  select jsonb_build_object('batch_id', b.id, 'course_id', b.course_id, 'requested_by', b.requested_by, 'total', b.total,
    'queued', count(*) filter (where s.status = 'queued'), 'running', count(*) filter (where s.status = 'running'),
    'scored', count(*) filter (where s.status in ('ok', 'fallback')),
    'unscored', count(*) filter (where s.status = 'unscored'),
    'cancelled', count(*) filter (where s.status = 'cancelled'),
    'is_done', count(*) filter (where s.status in ('queued', 'running')) = 0,
    'is_cancelled', b.cancelled_at is not null,
    'scores', coalesce(jsonb_agg(jsonb_build_object('score_id', s.id, 'evaluation_id', s.evaluation_id, 'status', s.status,
      'reason', s.reason) order by s.evaluation_id) filter (where s.id is not null), '[]'))
  from llm.score_batches b left join llm.scores s on s.batch_id = b.id where b.id = p_id group by b.id;
$$;

create function llm.cancel_batch(p_id uuid, p_actor text) returns jsonb
language plpgsql security definer set search_path = '' as $$
-- Take back what has not begun; what is being worked on ends as it would.
begin
  update llm.score_batches b set cancelled_at = now(), cancelled_by = p_actor where b.id = p_id and b.cancelled_at is null;
  if found then
    update llm.scores s set status = 'cancelled', reason = 'cancelled', request = null, ended_at = now()
     where s.batch_id = p_id and s.status = 'queued';
    perform llm_private.audit(p_actor, 'cancel_batch', p_id::text);
  end if;
  return llm.batch_progress(p_id);
end $$;
