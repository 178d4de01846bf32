-- The shards of the dataset: ranges of the person's keyed hash, halved where they grow too large.
-- Who changes an example leaves a note, and only the ranges with a note are made again.

create table llm.shards (
  path text primary key,
  split text not null check (split in ('train', 'validation', 'test')),
  sha256 text not null check (sha256 ~ '^[0-9a-f]{64}$'),
  bytes int not null,
  examples int not null check (examples > 0),
  subjects int not null,
  consent_as_of timestamptz,
  statistics jsonb not null default '{}',
  recorded_at timestamptz not null default now(),
  erased_at timestamptz
);
create index shards_live on llm.shards (recorded_at) where erased_at is null;
alter table llm.shards enable row level security;
grant select on llm.shards to service_role;
comment on table llm.shards is 'An immutable object of examples, written after the object was verified; its path holds its digest';
comment on column llm.shards.consent_as_of is 'the newest student decision that its examples rest on';

create table llm.shard_members (
  shard_path text not null references llm.shards (path) on delete cascade,
  evaluation_id uuid not null,
  example_id text not null,
  subject_hash text not null,
  content_sha256 text not null,
  primary key (shard_path, evaluation_id)
);
create index shard_members_evaluation on llm.shard_members (evaluation_id);
create index shard_members_subject on llm.shard_members (subject_hash);
alter table llm.shard_members enable row level security;
grant select on llm.shard_members to service_role;
comment on table llm.shard_members is 'Lineage: which example is in which object; consent was read again when the row was written';

create table llm.shard_slots (
  split text not null,
  depth int not null check (depth between 0 and 16),
  prefix int not null,
  examples int not null,
  path text references llm.shards (path),
  primary key (split, depth, prefix)
);
create index shard_slots_path on llm.shard_slots (path);
alter table llm.shard_slots enable row level security;
grant select on llm.shard_slots to service_role;
comment on table llm.shard_slots is
  'The ranges as they are cut now: hashes whose first `depth` bits are `prefix`, and the object that holds them, if it is made';

create table llm.shard_notes (
  id bigint generated always as identity primary key,
  split text not null,
  bucket int not null
);
alter table llm.shard_notes enable row level security;
grant select on llm.shard_notes to service_role;
comment on table llm.shard_notes is 'Where an example has come, gone or changed since the ranges were last looked at';

create function llm_private.bucket(p_subject text) returns int
language sql immutable strict set search_path = '' as $$
  -- The first 16 bits of a pseudonym.
  select ('x' || left(p_subject, 4))::bit(16)::int;
$$;

create function llm_private.note_example() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
  if tg_op = 'UPDATE' and (old.status, old.split, old.subject_hash, old.content_sha256)
     is not distinct from (new.status, new.split, new.subject_hash, new.content_sha256) then
    return null;
  end if;
  if tg_op <> 'INSERT' and old.status = 'included' then
    insert into llm.shard_notes (split, bucket) values (old.split, llm_private.bucket(old.subject_hash));
  end if;
  if tg_op <> 'DELETE' and new.status = 'included' then
    insert into llm.shard_notes (split, bucket) values (new.split, llm_private.bucket(new.subject_hash));
  end if;
  return null;
end $$;
create trigger note_example after insert or update or delete on llm.training_data
  for each row execute function llm_private.note_example();

create function llm_private.lowest_hash(p_depth int, p_prefix int) returns text
language sql immutable set search_path = '' as $$
  select case when p_prefix >= 1 << p_depth then 'g' else lpad(to_hex(p_prefix << (16 - p_depth)), 4, '0') end;
$$;
comment on function llm_private.lowest_hash is 'where a range of hashes begins; the one after the last begins beyond every hash';

create function llm_private.count_range(p_split text, p_depth int, p_prefix int) returns int
language plpgsql stable set search_path = '' as $$
begin
  return (select count(*)::int from llm.training_data t
   where t.status = 'included' and t.split = p_split
     and t.subject_hash >= llm_private.lowest_hash(p_depth, p_prefix)
     and t.subject_hash < llm_private.lowest_hash(p_depth, p_prefix + 1));
end $$;

create function llm_private.cut_ranges(p_most int) returns void
language plpgsql set search_path = '' as $$
-- Halve ranges that hold more than p_most examples, join neighbours that fit together: the same rows, the same cut.
begin
  loop
    with full_ as (delete from llm.shard_slots s where s.examples > p_most and s.depth < 16 returning *)
    insert into llm.shard_slots (split, depth, prefix, examples)
    select f.split, f.depth + 1, f.prefix * 2 + half, llm_private.count_range(f.split, f.depth + 1, f.prefix * 2 + half)
      from full_ f cross join generate_series(0, 1) as half;
    exit when not found;
  end loop;
  loop
    with fitting as (
      select s.split, s.depth, s.prefix / 2 as parent, sum(s.examples)::int as examples from llm.shard_slots s
       where s.depth > 0 group by s.split, s.depth, s.prefix / 2 having count(*) = 2 and sum(s.examples) <= p_most
    ), joined as (
      delete from llm.shard_slots s using fitting f where (s.split, s.depth, s.prefix / 2) = (f.split, f.depth, f.parent)
    )
    insert into llm.shard_slots (split, depth, prefix, examples)
    select f.split, f.depth - 1, f.parent, f.examples from fitting f;
    exit when not found;
  end loop;
end $$;

create function llm_private.replan(p_most int) returns void
language plpgsql set search_path = '' as $$
-- Take the notes, count their ranges again, and cut anew. Only whoever holds the publisher's lease does this.
declare touched jsonb;
begin
  with taken as (delete from llm.shard_notes returning split, bucket)
  select coalesce(jsonb_agg(distinct jsonb_build_object('split', t.split, 'bucket', t.bucket)), '[]') into touched from taken t;
  if touched = '[]' then
    return;
  end if;
  insert into llm.shard_slots (split, depth, prefix, examples)
  select distinct n.split, 0, 0, 0 from jsonb_to_recordset(touched) as n (split text)
   where not exists (select from llm.shard_slots s where s.split = n.split);
  update llm.shard_slots s set path = null, examples = llm_private.count_range(s.split, s.depth, s.prefix)
   where exists (select from jsonb_to_recordset(touched) as n (split text, bucket int)
                  where n.split = s.split and n.bucket >> (16 - s.depth) = s.prefix);
  perform llm_private.cut_ranges(p_most);
end $$;
