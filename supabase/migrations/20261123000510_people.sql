-- People as keyed hashes: which identifiers are the same person, and which split that person is in for good.

create table llm.subject_keys (
  key_hash text primary key check (key_hash ~ '^[0-9a-f]{32}$'),
  strength int not null check (strength between 1 and 3),
  subject_hash text not null
);
create index subject_keys_subject on llm.subject_keys (subject_hash);
alter table llm.subject_keys enable row level security;
grant select on llm.subject_keys to service_role;
comment on table llm.subject_keys is
  'Every identifier of a person (1 e-mail, 2 student id, 3 enrolment), as a keyed hash, and the pseudonym they share';

create table llm.split_assignments (
  subject_hash text primary key,
  split text not null check (split in ('train', 'validation', 'test')),
  assigned_at timestamptz not null default now()
);
alter table llm.split_assignments enable row level security;
grant select on llm.split_assignments to service_role;
comment on table llm.split_assignments is 'A person stays in the split of their first published example for good';

create table llm.tombstones (
  id uuid primary key default gen_random_uuid(),
  subject_hash text,
  example_id text,
  reason text not null,
  since timestamptz not null,
  lifted_at timestamptz,
  lifted_by text,
  check (num_nonnulls(subject_hash, example_id) = 1)
);
create unique index tombstones_subject on llm.tombstones (subject_hash) where lifted_at is null;
create unique index tombstones_example on llm.tombstones (example_id) where lifted_at is null;
alter table llm.tombstones enable row level security;
grant select on llm.tombstones to service_role;
comment on table llm.tombstones is
  'Who must not come back: a person erased on request, an example whose withdrawal a restored backup has forgotten, or one that was taken out by hand';

create function llm_private.is_erased(p_subject text) returns boolean
language plpgsql stable set search_path = '' as $$
begin
  -- Whoever was erased before they were known was erased by an identifier, not by the pseudonym that they got since.
  return exists (
    select from llm.tombstones t
     where t.lifted_at is null
       and (t.subject_hash = p_subject
            or t.subject_hash in (select k.key_hash from llm.subject_keys k where k.subject_hash = p_subject)));
end $$;

create function llm_private.take_out(p_ids uuid[], p_reason text) returns void
language plpgsql set search_path = '' as $$
-- These examples leave the data until somebody has looked at them again. Queue first, then data, as everybody does.
begin
  perform llm_private.enqueue(p_ids, p_reason);
  update llm.training_data t
     set status = 'excluded', exclusion_reason = p_reason, anonymized_transcript = null, sections = null,
         timeline_markers = null, content_sha256 = null, settled_at = now()
   where t.evaluation_id = any (p_ids) and t.status = 'included';
end $$;

create function llm_private.merge_subjects(p_into text, p_subjects text[]) returns void
language plpgsql set search_path = '' as $$
-- Several pseudonyms have turned out to be one person: one name from now on, one split, and nothing half done is published.
-- What a model has learned from can never measure one, so train outweighs validation, and validation outweighs test.
declare merged text;
begin
  update llm.subject_keys k set subject_hash = p_into where k.subject_hash = any (p_subjects);
  select s.split into merged from llm.split_assignments s where s.subject_hash = any (p_subjects || p_into)
   order by array_position(array['train', 'validation', 'test'], s.split) limit 1;
  if merged is not null then
    insert into llm.split_assignments (subject_hash, split) values (p_into, merged)
    on conflict (subject_hash) do update set split = excluded.split;
  end if;
  insert into llm.tombstones (subject_hash, reason, since)
  select p_into, min(t.reason), min(t.since) from llm.tombstones t
   where t.subject_hash = any (p_subjects) and t.lifted_at is null having count(*) > 0
  on conflict do nothing;
  perform llm_private.take_out(array(
    select t.evaluation_id from llm.training_data t
     where t.subject_hash = any (p_subjects) or (t.subject_hash = p_into and merged is not null and t.split <> merged)),
    'person_merged');
end $$;

create function llm_private.resolve_subject(p_keys text[], p_strengths int[]) returns text
language plpgsql set search_path = '' as $$
-- The pseudonym of whoever has these identifiers: the strongest of all that are known, whatever order they came in.
declare
  known text[];
  chosen text;
begin
  select array_agg(distinct k.subject_hash) into known from llm.subject_keys k where k.key_hash = any (p_keys);
  select candidate.key_hash into chosen from (
      select k.key_hash, k.strength from llm.subject_keys k where k.subject_hash = any (known)
      union all select * from unnest(p_keys, p_strengths)) as candidate (key_hash, strength)
   order by candidate.strength, candidate.key_hash limit 1;
  if known = array[chosen]
     and not exists (select from unnest(p_keys) as given (key_hash)
                      where not exists (select from llm.subject_keys k where k.key_hash = given.key_hash)) then
    return chosen;
  end if;
  insert into llm.subject_keys (key_hash, strength, subject_hash)
  select given.key_hash, given.strength, chosen from unnest(p_keys, p_strengths) as given (key_hash, strength)
  on conflict do nothing;
  if exists (select from unnest(known) as old (subject_hash) where old.subject_hash <> chosen) then
    perform llm_private.merge_subjects(chosen, array_remove(known, chosen));
  end if;
  return chosen;
end $$;

create function llm.known_people(p_people jsonb) returns jsonb
language sql stable security definer set search_path = '' as $$
  -- For each evaluation the person's pseudonym, their frozen split, and whether they were erased.
  select coalesce(jsonb_object_agg(p.evaluation_id, jsonb_build_object('subject', n.subject_hash, 'split', s.split,
           'erased', llm_private.is_erased(n.subject_hash)
             or exists (select from llm.tombstones t where t.subject_hash = any (p.keys) and t.lifted_at is null))), '{}')
    from jsonb_to_recordset(p_people) as p (evaluation_id uuid, keys text[])
   cross join lateral (select coalesce((
     select k.subject_hash from llm.subject_keys k where k.key_hash = any (p.keys) order by k.strength, k.key_hash limit 1),
     p.keys[1]) as subject_hash) as n
    left join llm.split_assignments s on s.subject_hash = n.subject_hash;
$$;

create function llm.resolve_subjects(p_people jsonb) returns jsonb
language plpgsql security definer set search_path = '' as $$
-- The same, and their identifiers are remembered and tied together. In: [{evaluation_id, keys, strengths}].
begin
  -- Two workers that meet the same person must not give them two names.
  perform pg_advisory_xact_lock(hashtextextended('llm.resolve_subjects', 0));
  perform llm_private.resolve_subject(p.keys, p.strengths)
     from jsonb_to_recordset(p_people) as p (keys text[], strengths int[]) where cardinality(p.keys) > 0;
  return llm.known_people(p_people);
end $$;
