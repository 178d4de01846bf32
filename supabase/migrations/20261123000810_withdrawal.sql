-- A withdrawal takes effect in the transaction that makes it: the example leaves the data, its erasure is requested,
-- and every adapter that learned from it is tainted. Deleting the objects and certifying it follows.

create function llm_private.is_held(p_evaluation uuid) returns boolean
language plpgsql stable set search_path = '' as $$
begin
  return (select exists (select from llm.shard_members m join llm.shards s on s.path = m.shard_path
                  where m.evaluation_id = p_evaluation and s.erased_at is null)
      or exists (select from llm.adapters a join llm.dataset_members m on m.dataset_id = a.dataset_id
                  where m.evaluation_id = p_evaluation and a.status in ('candidate', 'approved', 'retired')));
end $$;
comment on function llm_private.is_held is 'whether an object, or an adapter that is not tainted yet, still has something of this evaluation';

create function llm_private.withdraw(p_actor text, p_evaluation uuid, p_reason text) returns boolean
language plpgsql set search_path = '' as $$
-- An example has left the data for good: whoever learned from it is tainted, and its objects must go. False: all is done.
declare
  held record;
  requested boolean;
  tainted int;
begin
  -- An adapter that is registered at this moment either sees this withdrawal, or is seen by it.
  lock table llm.adapters in row exclusive mode;
  if not llm_private.is_held(p_evaluation) then
    return false;
  end if;
  select m.example_id, m.subject_hash into held
    from llm.shard_members m join llm.shards s on s.path = m.shard_path
   where m.evaluation_id = p_evaluation order by s.recorded_at desc limit 1;
  -- An erasure that is still open covers the objects; an adapter may have learned from the person in between all the same.
  insert into llm.erasures (evaluation_id, example_id, subject_hash, reason)
  select p_evaluation, held.example_id, held.subject_hash, p_reason
   where not exists (select from llm.erasures x where x.evaluation_id = p_evaluation and x.completed_at is null);
  requested := found;
  perform from llm.adapters a
   where a.status in ('candidate', 'approved', 'retired')
     and a.dataset_id in (select m.dataset_id from llm.dataset_members m where m.evaluation_id = p_evaluation)
   order by a.digest for update;
  update llm.adapters a set status = 'tainted', tainted_at = now(), taint_reason = p_reason
   where a.status in ('candidate', 'approved', 'retired')
     and a.dataset_id in (select m.dataset_id from llm.dataset_members m where m.evaluation_id = p_evaluation);
  get diagnostics tainted = row_count;
  if not requested and tainted = 0 then
    return false;
  end if;
  perform llm_private.audit(p_actor, 'withdraw', held.subject_hash,
    jsonb_build_object('reason', p_reason, 'adapters_tainted', tainted));
  return true;
end $$;

create function llm_private.exclude(p_actor text, p_evaluation uuid, p_reason text) returns boolean
language plpgsql set search_path = '' as $$
-- Take an example out, with all that follows from it. False: it was out already, and nothing was left to follow.
declare was_in boolean;
begin
  update llm.training_data t
     set status = 'excluded', exclusion_reason = p_reason, anonymized_transcript = null, sections = null,
         timeline_markers = null, content_sha256 = null, settled_at = now()
   where t.evaluation_id = p_evaluation and t.status = 'included';
  was_in := found;
  if p_reason = any ((select taint_reasons from llm.policy)::text[]) then
    return llm_private.withdraw(p_actor, p_evaluation, p_reason) or was_in;
  end if;
  return was_in;
end $$;

create function llm_private.exclude_unconsented(p_ids uuid[], p_actor text) returns int
language plpgsql set search_path = '' as $$
-- Of these evaluations, take out at once what must not teach any more. Returns how many that were.
declare
  lost record;
  taken int := 0;
begin
  for lost in
    select held.id, llm_private.teach_obstacle(held.id) as reason
      from (select distinct unnest(p_ids) as id) as held
     where exists (select from llm.training_data t where t.evaluation_id = held.id and t.status = 'included')
        or llm_private.is_held(held.id)
     order by held.id
  loop
    if lost.reason is not null and llm_private.exclude(p_actor, lost.id, lost.reason) then
      taken := taken + 1;
    end if;
  end loop;
  return taken;
