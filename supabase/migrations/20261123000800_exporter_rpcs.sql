-- What the exporter calls. Each state change and its acknowledgement are one transaction.

create function llm.enqueue_outdated(p_renderer text, p_anonymizer text) returns int
language sql security definer set search_path = '' as $$
  -- Rows made by another renderer or anonymizer must be made again.
  with outdated as (
    select t.evaluation_id from llm.training_data t
     where t.status = 'included' and (t.renderer_version, t.anonymizer_version) is distinct from (p_renderer, p_anonymizer)
  ), queued as (
    insert into llm.change_queue (evaluation_id, reason) select o.evaluation_id, 'version' from outdated o
    on conflict do nothing returning 1
  )
  select count(*)::int from queued;
$$;

create function llm.enqueue_all(p_actor text) returns int
language plpgsql security definer set search_path = '' as $$
declare changed uuid[];
begin
  select coalesce(array_agg(ids.id), '{}') into changed from (
    select e.id from public.evaluations e union select t.evaluation_id from llm.training_data t) as ids;
  perform llm_private.enqueue(changed, 'backfill');
  perform llm_private.audit(p_actor, 'backfill', '', jsonb_build_object('evaluations', cardinality(changed)));
  return cardinality(changed);
end $$;

create function llm.enqueue_stale(p_altered uuid[]) returns int
language plpgsql security definer set search_path = '' as $$
-- Examples that are not what was settled, or that have lost consent without a trigger having said so.
declare stale uuid[];
begin
  select coalesce(array_agg(t.evaluation_id), '{}') into stale from llm.training_data t
   where t.status = 'included' and (t.evaluation_id = any (p_altered) or not llm_private.may_teach(t.evaluation_id));
  perform llm_private.enqueue(stale, 'stale');
  return cardinality(stale);
end $$;

create function llm.missing_columns() returns jsonb
language sql stable security definer set search_path = '' as $$
  -- The app's columns that we read and this project lacks.
  select coalesce(jsonb_agg(needed.tab || '.' || needed.col order by needed.tab, needed.col), '[]')
    from (values
      ('evaluations', 'id'), ('evaluations', 'instructor_id'), ('evaluations', 'student_id'), ('evaluations', 'course_id'),
      ('evaluations', 'rubric_id'), ('evaluations', 'transcript'), ('evaluations', 'ai_provider'),
      ('evaluations', 'evaluation_data'), ('evaluations', 'deleted_locally_at'), ('evaluations', 'model_used'),
      ('courses', 'id'), ('courses', 'name'), ('courses', 'code'), ('courses', 'deleted_locally_at'),
      ('course_students', 'id'), ('course_students', 'course_id'), ('course_students', 'first_name'),
      ('course_students', 'last_name'), ('course_students', 'email'), ('course_students', 'student_id'),
      ('course_students', 'deleted_locally_at'), ('user_profiles', 'id'), ('user_profiles', 'email'),
      ('user_profiles', 'full_name'), ('user_profiles', 'account_tier'), ('user_profiles', 'institution_id'),
      ('user_profiles', 'llm_training_consent_given'), ('rubrics', 'id'), ('rubrics', 'name'), ('rubrics', 'categories'),
      ('rubrics', 'total_points'), ('rubrics', 'grade_scale'), ('consent_forms', 'id'), ('consent_forms', 'course_id'),
      ('consent_forms', 'student_id'), ('consent_forms', 'consent_type'), ('consent_forms', 'consent_given'),
      ('consent_forms', 'created_at'), ('institutions', 'id'), ('institutions', 'name')) as needed (tab, col)
   where not exists (select from pg_catalog.pg_attribute a
                      where a.attrelid = to_regclass('public.' || needed.tab) and a.attname = needed.col and not a.attisdropped);
$$;

create function llm.read_evaluations(p_ids uuid[]) returns setof jsonb
language sql stable security definer set search_path = '' as $$
  -- One evaluation with everything that decides about it, as of one moment; columns that a project lacks are absent.
  select jsonb_build_object(
    'evaluation_id', wanted.id,
    'evaluation', to_jsonb(e) - 'video_url' - 'audio_url',
    'course', to_jsonb(c),
    'enrolment', to_jsonb(s),
    'instructor', to_jsonb(p),
    'rubric', to_jsonb(r),
    'consent', coalesce((
      select jsonb_agg(jsonb_build_object('type', f.consent_type, 'given', coalesce(f.consent_given, false), 'at', f.created_at)
                       order by f.created_at, f.id)
        from public.consent_forms f
       where f.course_id = e.course_id and f.student_id = e.student_id
         and f.consent_type = any ((select consent_types from llm.policy)::text[])), '[]'),
    'consent_types', (select to_jsonb(consent_types) from llm.policy),
    'may_teach', llm_private.may_teach(wanted.id),
    'own_scores', coalesce((
      select jsonb_agg(o.sections order by o.created_at, o.id) from llm.scores o
       where o.evaluation_id = wanted.id and o.status = 'ok'), '[]'),
    'roster', jsonb_build_object(
      'people', coalesce((
        select jsonb_agg(jsonb_build_object(
          'role', case when peer.id = e.student_id then 'speaker' else 'peer' end,
          'first_name', peer.first_name, 'last_name', peer.last_name,
          'email', peer.email, 'sis_id', peer.student_id) order by peer.id)
          from public.course_students peer
         where peer.course_id = e.course_id or peer.id = e.student_id), '[]'),
      'instructor_name', p.full_name, 'instructor_email', p.email,
      'courses', jsonb_build_array(c.name, c.code),
      'institutions', coalesce((select jsonb_build_array(i.name) from public.institutions i where i.id = p.institution_id), '[]')))
  from unnest(p_ids) with ordinality as wanted (id, place)
  left join public.evaluations e on e.id = wanted.id
  left join public.courses c on c.id = e.course_id
  left join public.course_students s on s.id = e.student_id
  left join public.user_profiles p on p.id = e.instructor_id
  left join public.rubrics r on r.id = e.rubric_id
  order by wanted.place;
