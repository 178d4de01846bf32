-- The queue of evaluations to look at again. Filled in the writer's transaction, emptied by whoever settles the change.

create table llm.change_queue (
  evaluation_id uuid primary key,
  reason text not null,
  generation bigint not null default 1,
  enqueued_at timestamptz not null default now(),
  lease_owner text,
  lease_until timestamptz,
  attempts int not null default 0,
  last_error text,
  dead_at timestamptz
);
create index change_queue_open on llm.change_queue (enqueued_at, evaluation_id) where dead_at is null;
create index change_queue_owner on llm.change_queue (lease_owner) where lease_owner is not null;
alter table llm.change_queue enable row level security;
grant select on llm.change_queue to service_role;
comment on table llm.change_queue is 'One row per evaluation that must be looked at again; a flood of changes coalesces';
comment on column llm.change_queue.generation is 'grows with each change, so that a change during work is not lost';
comment on column llm.change_queue.dead_at is 'given up after five tries; a new change, or a replay, brings it back';

create function llm_private.enqueue(p_ids uuid[], p_reason text) returns void
language plpgsql set search_path = '' as $$
begin
  insert into llm.change_queue as q (evaluation_id, reason)
  select id, p_reason from (select distinct unnest(p_ids) as id) as changed where id is not null order by id
  on conflict (evaluation_id) do update
    set generation = q.generation + 1, reason = excluded.reason, attempts = 0, last_error = null, dead_at = null;
  begin
    perform llm_private.exclude_unconsented(p_ids, 'database');
  exception when others then
    -- The app's own write must not fail because of us: whoever works the queue does the same again, and says so.
    raise warning 'speechgrade: exclusion left to the exporter (%)', sqlstate;
  end;
end $$;
comment on function llm_private.enqueue is
  'queue a change, and take out at once, in the same transaction, what has lost its consent by it';

create function llm_private.enqueue_evaluation() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
  -- What we write ourselves is no news.
  if tg_op = 'UPDATE' and (to_jsonb(new) - 'model_used') = (to_jsonb(old) - 'model_used') then
    return null;
  end if;
  perform llm_private.enqueue(array[case when tg_op = 'DELETE' then old.id else new.id end], 'evaluation');
  return null;
end $$;

create function llm_private.enqueue_by_consent() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
  perform llm_private.enqueue(array(
    select e.id from public.evaluations e
     where (tg_op <> 'INSERT' and e.course_id = old.course_id and e.student_id = old.student_id)
        or (tg_op <> 'DELETE' and e.course_id = new.course_id and e.student_id = new.student_id)), 'consent');
  return null;
end $$;

create function llm_private.enqueue_by_profile() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
  perform llm_private.enqueue(array(
    select e.id from public.evaluations e where e.instructor_id = case when tg_op = 'DELETE' then old.id else new.id end),
    'instructor');
  return null;
end $$;

create function llm_private.enqueue_by_rubric() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
  perform llm_private.enqueue(array(select e.id from public.evaluations e where e.rubric_id = old.id), 'rubric');
  return null;
end $$;

create function llm_private.enqueue_by_enrolment() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
  -- The roster drives the anonymizer, so a change of one student touches every speech of the course.
  perform llm_private.enqueue(array(
    select e.id from public.evaluations e
     where (tg_op <> 'INSERT' and (e.course_id = old.course_id or e.student_id = old.id))
        or (tg_op <> 'DELETE' and (e.course_id = new.course_id or e.student_id = new.id))), 'enrolment');
  if tg_op <> 'DELETE' then
    -- An enrolment without a speech can still tell that two others are one person.
    perform llm_private.enqueue(array(
      select e.id from llm_private.linked_enrolments(new.id) as o join public.evaluations e on e.student_id = o.id
       where o.id <> new.id), 'enrolment');
  end if;
  return null;
end $$;

create function llm_private.enqueue_by_course() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
  perform llm_private.enqueue(array(select e.id from public.evaluations e where e.course_id = old.id), 'course');
  return null;
end $$;