end $$;

create function llm.erase_subject(p_actor text, p_keys text[], p_reason text) returns jsonb
language plpgsql security definer set search_path = '' as $$
-- A formal request: the person with any of these identifiers leaves everything, and does not come back.
declare
  subjects text[];
  every_key text[];
  held uuid[];
begin
  -- Nobody is known by it yet: whoever comes with one of these identifiers is kept out.
  select coalesce(array_agg(distinct k.subject_hash), p_keys) into subjects
    from llm.subject_keys k where k.key_hash = any (p_keys) or k.subject_hash = any (p_keys);
  select coalesce(array_agg(k.key_hash), '{}') || subjects into every_key
    from llm.subject_keys k where k.subject_hash = any (subjects);
  insert into llm.tombstones (subject_hash, reason, since) select s, 'subject_erased', now() from unnest(subjects) as s
  on conflict do nothing;
  select coalesce(array_agg(distinct found.evaluation_id), '{}') into held from (
    select t.evaluation_id from llm.training_data t where t.subject_hash = any (every_key)
    union select m.evaluation_id from llm.shard_members m where m.subject_hash = any (every_key)) as found;
  perform llm_private.enqueue(held, 'erase');
  perform llm_private.exclude(p_actor, e, 'subject_erased') from unnest(held) as e;
  -- The certificate of the request itself, so that a restored backup cannot forget it.
  insert into llm.erasures (subject_hash, reason) select s, 'subject_erased' from unnest(subjects) as s;
  perform llm_private.audit(p_actor, 'erase_subject', subjects[1],
    jsonb_build_object('reason', p_reason, 'subjects', cardinality(subjects), 'evaluations', cardinality(held)));
  return jsonb_build_object('subjects', to_jsonb(subjects), 'evaluations', cardinality(held));
end $$;

create function llm_private.names_of(p_keys text[]) returns text[]
language plpgsql stable set search_path = '' as $$
begin
  return array(
    select unnest(array[k.key_hash, k.subject_hash]) from llm.subject_keys k where k.subject_hash in (
      select known.subject_hash from llm.subject_keys known where known.key_hash = any (p_keys) or known.subject_hash = any (p_keys))
    union select unnest(p_keys));
end $$;
comment on function llm_private.names_of is 'every pseudonym and keyed hash of the person who has one of these';

create function llm.lift_tombstones(p_actor text, p_keys text[], p_reason text) returns int
language plpgsql security definer set search_path = '' as $$
-- The person has asked to come back: their consent alone decides again.
declare
  lifted text[];
  held uuid[];
begin
  with changed as (
    update llm.tombstones t set lifted_at = now(), lifted_by = p_actor
     where t.lifted_at is null and t.subject_hash = any (llm_private.names_of(p_keys))
    returning t.subject_hash)
  select coalesce(array_agg(c.subject_hash), '{}') into lifted from changed c;
  select coalesce(array_agg(t.evaluation_id), '{}') into held from llm.training_data t
   where t.subject_hash = any (lifted)
      or t.subject_hash in (select k.subject_hash from llm.subject_keys k where k.key_hash = any (lifted));
  perform llm_private.enqueue(held, 'tombstone_lifted');
  perform llm_private.audit(p_actor, 'lift_tombstone', coalesce(lifted[1], ''), jsonb_build_object('reason', p_reason));
  return cardinality(lifted);
end $$;

create function llm_private.is_current(p_path text) returns boolean
language plpgsql stable set search_path = '' as $$
begin
  -- A consent given again can bring back the very same object.
  return (select exists (select from llm.shard_slots s where s.path = p_path)
      or exists (select from llm.dataset_shards d join llm.datasets c on c.id = d.dataset_id and c.status = 'current'
                  where d.shard_path = p_path));
end $$;

