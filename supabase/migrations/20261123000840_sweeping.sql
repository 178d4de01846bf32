-- The sweep: compare what should be with what is, whatever has happened in between, and put it right.

create function llm.sweep_rows(p_owner text) returns jsonb
language plpgsql security definer set search_path = '' as $$
-- Evaluations that nobody has looked at, examples that have lost their consent unnoticed, ranges that are not their rows.
declare
  unseen uuid[];
  lost int;
  noted int;
begin
  perform llm_private.require_publisher(p_owner);
  select coalesce(array_agg(e.id), '{}') into unseen from public.evaluations e
   where not exists (select from llm.training_data t where t.evaluation_id = e.id)
     and not exists (select from llm.change_queue q where q.evaluation_id = e.id);
  perform llm_private.enqueue(unseen, 'sweep');
  lost := llm_private.exclude_unconsented(array(
    select t.evaluation_id from llm.training_data t where t.status = 'included'
    union select m.evaluation_id from llm.shard_members m join llm.shards s on s.path = m.shard_path where s.erased_at is null),
    p_owner);
  with made as (
    select s.split, m.evaluation_id, m.subject_hash, m.content_sha256
      from llm.shard_slots s join llm.shard_members m on m.shard_path = s.path
  ), noted_ as (
    insert into llm.shard_notes (split, bucket)
    select distinct coalesce(t.split, made.split), llm_private.bucket(coalesce(t.subject_hash, made.subject_hash))
      from (select * from llm.training_data t where t.status = 'included') as t
      full join made on made.evaluation_id = t.evaluation_id and made.split = t.split and made.subject_hash = t.subject_hash
     where made.content_sha256 is distinct from t.content_sha256
    returning 1)
  select count(*) into noted from noted_;
  return jsonb_build_object('requeued', cardinality(unseen), 'excluded', lost, 'ranges', noted);
end $$;

create function llm.desired_objects() returns jsonb
language sql stable security definer set search_path = '' as $$
  -- Every object that the bucket should hold, with its size where that is known, and those that must not come back.
  select jsonb_build_object('erased', coalesce((select jsonb_agg(s.path) from llm.shards s where s.erased_at is not null), '[]'),
    'desired', coalesce(jsonb_object_agg(path, bytes), '{}')) from (
    select s.path, s.bytes from llm.shards s
     where s.erased_at is null
       and (exists (select from llm.shard_slots r where r.path = s.path)
            or exists (select from llm.dataset_shards m join llm.datasets d on d.id = m.dataset_id
                        where m.shard_path = s.path and d.status in ('current', 'superseded')))
    union all
    select document, null from llm.datasets d, unnest(d.documents || d.manifest_path) as document
     where d.status in ('current', 'superseded')
    union all
    select 'erasures/' || x.id || '.json', null from llm.erasures x where x.completed_at is not null) as wanted (path, bytes);
$$;

create function llm.forget_objects(p_owner text, p_lost text[], p_removed text[]) returns jsonb
language plpgsql security definer set search_path = '' as $$
-- Objects that are not there. Lost ones are made again where the rows still give them; old snapshots stay incomplete.
declare
  again int;
  expired int;
begin
  perform llm_private.require_publisher(p_owner);
  update llm.shard_slots s set path = null where s.path = any (p_lost);
  get diagnostics again = row_count;
  update llm.shards s set erased_at = now() where s.path = any (p_lost || p_removed) and s.erased_at is null;
  update llm.datasets d set status = 'expired'
   where d.status = 'superseded'
     and (d.manifest_path = any (p_lost) or d.documents && p_lost
          or exists (select from llm.dataset_shards m where m.dataset_id = d.id and m.shard_path = any (p_lost)));
  get diagnostics expired = row_count;
  perform llm_private.audit(p_owner, 'sweep', '', jsonb_build_object('lost', cardinality(p_lost), 'removed', cardinality(p_removed)));
  return jsonb_build_object('remade', again, 'expired', expired);
end $$;

create function llm.expire_datasets(p_owner text, p_keep int) returns int
language plpgsql security definer set search_path = '' as $$
-- Keep the newest snapshots and those that a usable adapter was trained on; of the others only the row remains.
declare expired int;
begin
  perform llm_private.require_publisher(p_owner);
  update llm.datasets d set status = 'expired'
   where d.status = 'superseded'
     and d.id not in (select n.id from llm.datasets n where n.status = 'superseded' order by n.published_at desc limit p_keep)
     and not exists (select from llm.adapters a where a.dataset_id = d.id and a.status in ('candidate', 'approved'))
     and not exists (select from llm.training_runs r where r.dataset_id = d.id and r.status in ('queued', 'running'));
  get diagnostics expired = row_count;
  -- Lineage is kept for whatever a run has learned from.
  delete from llm.dataset_shards m using llm.datasets d
   where d.id = m.dataset_id and d.status in ('expired', 'erased')
     and not exists (select from llm.training_runs r where r.dataset_id = d.id);
  -- The row of a shard stays: an object that comes back with a restored bucket is known by it.
  delete from llm.shard_members m using llm.shards s
   where s.path = m.shard_path and s.erased_at is not null
     and not exists (select from llm.dataset_shards d where d.shard_path = s.path)
     and not exists (select from llm.shard_slots r where r.path = s.path);
  return expired;
end $$;

create table llm_private.last_sweep (
  only_row boolean primary key default true check (only_row),
  ended_at timestamptz not null
);
alter table llm_private.last_sweep enable row level security;
comment on table llm_private.last_sweep is 'When a sweep last came to its end, whoever made it';

create function llm.note_sweep(p_owner text) returns void
language plpgsql security definer set search_path = '' as $$
-- A sweep has come to its end, whatever it found.
begin
  perform llm_private.require_publisher(p_owner);
  insert into llm_private.last_sweep (ended_at) values (now())
  on conflict (only_row) do update set ended_at = excluded.ended_at;
end $$;