create trigger llm_enqueue after insert or update or delete on public.evaluations
  for each row execute function llm_private.enqueue_evaluation();
create trigger llm_enqueue after insert or update or delete on public.consent_forms
  for each row execute function llm_private.enqueue_by_consent();
create trigger llm_enqueue after insert or update or delete on public.user_profiles
  for each row execute function llm_private.enqueue_by_profile();
create trigger llm_enqueue after update or delete on public.rubrics
  for each row execute function llm_private.enqueue_by_rubric();
create trigger llm_enqueue after insert or update or delete on public.course_students
  for each row execute function llm_private.enqueue_by_enrolment();
create trigger llm_enqueue after update or delete on public.courses
  for each row execute function llm_private.enqueue_by_course();

create function llm_private.enqueue_everything() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
  -- A new rule of consent, or a table emptied in one go: nothing that we hold is certain any more.
  perform llm_private.enqueue(array(
    select e.id from public.evaluations e union select t.evaluation_id from llm.training_data t), tg_table_name::text);
  return null;
end $$;
create trigger llm_enqueue after update on llm.policy for each statement execute function llm_private.enqueue_everything();
create trigger llm_enqueue_all after truncate on public.evaluations
  for each statement execute function llm_private.enqueue_everything();
create trigger llm_enqueue_all after truncate on public.consent_forms
  for each statement execute function llm_private.enqueue_everything();
create trigger llm_enqueue_all after truncate on public.user_profiles
  for each statement execute function llm_private.enqueue_everything();
create trigger llm_enqueue_all after truncate on public.course_students
  for each statement execute function llm_private.enqueue_everything();
create trigger llm_enqueue_all after truncate on public.courses
  for each statement execute function llm_private.enqueue_everything();

create function llm.claim_changes(p_worker text, p_limit int default 100, p_lease_seconds int default 120)
returns table (evaluation_id uuid, generation bigint, attempts int)
language sql security definer set search_path = '' as $$
  -- Claim the oldest changes that nobody holds; several workers never get the same one.
  with open as (
    select q.evaluation_id from llm.change_queue q
     where q.dead_at is null and (q.lease_until is null or q.lease_until < now())
     order by q.enqueued_at, q.evaluation_id
     limit greatest(0, least(p_limit, 1000))
     for update skip locked
  )
  update llm.change_queue q
     set lease_owner = p_worker, lease_until = now() + make_interval(secs => p_lease_seconds)
    from open where q.evaluation_id = open.evaluation_id
  returning q.evaluation_id, q.generation, q.attempts;
$$;

create function llm.extend_claims(p_worker text, p_lease_seconds int default 120) returns int
language sql security definer set search_path = '' as $$
  -- The heartbeat of a worker that is still at it; what it has lost meanwhile stays lost.
  with mine as (
    select q.evaluation_id from llm.change_queue q
     where q.lease_owner = p_worker and q.lease_until >= now() order by q.evaluation_id for update
  ), extended as (
    update llm.change_queue q set lease_until = now() + make_interval(secs => p_lease_seconds)
      from mine where q.evaluation_id = mine.evaluation_id returning 1)
  select count(*)::int from extended;
$$;

create function llm.enqueue_changes(p_ids uuid[], p_reason text, p_actor text) returns int
language plpgsql security definer set search_path = '' as $$
-- Look at these evaluations again.
begin
  perform llm_private.enqueue(p_ids, p_reason);
  perform llm_private.audit(p_actor, 'enqueue', '', jsonb_build_object('reason', p_reason, 'evaluations', cardinality(p_ids)));
  return cardinality(p_ids);
end $$;

create function llm.queue_state() returns jsonb
language sql stable security definer set search_path = '' as $$
  select jsonb_build_object(
    'open', count(*) filter (where dead_at is null and (lease_until is null or lease_until < now())),
    'leased', count(*) filter (where dead_at is null and lease_until >= now()),
    'dead', count(*) filter (where dead_at is not null),
    'oldest_seconds', coalesce(extract(epoch from now() - min(enqueued_at) filter (where dead_at is null)), 0))
  from llm.change_queue;
$$;