create function llm_private.as_certificate(p_erasure llm.erasures) returns jsonb
language sql immutable set search_path = '' as $$
  select jsonb_build_object('id', p_erasure.id, 'example_id', p_erasure.example_id, 'subject_hash', p_erasure.subject_hash,
    'reason', p_erasure.reason, 'requested_at', p_erasure.requested_at);
$$;

create function llm.read_certificates(p_ids uuid[]) returns jsonb
language sql stable security definer set search_path = '' as $$
  select coalesce(jsonb_agg(llm_private.as_certificate(x) order by x.id), '[]') from llm.erasures x where x.id = any (p_ids);
$$;

create function llm.pending_erasures() returns jsonb
language sql stable security definer set search_path = '' as $$
  -- What is still to be deleted, and the certificates that outlive a restored backup.
  select jsonb_build_object(
    'certificates', coalesce((
      select jsonb_agg(llm_private.as_certificate(x) order by x.requested_at, x.id)
        from llm.erasures x where x.completed_at is null), '[]'),
    'objects', coalesce((
      select jsonb_agg(distinct s.path order by s.path)
        from llm.erasures x
        join llm.shard_members m using (evaluation_id)
        join llm.shards s on s.path = m.shard_path and s.erased_at is null
       where x.completed_at is null and not llm_private.is_current(s.path)), '[]'));
$$;

create function llm.complete_erasures(p_worker text, p_ids uuid[], p_objects text[]) returns int
language plpgsql security definer set search_path = '' as $$
-- These objects are gone: say so of every snapshot that named them, and certify what is nowhere any more.
declare done int;
begin
  -- Who had lost the lease may have deleted what somebody else has made again meanwhile: it is made once more.
  update llm.shard_slots s set path = null where s.path = any (p_objects);
  update llm.shards s set erased_at = now() where s.path = any (p_objects) and not llm_private.is_current(s.path);
  update llm.datasets d set status = 'erased'
   where d.status in ('superseded', 'expired')
     and exists (select from llm.dataset_shards m where m.dataset_id = d.id and m.shard_path = any (p_objects));
  update llm.erasures x
     set completed_at = now(),
         certificate = jsonb_build_object('objects_deleted', cardinality(p_objects), 'by', p_worker, 'at', now(),
           'adapters_tainted', (select count(distinct a.digest) from llm.adapters a
              join llm.dataset_members m on m.dataset_id = a.dataset_id
             where m.evaluation_id = x.evaluation_id and a.status in ('tainted', 'purged')))
   where x.completed_at is null and x.id = any (p_ids)
     and not exists (select from llm.shard_members m join llm.shards s on s.path = m.shard_path and s.erased_at is null
                      where m.evaluation_id = x.evaluation_id
                        and not (llm_private.is_current(s.path) and exists (
                          select from llm.training_data t where t.evaluation_id = m.evaluation_id and t.status = 'included')));
  get diagnostics done = row_count;
  perform llm_private.audit(p_worker, 'erase', '', jsonb_build_object('certificates', done, 'objects', cardinality(p_objects)));
  return done;
end $$;

create function llm.restore_erasures(p_actor text, p_certificates jsonb) returns int
language plpgsql security definer set search_path = '' as $$
-- Certificates that the bucket remembers and this database does not: a backup was restored. They count again.
declare
  kept record;
  restored int := 0;
