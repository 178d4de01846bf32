-- Whether an evaluation may teach a model right now. The exporter explains; this decides, in the deciding transaction.

create function llm_private.student_decision(p_course uuid, p_enrolment uuid) returns text
language sql stable set search_path = '' as $$
  -- The latest decision of each configured type; on equal times a no wins.
  with latest as (
    select distinct on (f.consent_type) coalesce(f.consent_given, false) as given
      from public.consent_forms f
     where f.course_id = p_course
       and f.student_id = p_enrolment
       and f.consent_type = any ((select consent_types from llm.policy)::text[])
     order by f.consent_type, f.created_at desc nulls last, coalesce(f.consent_given, false)
  )
  select case when count(*) = 0 then 'missing' when bool_and(given) then 'granted' else 'refused' end from latest;
$$;
comment on function llm_private.student_decision is 'granted, refused or missing, for one enrolment in one course';

create function llm_private.may_teach(p_evaluation uuid) returns boolean
language sql stable set search_path = '' as $$
  select exists (
    select
      from public.evaluations e
      join public.courses c on c.id = e.course_id and c.deleted_locally_at is null
      join public.course_students s
        on s.id = e.student_id and s.course_id = e.course_id and s.deleted_locally_at is null
      join public.user_profiles p on p.id = e.instructor_id
     where e.id = p_evaluation
       and e.deleted_locally_at is null
       and e.ai_provider is distinct from 'demo'
       and p.account_tier is distinct from 'demo'
       and p.llm_training_consent_given is true
       and llm_private.student_decision(e.course_id, e.student_id) = 'granted'
  );
$$;
comment on function llm_private.may_teach is 'invariant 1: live consent of student and instructor, nothing deleted, not demo';