$$;

create function llm_private.withdraw(p_actor text, p_evaluation uuid, p_subject text, p_reason text) returns void
language plpgsql set search_path = '' as $$
-- An example has left the data for a reason of consent: whoever learned from it is tainted, and its objects must go.
declare tainted int;
begin
  insert into llm.erasures (evaluation_id, subject_hash, reason) values (p_evaluation, p_subject, p_reason);
  update llm.adapters a set status = 'tainted', tainted_at = now(), taint_reason = p_reason
   where a.status in ('candidate', 'approved')
     and a.dataset_id in (select m.dataset_id from llm.dataset_members m where m.evaluation_id = p_evaluation);
  get diagnostics tainted = row_count;
  perform llm_private.audit(p_actor, 'withdraw', p_subject, jsonb_build_object('reason', p_reason, 'adapters_tainted', tainted));
end $$;

create function llm_private.settle_one(p_worker text, p_item jsonb) returns text
language plpgsql set search_path = '' as $$
declare
  claim llm.change_queue;
  before llm.training_data;
  after llm.training_data;
begin
  after := jsonb_populate_record(null::llm.training_data, p_item || jsonb_build_object('settled_at', now()));
  select * into claim from llm.change_queue q
   where q.evaluation_id = after.evaluation_id and q.lease_owner = p_worker for update;
  if not found then
    return 'lease_lost';
  end if;
  if after.status = 'included' and not llm_private.may_teach(after.evaluation_id) then
    after := jsonb_populate_record(null::llm.training_data, jsonb_build_object(
      'evaluation_id', after.evaluation_id, 'status', 'excluded', 'exclusion_reason', 'consent_changed',
      'subject_hash', after.subject_hash, 'settled_at', now()));
  end if;
  if after.status = 'included' then
    insert into llm.split_assignments (subject_hash, split) values (after.subject_hash, after.split) on conflict do nothing;
    select s.split into after.split from llm.split_assignments s where s.subject_hash = after.subject_hash;
  end if;
  select * into before from llm.training_data t where t.evaluation_id = after.evaluation_id for update;
  delete from llm.training_data t where t.evaluation_id = after.evaluation_id;
  insert into llm.training_data select after.*;
  if after.status <> 'included'
     and after.exclusion_reason = any ((select taint_reasons from llm.policy)::text[])
     and exists (select from llm.dataset_members m where m.evaluation_id = after.evaluation_id)
     and (before.status = 'included' or before.exclusion_reason is distinct from after.exclusion_reason)
     and not exists (select from llm.erasures x where x.evaluation_id = after.evaluation_id and x.completed_at is null) then
    perform llm_private.withdraw(p_worker, after.evaluation_id, coalesce(before.subject_hash, after.subject_hash, ''),
      after.exclusion_reason);
  end if;
  if claim.generation = (p_item ->> 'generation')::bigint then
    delete from llm.change_queue q where q.evaluation_id = after.evaluation_id;
  else
    update llm.change_queue q set lease_owner = null, lease_until = null where q.evaluation_id = after.evaluation_id;
  end if;
  return after.status;
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

