-- Publishing: under one lease, only the ranges with a note are made again, and nothing is visible before it is complete.

create function llm.acquire_lease(p_name text, p_owner text, p_seconds int) returns boolean
language sql security definer set search_path = '' as $$
  -- Take a lease that is free or run out, or renew one's own.
  with taken as (
    insert into llm.leases as l (name, owner, held_until) values (p_name, p_owner, now() + make_interval(secs => p_seconds))
    on conflict (name) do update set owner = excluded.owner, held_until = excluded.held_until
     where l.owner = excluded.owner or l.held_until < now()
    returning 1)
  select exists (select from taken);
$$;

create function llm.release_lease(p_name text, p_owner text) returns void
language sql security definer set search_path = '' as $$
  delete from llm.leases l where l.name = p_name and l.owner = p_owner;
$$;

create function llm_private.require_publisher(p_owner text) returns void
language plpgsql set search_path = '' as $$
begin
  -- The lock makes a lease that is being taken over wait until this transaction has ended.
  perform from llm.leases l where l.name = 'publisher' and l.owner = p_owner and l.held_until >= now() for update;
  if not found then
    raise exception 'the publisher''s lease is held by another' using errcode = 'lock_not_available';
  end if;
end $$;

create function llm.plan_dataset(p_owner text, p_most int) returns jsonb
language plpgsql security definer set search_path = '' as $$
-- The ranges as they must be now: those that have their object, and those that need a new one.
begin
  perform llm_private.require_publisher(p_owner);
  perform llm_private.replan(p_most);
  return jsonb_build_object(
    'ranges', coalesce((
      select jsonb_agg(jsonb_build_object('split', s.split, 'depth', s.depth, 'prefix', s.prefix, 'examples', s.examples,
               'from', llm_private.lowest_hash(s.depth, s.prefix), 'below', llm_private.lowest_hash(s.depth, s.prefix + 1),
               'shard', to_jsonb(o) || jsonb_build_object('consent_as_of',
                 to_char(o.consent_as_of at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')))
               order by s.split, llm_private.lowest_hash(s.depth, s.prefix))
        from llm.shard_slots s left join llm.shards o on o.path = s.path where s.examples > 0), '[]'),
    'excluded', llm.exclusion_counts(),
    'consent_types', (select to_jsonb(p.consent_types) from llm.policy p),
    'current', (select jsonb_build_object('digest', d.digest, 'documents', d.documents)
                  from llm.datasets d where d.status = 'current'));
end $$;

create function llm.read_range(p_split text, p_from text, p_below text, p_after_subject text default '', p_after_example text default '', p_limit int default 200)
returns setof jsonb language sql stable security definer set search_path = '' as $$
  -- The included examples of a range, key-set paged by (subject_hash, example_id).
  select jsonb_build_object('evaluation_id', t.evaluation_id, 'subject_hash', t.subject_hash, 'example_id', t.example_id,
           'split', t.split, 'anonymized_transcript', t.anonymized_transcript, 'rubric', t.rubric, 'sections', t.sections,
           'content_sha256', t.content_sha256)
    from llm.training_data t
   where t.status = 'included' and t.split = p_split and t.subject_hash >= p_from and t.subject_hash < p_below
     and (t.subject_hash, t.example_id) > (p_after_subject, p_after_example)
   order by t.subject_hash, t.example_id limit least(p_limit, 500);
$$;

create function llm_private.stale_members(p_split text, p_from text, p_below text, p_members jsonb) returns uuid[]
language plpgsql stable set search_path = '' as $$
begin
  -- Where a shard is not what the rows and their consent say at this moment.
  return (select coalesce(array_agg(evaluation_id), '{}')
    from (select * from llm.training_data t where t.status = 'included' and t.split = p_split
             and t.subject_hash >= p_from and t.subject_hash < p_below) as t
    full join jsonb_to_recordset(p_members) as m (evaluation_id uuid, content_sha256 text) using (evaluation_id)
   where t.content_sha256 is distinct from m.content_sha256 or llm_private.teach_obstacle(evaluation_id) is not null);
end $$;

create function llm_private.record_shard(p_shard jsonb) returns uuid[]
language plpgsql set search_path = '' as $$
declare
  slot llm.shard_slots;
  stale uuid[];
  consent timestamptz;
begin
  select * into slot from llm.shard_slots s
   where (s.split, s.depth, s.prefix) = (p_shard ->> 'split', (p_shard ->> 'depth')::int, (p_shard ->> 'prefix')::int) for update;
  if not found then
    return '{}';
  end if;
  stale := llm_private.stale_members(slot.split, llm_private.lowest_hash(slot.depth, slot.prefix),
    llm_private.lowest_hash(slot.depth, slot.prefix + 1), p_shard -> 'members');
  if stale <> '{}' then
    return stale;
  end if;
  select max(llm_private.decided_at(e.course_id, e.student_id)) into consent
    from jsonb_to_recordset(p_shard -> 'members') as m (evaluation_id uuid) join public.evaluations e on e.id = m.evaluation_id;
  insert into llm.shards (path, split, sha256, bytes, examples, subjects, consent_as_of, statistics)
  select o.path, o.split, o.sha256, o.bytes, o.examples, o.subjects, consent, o.statistics
    from jsonb_populate_record(null::llm.shards, p_shard) as o
  on conflict (path) do update set erased_at = null, consent_as_of = excluded.consent_as_of, recorded_at = now();
  insert into llm.shard_members (shard_path, evaluation_id, example_id, subject_hash, content_sha256)
  select p_shard ->> 'path', m.* from jsonb_to_recordset(p_shard -> 'members')
      as m (evaluation_id uuid, example_id text, subject_hash text, content_sha256 text)
  on conflict do nothing;
  update llm.shard_slots s set path = p_shard ->> 'path'
   where (s.split, s.depth, s.prefix) = (slot.split, slot.depth, slot.prefix);
  return '{}';
end $$;

create function llm.record_shards(p_owner text, p_shards jsonb) returns jsonb
language plpgsql security definer set search_path = '' as $$
-- Objects that are verified: keep what is in them, if that is still exactly what may be in them. Consent is read here.
declare
  shard jsonb;
  stale uuid[] := '{}';
begin
  perform llm_private.require_publisher(p_owner);
  for shard in select value from jsonb_array_elements(p_shards) loop
    stale := stale || llm_private.record_shard(shard);
  end loop;
  if stale <> '{}' then
    perform llm_private.enqueue(stale, 'stale');
  end if;
  return jsonb_build_object('stale', cardinality(stale));
end $$;

create function llm.publish_dataset(p_owner text, p_dataset jsonb) returns jsonb
language plpgsql security definer set search_path = '' as $$
-- Make a snapshot visible, if its objects are what the ranges say and no range has a note; else say that it is stale.
declare
  new_id uuid;
  paths text[] := array(select jsonb_array_elements_text(p_dataset -> 'shards'));
begin
  perform llm_private.require_publisher(p_owner);
  if exists (select from llm.shard_notes)
     or array(select s.path from llm.shard_slots s where s.examples > 0 order by s.path)
        is distinct from array(select p from unnest(paths) as p order by p) then
    return jsonb_build_object('published', false, 'reason', 'stale');
  end if;
  if exists (select from llm.datasets d where d.status = 'current' and d.digest = p_dataset ->> 'digest') then
    return jsonb_build_object('published', false, 'reason', 'unchanged');
  end if;
  update llm.datasets set status = 'superseded' where status = 'current';
  insert into llm.datasets (digest, manifest_path, documents, examples, subjects, splits, excluded, renderer_version,
    anonymizer_version, consent_read_at)
  select o.digest, o.manifest_path, o.documents, o.examples, o.subjects, o.splits, o.excluded, o.renderer_version,
         o.anonymizer_version, now()
    from jsonb_populate_record(null::llm.datasets, p_dataset - 'shards') as o
  on conflict (digest) do update set status = 'current', consent_read_at = now(), published_at = now()
  returning id into new_id;
  -- From their first publication on, people stay in their split.
  insert into llm.split_assignments (subject_hash, split)
  select distinct m.subject_hash, s.split
    from unnest(paths) as p (path) join llm.shards s using (path) join llm.shard_members m on m.shard_path = s.path
   where not exists (select from llm.dataset_shards d where d.shard_path = s.path)
  on conflict do nothing;
  insert into llm.dataset_shards (dataset_id, shard_path) select new_id, p from unnest(paths) as p on conflict do nothing;
  perform llm_private.audit(p_owner, 'publish', p_dataset ->> 'digest',
    jsonb_build_object('examples', p_dataset -> 'examples', 'subjects', p_dataset -> 'subjects'));
  return jsonb_build_object('published', true, 'dataset_id', new_id);
end $$;
