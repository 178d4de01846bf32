-- What a scorer calls about single scores. A row is leased by whoever works on it; a lease that runs out is anybody's.

create function llm.read_for_scoring(p_evaluation uuid) returns jsonb
language plpgsql stable security definer set search_path = '' as $$
-- An evaluation with its rubric and roster, what it belongs to, and what that allows; null when there is none. Only what
-- scoring needs: consent, earlier scores and the app's history of corrections have no say in a score.
declare
  unread constant text[] := '{sections,corrections,model_output_original,timeline_markers,video_notes}';
  evaluation jsonb;
  course jsonb;
  instructor public.user_profiles;
  data jsonb;
begin
  select to_jsonb(e) into evaluation from public.evaluations e where e.id = p_evaluation;
  if evaluation is null or evaluation ->> 'deleted_locally_at' is not null then
    return null;
  end if;
  data := evaluation -> 'evaluation_data';
  select to_jsonb(c) into course from public.courses c where c.id = (evaluation ->> 'course_id')::uuid;
  select * into instructor from public.user_profiles p where p.id = (evaluation ->> 'instructor_id')::uuid;
  return jsonb_build_object(
    'evaluation_id', p_evaluation,
    'evaluation', jsonb_build_object('transcript', evaluation -> 'transcript',
      'evaluation_data', case when jsonb_typeof(data) = 'object' then data - unread else data end),
    'rubric', (select to_jsonb(r) from public.rubrics r where r.id = (evaluation ->> 'rubric_id')::uuid),
    'roster', jsonb_build_object('instructor_name', instructor.full_name, 'instructor_email', instructor.email,
      'courses', jsonb_build_array(course ->> 'name', course ->> 'code'),
      'institutions', coalesce(
        (select jsonb_build_array(i.name) from public.institutions i where i.id = instructor.institution_id), '[]'),
      'people', coalesce((select jsonb_agg(llm_private.as_person(peer, (evaluation ->> 'student_id')::uuid) order by peer.id)
        from public.course_students peer
       where peer.course_id = (evaluation ->> 'course_id')::uuid or peer.id = (evaluation ->> 'student_id')::uuid), '[]')),
    'scopes', jsonb_build_object('rubric', evaluation ->> 'rubric_id', 'course', evaluation ->> 'course_id',
                                 'institution', instructor.institution_id),
    'allows_external', llm_private.allows_external(instructor.institution_id));
end $$;

create function llm_private.known_score(p_by text, p_key text, p_sha256 text) returns jsonb
language plpgsql stable set search_path = '' as $$
-- What is kept under a key already; null when nothing is.
declare known llm.scores;
begin
  select * into known from llm.scores s where s.requested_by = p_by and s.idempotency_key = p_key;
  if not found then
    return null;
  elsif known.request_sha256 <> p_sha256 then
    return jsonb_build_object('verdict', 'conflict', 'id', known.id);
  elsif known.status in ('queued', 'running') then
    return jsonb_build_object('verdict', 'in_flight', 'id', known.id);
  end if;
  return jsonb_build_object('verdict', 'stored', 'score', to_jsonb(known));
end $$;

create function llm.accept_score(p_order jsonb) returns jsonb
language plpgsql security definer set search_path = '' as $$
-- Keep what is asked for before any work on it. Verdicts: accepted (with the reading), stored, in_flight, conflict,
-- evaluation_unknown. The caller names the row, so that saying it twice accepts it once.
declare
  wanted llm.scores := jsonb_populate_record(null::llm.scores, p_order);
  reading jsonb;
  known jsonb := llm_private.known_score(wanted.requested_by, wanted.idempotency_key, wanted.request_sha256);
begin
  if known is not null and known ->> 'id' is distinct from wanted.id::text then
    return known;
  end if;
  if wanted.evaluation_id is not null then
    reading := llm.read_for_scoring(wanted.evaluation_id);
    if reading is null then
      return jsonb_build_object('verdict', 'evaluation_unknown');
    end if;
  end if;
  insert into llm.scores (id, evaluation_id, status, rank, is_shadow, wanted_adapter, requested_by, idempotency_key,
    request_sha256, request, traceparent, leased_by, lease_until, claims, give_up_at)
  values (wanted.id, wanted.evaluation_id, case when wanted.leased_by is null then 'queued' else 'running' end,
    coalesce(wanted.rank, 0), coalesce(wanted.is_shadow, false), wanted.wanted_adapter, wanted.requested_by,
    wanted.idempotency_key, coalesce(wanted.request_sha256, ''), wanted.request, wanted.traceparent, wanted.leased_by,
    case when wanted.leased_by is not null then now() + make_interval(secs => (p_order ->> 'lease_s')::float8) end,
    case when wanted.leased_by is null then 0 else 1 end, now() + make_interval(secs => (p_order ->> 'patience_s')::float8))
  on conflict do nothing;
  if not found and not exists (
       select from llm.scores s where s.id = wanted.id and s.status = 'running' and s.leased_by = wanted.leased_by) then
    -- Another with the same key came first, a moment ago.
    return coalesce(llm_private.known_score(wanted.requested_by, wanted.idempotency_key, wanted.request_sha256),
                    jsonb_build_object('verdict', 'in_flight', 'id', wanted.id));
  end if;
  return jsonb_build_object('verdict', 'accepted', 'reading', reading);
