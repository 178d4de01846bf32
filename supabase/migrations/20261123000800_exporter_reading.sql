-- What the exporter reads, and what it puts into the queue.

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

do $index$
begin
  -- Of nothing but what every user may call: whoever writes a row has to.
  create index if not exists course_students_llm_email on public.course_students (lower(btrim(email::text)));
  create index if not exists course_students_llm_sis on public.course_students (lower(btrim(student_id::text)));
exception when others then
  -- Only speed is lost where a table of the app's does not take them.
  raise notice 'speechgrade: no index on course_students (%)', sqlstate;
end
$index$;

create function llm_private.linked_enrolments(p_enrolment uuid)
returns table (id uuid, course_id uuid, email text, sis_id text, institution_id uuid)
language plpgsql stable set search_path = '' as $$
-- All enrolments of one person: those that share an e-mail address, or a student id within the institution, and so on.
begin
  return query
  with recursive linked as (
    select s.id, s.course_id, s.email::text as email, s.student_id::text as sis_id, p.institution_id
      from public.course_students s
      left join public.courses c on c.id = s.course_id left join public.user_profiles p on p.id = c.instructor_id
     where s.id = p_enrolment
    union
    select other.id, other.course_id, other.email, other.sis_id, other.institution_id
      from linked l cross join lateral (
        select s.id, s.course_id, s.email::text, s.student_id::text as sis_id, p.institution_id from public.course_students s
          left join public.courses c on c.id = s.course_id left join public.user_profiles p on p.id = c.instructor_id
         where lower(btrim(s.email::text)) = lower(btrim(l.email)) and l.email like '%@%'
        union all
        select s.id, s.course_id, s.email::text, s.student_id::text, p.institution_id from public.course_students s
          left join public.courses c on c.id = s.course_id left join public.user_profiles p on p.id = c.instructor_id
         where lower(btrim(s.student_id::text)) = lower(btrim(l.sis_id))
           -- What cannot tell people apart ("N/A", "0") is no identifier.
           and length(btrim(l.sis_id)) >= 3 and l.sis_id ~ '[1-9]'
           and p.institution_id is not distinct from l.institution_id) as other
  )
  select * from linked;
end $$;

create function llm_private.evaluation_parts(p_ids uuid[])
returns table (place bigint, course_id uuid, student_id uuid, rubric_id uuid, part jsonb)
language sql stable set search_path = '' as $$
  -- All that decides about each evaluation but rubric and classmates, which many share; absent columns are absent keys.
  select wanted.place, e.course_id, e.student_id, e.rubric_id, jsonb_build_object(
    'evaluation_id', wanted.id,
    'evaluation', to_jsonb(e) - '{video_url,audio_url}'::text[],
    'course', to_jsonb(c),
    'enrolment', to_jsonb(s),
    'linked_enrolments', coalesce((
      select jsonb_agg(to_jsonb(o) order by o.id) from llm_private.linked_enrolments(s.id) as o), '[]'),
    'instructor', to_jsonb(p),
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
       where o.evaluation_id = wanted.id and o.status in ('ok', 'fallback')), '[]'),
    'roster', jsonb_build_object('people', '[]'::jsonb, 'instructor_name', p.full_name, 'instructor_email', p.email,
      'courses', jsonb_build_array(c.name, c.code),
      'institutions', coalesce((select jsonb_build_array(i.name) from public.institutions i where i.id = p.institution_id), '[]')))
  from unnest(p_ids) with ordinality as wanted (id, place)
  left join public.evaluations e on e.id = wanted.id
  left join public.courses c on c.id = e.course_id
  left join public.course_students s on s.id = e.student_id
  left join public.user_profiles p on p.id = e.instructor_id;
$$;

create function llm_private.as_person(p_student public.course_students, p_speaker uuid) returns jsonb
language sql immutable set search_path = '' as $$
  select jsonb_build_object('id', p_student.id, 'role', case when p_student.id = p_speaker then 'speaker' else 'peer' end,
    'first_name', p_student.first_name, 'last_name', p_student.last_name, 'email', p_student.email,
    'sis_id', p_student.student_id);
$$;

create function llm.read_evaluations(p_ids uuid[]) returns setof jsonb
language sql stable security definer set search_path = '' as $$
  -- One evaluation with everything that decides about it, as of one moment.
  select e.part || jsonb_build_object('rubric', to_jsonb(r), 'roster', e.part -> 'roster' || jsonb_build_object('people',
    coalesce((select jsonb_agg(llm_private.as_person(peer, e.student_id) order by peer.id) from public.course_students peer
               where peer.course_id = e.course_id or peer.id = e.student_id), '[]')))
  from llm_private.evaluation_parts(p_ids) as e left join public.rubrics r on r.id = e.rubric_id
  order by e.place;
$$;

create function llm.read_changes(p_ids uuid[]) returns setof jsonb
language sql stable security definer set search_path = '' as $$
  -- The same for many at once, as of one moment: what evaluations share comes once, before them, under `shared`.
  with parts as materialized (select * from llm_private.evaluation_parts(p_ids))
  select jsonb_build_object('shared', 'rubric', 'id', r.id, 'rubric', to_jsonb(r))
    from public.rubrics r where r.id in (select p.rubric_id from parts p)
  union all
  select jsonb_build_object('shared', 'course', 'id', s.course_id,
           'people', jsonb_agg(llm_private.as_person(s, null) order by s.id))
    from public.course_students s where s.course_id in (select p.course_id from parts p) group by s.course_id
  union all
  select p.part from parts p;
$$;

create function llm.exclusion_counts() returns jsonb
language sql stable security definer set search_path = '' as $$
  select coalesce(jsonb_object_agg(reason, n), '{}') from (
    select t.exclusion_reason as reason, count(*) as n from llm.training_data t
     where t.status <> 'included' group by t.exclusion_reason) as counted;
$$;


create function llm.institution_ids() returns jsonb
language sql stable security definer set search_path = '' as $$
  select coalesce(jsonb_agg(distinct p.institution_id), '[]') from public.user_profiles p where p.institution_id is not null;
$$;

create function llm.record_view(p_evaluation uuid, p_actor text) returns void
language sql security definer set search_path = '' as $$
  -- Somebody is about to read a speech as it was spoken.
  select llm_private.audit(p_actor, 'view_original', p_evaluation::text);
$$;
