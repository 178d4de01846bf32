-- The current training example of each evaluation, or the reason why there is none.

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
create index training_data_reason on llm.training_data (exclusion_reason) where status <> 'included';
create index training_data_example on llm.training_data (example_id);
create index training_data_subject on llm.training_data (subject_hash);
-- Long texts stay out of the row, so that looking at every row does not read every speech.
alter table llm.training_data set (toast_tuple_target = 256);
alter table llm.training_data enable row level security;
grant select on llm.training_data to service_role;
comment on table llm.training_data is 'One row per evaluation: its anonymized example, or why it has none';
