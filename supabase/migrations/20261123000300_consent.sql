-- Whether an evaluation may teach a model right now, and if not, why. The database decides, in the deciding transaction.

create function llm_private.student_decision(p_course uuid, p_enrolment uuid) returns text
language plpgsql stable set search_path = '' as $$
begin
  -- The latest decision of each configured type; on equal times a no wins.
  return (
  with latest as (
    select distinct on (f.consent_type) coalesce(f.consent_given, false) as given
      from public.consent_forms f
     where f.course_id = p_course
       and f.student_id = p_enrolment
       and f.consent_type = any ((select consent_types from llm.policy)::text[])
     order by f.consent_type, f.created_at desc nulls last, coalesce(f.consent_given, false)
  )
  select case when count(*) = 0 then 'missing' when bool_and(given) then 'granted' else 'refused' end from latest);
end $$;
comment on function llm_private.student_decision is 'granted, refused or missing, for one enrolment in one course';

create function llm_private.decided_at(p_course uuid, p_enrolment uuid) returns timestamptz
language plpgsql stable set search_path = '' as $$
begin
  return (select max(f.created_at) from public.consent_forms f
   where f.course_id = p_course and f.student_id = p_enrolment
     and f.consent_type = any ((select consent_types from llm.policy)::text[]));
end $$;
comment on function llm_private.decided_at is 'when the student last decided, by the database''s clock';

create function llm_private.teach_obstacle(p_evaluation uuid) returns text
language plpgsql stable set search_path = '' as $$
begin
  -- Reasons of consent come first: a speech that is both deleted and refused has to be erased, not only left out.
  return (select case
      when e.id is null then 'evaluation_gone'
      when d.decision = 'refused' then 'student_consent_refused'
      when p.id is not null and p.llm_training_consent_given is not true then 'instructor_consent_missing'
      when c.id is null then 'course_missing'
      when s.id is null or s.course_id is distinct from e.course_id then 'enrolment_unknown'
      when p.id is null then 'instructor_unknown'
      when d.decision = 'missing' then 'student_consent_missing'
      when e.deleted_locally_at is not null then 'evaluation_deleted'
      when c.deleted_locally_at is not null then 'course_deleted'
      when s.deleted_locally_at is not null then 'enrolment_deleted'
      when lower(btrim(p.account_tier)) = 'demo' then 'demo_account'
      when lower(btrim(e.ai_provider)) = 'demo' then 'demo_provider'
    end
    from (select p_evaluation as id) as wanted
    left join public.evaluations e on e.id = wanted.id
    left join public.courses c on c.id = e.course_id
    left join public.course_students s on s.id = e.student_id
    left join public.user_profiles p on p.id = e.instructor_id
    left join lateral (select llm_private.student_decision(e.course_id, e.student_id) as decision) as d on true);
end $$;
comment on function llm_private.teach_obstacle is
  'invariant 1: null where student and instructor consent, nothing is deleted and nothing is a demo; else the first reason';

create function llm_private.may_teach(p_evaluation uuid) returns boolean
language plpgsql stable set search_path = '' as $$
begin
  return (select llm_private.teach_obstacle(p_evaluation) is null);
end $$;