begin
  for kept in
    select c.* from jsonb_to_recordset(p_certificates)
      as c (id uuid, example_id text, subject_hash text, reason text, requested_at timestamptz)
     where not exists (select from llm.erasures x where x.id = c.id)
  loop
    insert into llm.erasures (id, evaluation_id, example_id, subject_hash, reason, requested_at, completed_at, certificate)
    select kept.id, (select t.evaluation_id from llm.training_data t where t.example_id = kept.example_id limit 1),
           kept.example_id, kept.subject_hash, kept.reason, kept.requested_at, now(), '{"restored": true}';
    if kept.reason = 'subject_key_replaced' then
      -- Nobody's wish: the key is replaced once more, and who is out by then is out for another reason.
      null;
    elsif kept.example_id is not null then
      -- One may be there from an earlier restore: the latest of all withdrawals counts, and what was done by hand.
      insert into llm.tombstones as t (example_id, reason, since)
      values (kept.example_id, case kept.reason when 'taken_out' then kept.reason else 'withdrawn_before_restore' end,
              kept.requested_at)
      on conflict (example_id) where lifted_at is null do update set since = greatest(t.since, excluded.since),
        reason = case t.reason when 'taken_out' then t.reason else excluded.reason end;
      perform llm_private.exclude_restored(p_actor, kept.example_id);
    else
      perform llm.erase_subject(p_actor, array[kept.subject_hash], 'restored certificate');
    end if;
    restored := restored + 1;
  end loop;
  return restored;
end $$;

create function llm_private.keeps_out(p_example text, p_evaluation uuid) returns text
language plpgsql stable set search_path = '' as $$
begin
  -- A decision that is newer than the forgotten withdrawal ends it. What was taken out by hand is put back by hand.
  return (
    select t.reason from llm.tombstones t left join public.evaluations e on e.id = p_evaluation
     where t.example_id = p_example and t.lifted_at is null
       and (t.reason = 'taken_out' or t.since >= coalesce(llm_private.decided_at(e.course_id, e.student_id), '-infinity')));
end $$;
comment on function llm_private.keeps_out is 'why an example must not come back; null where nothing is against it';

create function llm.take_out_evaluation(p_actor text, p_evaluation uuid, p_example text, p_reason text) returns boolean
language plpgsql security definer set search_path = '' as $$
-- One speech leaves everything and stays away, whatever consent says. False: nothing had it.
declare was_in boolean;
begin
  insert into llm.tombstones (example_id, reason, since) values (p_example, 'taken_out', now())
  on conflict (example_id) where lifted_at is null do update set reason = excluded.reason, since = excluded.since;
  perform llm_private.enqueue(array[p_evaluation], 'taken_out');
  was_in := llm_private.exclude(p_actor, p_evaluation, 'taken_out');
  -- Also where no object held it: the certificate is what a restored backup is told by.
  insert into llm.erasures (evaluation_id, example_id, subject_hash, reason)
  select p_evaluation, p_example, coalesce(
           (select t.subject_hash from llm.training_data t where t.evaluation_id = p_evaluation), ''), 'taken_out'
   where not exists (select from llm.erasures x
                      where x.evaluation_id = p_evaluation and x.reason = 'taken_out' and x.completed_at is null);
  perform llm_private.audit(p_actor, 'take_out', p_evaluation::text, jsonb_build_object('reason', p_reason, 'was_in', was_in));
  return was_in;
end $$;

create function llm.put_back_evaluation(p_actor text, p_evaluation uuid, p_example text, p_reason text) returns boolean
language plpgsql security definer set search_path = '' as $$
-- Consent alone decides again. False: it was not taken out.
begin
  update llm.tombstones t set lifted_at = now(), lifted_by = p_actor
   where t.example_id = p_example and t.reason = 'taken_out' and t.lifted_at is null;
  if not found then
    return false;
  end if;
  perform llm_private.enqueue(array[p_evaluation], 'put_back');
  perform llm_private.audit(p_actor, 'put_back', p_evaluation::text, jsonb_build_object('reason', p_reason));
  return true;
end $$;

create function llm_private.exclude_restored(p_actor text, p_example text) returns void
language plpgsql set search_path = '' as $$
declare kept record;
begin
  for kept in
    select t.evaluation_id, llm_private.keeps_out(p_example, t.evaluation_id) as reason from llm.training_data t
     where t.example_id = p_example
  loop
    if kept.reason is not null then
      perform llm_private.exclude(p_actor, kept.evaluation_id, kept.reason);
    end if;
  end loop;
end $$;

create function llm.erasure_ids() returns jsonb
language sql stable security definer set search_path = '' as $$
  select coalesce(jsonb_agg(x.id order by x.id), '[]') from llm.erasures x;
$$;