create function llm.fail_changes(p_worker text, p_ids uuid[], p_error_code text) returns int
language plpgsql security definer set search_path = '' as $$
-- Changes that could not be worked on: they leave the data until they can be read again, and die alone after five tries.
declare failed uuid[];
begin
  with given_up as (
    update llm.change_queue q
       set attempts = q.attempts + 1, last_error = p_error_code, lease_owner = null,
           lease_until = now() + make_interval(secs => least(300, 2 ^ q.attempts)),
           dead_at = case when q.attempts + 1 >= 5 then now() end
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
  with released as (
    update llm.change_queue set lease_owner = null, lease_until = null where lease_owner = p_worker returning 1)
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

create function llm.publish_dataset(p_worker text, p_dataset jsonb, p_members jsonb) returns jsonb
language plpgsql security definer set search_path = '' as $$
-- Make a snapshot visible, if it is still exactly what the rows and their consent say; else say what is stale.
declare
  new_id uuid;
  current_digest text;
  stale int;
begin
  perform pg_advisory_xact_lock(hashtextextended('llm.publish_dataset', 0));
  select d.digest into current_digest from llm.datasets d where d.status = 'current';
  if current_digest = p_dataset ->> 'digest' then
    return jsonb_build_object('published', false, 'reason', 'unchanged');
  end if;
  select count(*) into stale
    from (select * from llm.training_data t where t.status = 'included') t
    full join jsonb_to_recordset(p_members) as m (evaluation_id uuid, content_sha256 text) using (evaluation_id)
   where t.content_sha256 is distinct from m.content_sha256 or not llm_private.may_teach(evaluation_id);
  if stale > 0 then
    return jsonb_build_object('published', false, 'reason', 'stale', 'rows', stale);
  end if;
  update llm.datasets set status = 'superseded' where status = 'current';
  insert into llm.datasets (digest, manifest_path, examples, subjects, splits, excluded, renderer_version, anonymizer_version, consent_read_at)
  values (p_dataset ->> 'digest', p_dataset ->> 'manifest_path', (p_dataset ->> 'examples')::int, (p_dataset ->> 'subjects')::int,
    p_dataset -> 'splits', p_dataset -> 'excluded', p_dataset ->> 'renderer_version', p_dataset ->> 'anonymizer_version', now())
  on conflict (digest) do update set status = 'current', consent_read_at = now(), published_at = now()
  returning id into new_id;
  insert into llm.dataset_members (dataset_id, evaluation_id, subject_hash, split, content_sha256, shard_path)
  select new_id, t.evaluation_id, t.subject_hash, t.split, t.content_sha256, m.shard_path
    from jsonb_to_recordset(p_members) as m (evaluation_id uuid, shard_path text) join llm.training_data t using (evaluation_id)
  on conflict do nothing;
  perform llm_private.audit(p_worker, 'publish', p_dataset ->> 'digest',
    jsonb_build_object('examples', p_dataset -> 'examples', 'subjects', p_dataset -> 'subjects'));
  return jsonb_build_object('published', true, 'dataset_id', new_id);
end $$;

create function llm.pending_erasures() returns jsonb
language sql stable security definer set search_path = '' as $$
  -- What is still to be deleted: objects that hold a withdrawn example, and the snapshots that name them.
  select jsonb_build_object(
    'evaluations', coalesce((select jsonb_agg(distinct x.evaluation_id) from llm.erasures x where x.completed_at is null), '[]'),
    'objects', coalesce((
      select jsonb_agg(distinct m.shard_path)
        from llm.erasures x
        join llm.dataset_members m using (evaluation_id)
        join llm.datasets d on d.id = m.dataset_id and d.status <> 'current'
       where x.completed_at is null
         -- A consent given again can bring back the very same object.
         and not exists (select from llm.dataset_members kept join llm.datasets k on k.id = kept.dataset_id
                          where k.status = 'current' and kept.shard_path = m.shard_path)), '[]'),
    'blocked', (
      select count(*) from llm.erasures x
        join llm.dataset_members m using (evaluation_id)
        join llm.datasets d on d.id = m.dataset_id and d.status = 'current'
        join llm.training_data t on t.evaluation_id = x.evaluation_id and t.status <> 'included'
       where x.completed_at is null));
$$;

create function llm.complete_erasures(p_worker text, p_evaluations uuid[], p_objects text[]) returns int
language plpgsql security definer set search_path = '' as $$
-- The objects are gone: mark every snapshot that held them as erased, and certify.
declare done int;
begin
  update llm.datasets d set status = 'erased'
   where d.status = 'superseded'
     and exists (select from llm.dataset_members m where m.dataset_id = d.id and m.shard_path = any (p_objects));
  update llm.erasures x
     set completed_at = now(),
         certificate = jsonb_build_object('objects_deleted', cardinality(p_objects), 'by', p_worker, 'at', now(),
           'adapters_tainted', (select count(distinct a.digest) from llm.adapters a
              join llm.dataset_members m on m.dataset_id = a.dataset_id
             where m.evaluation_id = x.evaluation_id and a.status = 'tainted'))
   where x.completed_at is null and x.evaluation_id = any (p_evaluations)
     and not exists (select from llm.dataset_members m join llm.datasets d on d.id = m.dataset_id
                      join llm.training_data t on t.evaluation_id = m.evaluation_id and t.status <> 'included'
                      where m.evaluation_id = x.evaluation_id and d.status = 'current');
  get diagnostics done = row_count;
  perform llm_private.audit(p_worker, 'erase', '', jsonb_build_object('certificates', done, 'objects', cardinality(p_objects)));
  return done;
end $$;

create function llm.exclusion_counts() returns jsonb
language sql stable security definer set search_path = '' as $$
  select coalesce(jsonb_object_agg(reason, n), '{}') from (
    select t.exclusion_reason as reason, count(*) as n from llm.training_data t
     where t.status <> 'included' group by t.exclusion_reason) as counted;
$$;