end $$;
comment on function llm.accept_score is 'a score that exists before its work starts: a scorer that dies loses nothing';

create function llm.score_queue() returns jsonb
language sql stable security definer set search_path = '' as $$
  -- How many scores wait for a scorer, and for how long the oldest of them has.
  select jsonb_build_object('waiting', count(*),
    'oldest_seconds', coalesce(extract(epoch from now() - min(s.created_at)), 0))
  from llm.scores s where s.status = 'queued';
$$;

create function llm.claim_scores(p_worker text, p_limit int, p_lease_s float8) returns jsonb
language plpgsql security definer set search_path = '' as $$
-- Take scores that wait, or whose scorer fell silent, and say how many still wait. What has killed five is given up.
declare
  claimed jsonb;
  most_claims constant int := 5;
begin
  with abandoned as (
    select s.id from llm.scores s
     where s.status = 'running' and s.lease_until < now() and s.claims >= most_claims for update skip locked)
  update llm.scores s
     set status = 'unscored', reason = 'score_abandoned', leased_by = null, lease_until = null, request = null, ended_at = now()
    from abandoned a where s.id = a.id;
  with due as (
    select s.id from llm.scores s
     where (s.status = 'queued' and s.not_before <= now()) or (s.status = 'running' and s.lease_until < now())
     order by s.rank, s.created_at, s.id limit p_limit for update skip locked),
  taken as (
    update llm.scores s
       set status = 'running', leased_by = p_worker, lease_until = now() + make_interval(secs => p_lease_s),
           -- Who claims again what was lost on the way to it has not died of it.
           claims = s.claims + case when s.leased_by is distinct from p_worker then 1 else 0 end
      from due d where s.id = d.id returning s.*)
  select coalesce(jsonb_agg(jsonb_build_object('id', t.id, 'evaluation_id', t.evaluation_id, 'requested_by', t.requested_by,
           'is_shadow', t.is_shadow, 'wanted_adapter', t.wanted_adapter, 'request', t.request, 'traceparent', t.traceparent,
           'reading', case when t.evaluation_id is not null then llm.read_for_scoring(t.evaluation_id) end)
           order by t.rank, t.created_at, t.id), '[]')
    into claimed from taken t;
  return llm.score_queue() || jsonb_build_object('claimed', claimed);
end $$;

create function llm.extend_scores(p_worker text, p_ids uuid[], p_lease_s float8) returns jsonb
language sql security definer set search_path = '' as $$
  -- A sign of life; answers with those that are still the caller's.
  with extended as (
    update llm.scores s set lease_until = now() + make_interval(secs => p_lease_s)
     where s.id = any (p_ids) and s.status = 'running' and s.leased_by = p_worker returning s.id)
  select coalesce(jsonb_agg(id), '[]') from extended;
$$;

create function llm.put_back_score(p_id uuid, p_worker text, p_delay_s float8) returns jsonb
language plpgsql security definer set search_path = '' as $$
-- Not now: let it be tried again later, as long as its patience lasts.
declare delay constant interval := make_interval(secs => p_delay_s);
begin
  update llm.scores s
     set status = 'queued', leased_by = null, lease_until = null, claims = 0, not_before = now() + delay
   where s.id = p_id and s.status = 'running' and s.leased_by = p_worker and now() + delay <= s.give_up_at;
  return jsonb_build_object('put_back', found);
end $$;

create function llm.release_scores(p_worker text) returns int
language plpgsql security definer set search_path = '' as $$
-- A scorer that stops leaves the rest to the others at once.
declare released int;
begin
  update llm.scores s set status = 'queued', leased_by = null, lease_until = null, claims = greatest(s.claims - 1, 0)
   where s.status = 'running' and s.leased_by = p_worker;
  get diagnostics released = row_count;
  return released;
end $$;

create function llm_private.refusal_to_settle(p_kept llm.scores, p_end llm.scores, p_worker text) returns text
language plpgsql set search_path = '' as $$
begin
  if p_kept.status <> 'running' or p_kept.leased_by <> p_worker then
    return 'lost';
  end if;
  -- A withdrawal that comes at this moment is waited for, or waits.
  perform from llm.adapters a where a.digest = p_end.adapter_digest and a.status = 'approved' for share;
  if p_end.status in ('ok', 'fallback') and p_end.adapter_digest is not null and not found then
    return 'adapter_not_approved';
  end if;
  return null;
