-- The current training example of each evaluation, or the reason why there is none.

create table llm.split_assignments (
  subject_hash text primary key,
  split text not null check (split in ('train', 'validation', 'test')),
  assigned_at timestamptz not null default now()
);
alter table llm.split_assignments enable row level security;
grant select on llm.split_assignments to service_role;
comment on table llm.split_assignments is 'A person stays in the split of their first example for good';

create table llm.training_data (
  evaluation_id uuid primary key,
  status text not null check (status in ('included', 'excluded', 'quarantined')),
  exclusion_reason text,
  subject_hash text,
  example_id text,
  split text check (split in ('train', 'validation', 'test')),
  anonymized_transcript text,
  rubric jsonb,
  sections jsonb,
  timeline_markers jsonb,
  provenance text,
  content_sha256 text,
  anonymizer_version text,
  renderer_version text,
  settled_at timestamptz not null default now(),
  constraint included_is_complete check (
    status <> 'included' or (exclusion_reason is null and num_nulls(subject_hash, example_id, split,
      anonymized_transcript, rubric, sections, provenance, content_sha256, anonymizer_version, renderer_version) = 0)),
  constraint others_keep_no_text check (
    status = 'included' or (exclusion_reason is not null and num_nonnulls(anonymized_transcript, sections, timeline_markers) = 0))
);
create index training_data_included on llm.training_data (split, subject_hash, example_id) where status = 'included';
create index training_data_subject on llm.training_data (subject_hash);
alter table llm.training_data enable row level security;
grant select on llm.training_data to service_role;
comment on table llm.training_data is 'One row per evaluation: its anonymized example, or why it has none';

create table llm.datasets (
  id uuid primary key default gen_random_uuid(),
  digest text not null unique check (digest ~ '^[0-9a-f]{64}$'),
  manifest_path text not null,
  status text not null default 'current' check (status in ('current', 'superseded', 'erased')),
  examples int not null,
  subjects int not null,
  splits jsonb not null,
  excluded jsonb not null,
  renderer_version text not null,
  anonymizer_version text not null,
  consent_read_at timestamptz not null,
  published_at timestamptz not null default now()
);
create unique index datasets_one_current on llm.datasets ((true)) where status = 'current';
alter table llm.datasets enable row level security;
grant select on llm.datasets to service_role;
comment on table llm.datasets is 'A published snapshot; its row is written after all of its objects were verified';
comment on column llm.datasets.consent_read_at is 'when consent was read for the members, in the transaction that made them members';

create table llm.dataset_members (
  dataset_id uuid not null references llm.datasets (id) on delete cascade,
  evaluation_id uuid not null,
  subject_hash text not null,
  split text not null,
  content_sha256 text not null,
  shard_path text not null,
  primary key (dataset_id, evaluation_id)
);
create index dataset_members_subject on llm.dataset_members (subject_hash, dataset_id);
create index dataset_members_evaluation on llm.dataset_members (evaluation_id, dataset_id);
alter table llm.dataset_members enable row level security;
grant select on llm.dataset_members to service_role;
comment on table llm.dataset_members is 'Lineage: which example is in which snapshot, and in which object';

create table llm.erasures (
  id uuid primary key default gen_random_uuid(),
  evaluation_id uuid not null,
  subject_hash text not null,
  reason text not null,
  requested_at timestamptz not null default now(),
  completed_at timestamptz,
  certificate jsonb
);
create index erasures_pending on llm.erasures (evaluation_id) where completed_at is null;
alter table llm.erasures enable row level security;
grant select on llm.erasures to service_role;
comment on table llm.erasures is 'A withdrawal: requested when it was seen, completed with a certificate when every object was gone';