end $$;

create function llm_private.evaluation_lives(p_evaluation uuid) returns boolean
language plpgsql set search_path = '' as $$
declare evaluation public.evaluations;
begin
  select * into evaluation from public.evaluations e where e.id = p_evaluation for update;
  return found and to_jsonb(evaluation) ->> 'deleted_locally_at' is null;
end $$;

create function llm.settle_score(p_end jsonb, p_worker text, p_keeps_key boolean, p_ledger jsonb default null) returns jsonb
language plpgsql security definer set search_path = '' as $$
-- End a score: keep it and name its model on the evaluation, both or neither. Answers with the status that was kept.
-- Refused: lost (it is somebody else's by now) and adapter_not_approved (it was tainted meanwhile).
declare
  kept llm.scores;
  ended llm.scores;
  refusal text;
begin
  select * into kept from llm.scores s where s.id = (p_end ->> 'id')::uuid for update;
  -- Whoever says the same end twice hears the same answer twice.
  if kept.status in ('ok', 'fallback', 'unscored') and kept.problem is not distinct from nullif(p_end -> 'problem', 'null')
     and kept.sections is not distinct from nullif(p_end -> 'sections', 'null') then
    return jsonb_build_object('settled', true, 'status', kept.status, 'reason', kept.reason);
  end if;
  ended := jsonb_populate_record(kept, p_end);
  refusal := llm_private.refusal_to_settle(kept, ended, p_worker);
  if refusal is not null then
    return jsonb_build_object('settled', false, 'reason', refusal);
  end if;
  if kept.evaluation_id is not null and not llm_private.evaluation_lives(kept.evaluation_id) then
    ended := kept;
    ended.status := 'unscored';
    ended.reason := 'evaluation_gone';
  end if;
  ended.leased_by := null; ended.lease_until := null; ended.request := null; ended.ended_at := now();
  if not p_keeps_key then
    ended.idempotency_key := null;
  end if;
  update llm.scores s set (status, is_challenger, idempotency_key, request, leased_by, lease_until, reason, problem, rubric,
      sections, overall_comments, total_points, max_points, uncertainty, review, model_used, adapter_digest, prompt_version,
      engine, attempts, prompt_tokens, completion_tokens, latency_ms, ended_at) =
    (ended.status, ended.is_challenger, ended.idempotency_key, null, null, null, ended.reason, ended.problem, ended.rubric,
      ended.sections, ended.overall_comments, ended.total_points, ended.max_points, ended.uncertainty, ended.review,
      ended.model_used, ended.adapter_digest, ended.prompt_version, ended.engine, ended.attempts, ended.prompt_tokens,
      ended.completion_tokens, ended.latency_ms, ended.ended_at)
   where s.id = ended.id;
  if ended.evaluation_id is not null and ended.status in ('ok', 'fallback') and not ended.is_shadow then
    update public.evaluations e set model_used = ended.model_used where e.id = ended.evaluation_id;
    perform llm_private.keep_ledgers(ended, p_ledger);
  end if;
  perform llm_private.audit(ended.requested_by, case when ended.is_shadow then 'shadow_score' else 'score' end,
    coalesce(ended.evaluation_id::text, ''), jsonb_build_object('score', ended.id, 'status', ended.status,
      'model_used', ended.model_used, 'reason', ended.reason));
  return jsonb_build_object('settled', true, 'status', ended.status, 'reason', ended.reason);
end $$;

create function llm.stored_score(p_id uuid) returns jsonb
language sql stable security definer set search_path = '' as $$
  -- A score as it is kept, without what was asked; comparisons that nobody sees are not found.
  select to_jsonb(s) - 'request' from llm.scores s where s.id = p_id and not s.is_shadow;
$$;

create function llm.score_history(p_evaluation uuid) returns jsonb
language plpgsql stable security definer set search_path = '' as $$
-- Who said what about an evaluation: every score of ours as it was given, and the grade that the app holds now. An
-- instructor's edit changes the latter alone. Names and comments of the app stay in the app.
declare
  evaluation jsonb;
  data jsonb;
begin
  select to_jsonb(e) into evaluation from public.evaluations e where e.id = p_evaluation;
  if evaluation is null then
    return null;
  end if;
  data := evaluation -> 'evaluation_data';
  return jsonb_build_object('evaluation_id', p_evaluation, 'model_used', evaluation -> 'model_used',
    'now', case when jsonb_typeof(data) = 'object' then jsonb_build_object('totalScore', data -> 'totalScore',
      'maxScore', data -> 'maxScore', 'letterGrade', data -> 'letterGrade', 'edited', data -> 'edited') end,
    'scores', coalesce((select jsonb_agg(to_jsonb(s) - 'request' order by s.created_at, s.id)
                          from llm.scores s where s.evaluation_id = p_evaluation), '[]'));
end $$;
