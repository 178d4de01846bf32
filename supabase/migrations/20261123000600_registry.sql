-- Training runs, adapters and the aliases that point to them.

create table llm.training_runs (
  id uuid primary key default gen_random_uuid(),
  dataset_id uuid not null references llm.datasets (id),
  recipe text not null,
  recipe_sha256 text not null,
  recipe_body jsonb not null,
  worker text not null,
  fingerprint text not null default '',
  status text not null default 'running'
    check (status in ('queued', 'running', 'interrupted', 'succeeded', 'failed', 'cancelled')),
  attempt int not null default 1,
  resumable boolean not null default false,
  checkpoints_stored boolean not null default false,
  progress real not null default 0 check (progress between 0 and 1),
  metrics jsonb not null default '{}',
  error_code text,
  created_at timestamptz not null default now(),
  heartbeat_at timestamptz not null default now(),
  finished_at timestamptz
);
create index training_runs_dataset_id on llm.training_runs (dataset_id);
create index training_runs_fingerprint on llm.training_runs (fingerprint) where status in ('running', 'interrupted', 'failed');
create index training_runs_created_at on llm.training_runs (created_at desc);
alter table llm.training_runs enable row level security;
grant select on llm.training_runs to service_role;
comment on table llm.training_runs is 'One training of an adapter, over all its attempts; a running one without heartbeat has died';
comment on column llm.training_runs.fingerprint is 'What must be equal for its checkpoints to be gone on with: data, recipe, base, renderer';
comment on column llm.training_runs.attempt is 'Counts the processes that had it; an earlier one that still lives must stop';
comment on column llm.training_runs.checkpoints_stored is 'Whether the bucket of checkpoints may hold objects of it';
comment on column llm.training_runs.resumable is 'Of one that ended early: whether the same training may go on from its checkpoints';

create table llm.training_events (
  id bigint generated always as identity primary key,
  run_id uuid not null references llm.training_runs (id),
  at timestamptz not null default now(),
  kind text not null,
  payload jsonb not null default '{}'
);
create index training_events_run_id on llm.training_events (run_id, id);
alter table llm.training_events enable row level security;
grant select on llm.training_events to service_role;
comment on table llm.training_events is 'What a run said while it ran, append-only';

create table llm.adapters (
  digest text primary key check (digest ~ '^[0-9a-f]{64}$'),
  name text not null unique check (name ~ '^[a-z0-9-]+$'),
  run_id uuid not null references llm.training_runs (id),
  dataset_id uuid not null references llm.datasets (id),
  status text not null default 'candidate' check (status in ('candidate', 'approved', 'tainted', 'retired', 'purged')),
  base_model text not null,
  base_revision text not null,
  renderer_version text not null,
  lora_rank int not null,
  object_prefix text not null,
  files jsonb not null,
  metrics jsonb not null,
  gate jsonb check (gate is null or coalesce(jsonb_typeof(gate -> 'checks'), '') = 'array'),
  taint_reason text,
  tainted_at timestamptz,
  purged_at timestamptz,
  created_at timestamptz not null default now()
);
create index adapters_run_id on llm.adapters (run_id);
create index adapters_dataset_id on llm.adapters (dataset_id);
alter table llm.adapters enable row level security;
grant select on llm.adapters to service_role;
comment on table llm.adapters is 'An adapter by the digest of its files; immutable but for its status and its gate';
comment on column llm.adapters.gate is
  'the checks of its latest evaluation, the champion and the dataset that they compared with, and the thresholds';
comment on column llm.adapters.purged_at is 'when the objects of a tainted adapter were deleted; the row stays as the lineage';

create table llm.aliases (
  scope_kind text not null check (scope_kind in ('default', 'institution', 'course', 'rubric')),
  scope_id text not null default '',
  alias text not null check (alias in ('champion', 'challenger')),
  adapter_digest text not null references llm.adapters (digest),
  percent int not null default 0 check (percent between 0 and 100),
  is_shadow boolean not null default true,
  updated_at timestamptz not null default now(),
  updated_by text not null,
  primary key (scope_kind, scope_id, alias),
  check (alias = 'challenger' or (percent = 0 and is_shadow)),
  check ((scope_kind = 'default') = (scope_id = '')),
  check (scope_kind = 'default' or scope_id ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$')
);
create index aliases_adapter on llm.aliases (adapter_digest);
alter table llm.aliases enable row level security;
grant select on llm.aliases to service_role;
comment on table llm.aliases is 'Which adapter answers for a scope; promotion and rollback move this pointer';
comment on column llm.aliases.percent is
  'of a challenger: how many of its scope''s speeches it is asked; nobody is answered by one that was only promoted';
comment on column llm.aliases.is_shadow is
  'of a challenger: its scores are kept beside the champion''s and never shown; false: it answers in its place';

create table llm.alias_history (
  id bigint generated always as identity primary key,
  scope_kind text not null,
  scope_id text not null,
  alias text not null,
  move text not null check (move in ('promote', 'rollback', 'demote', 'purge')),
  adapter_digest text references llm.adapters (digest),
  follows bigint references llm.alias_history (id),
  is_forced boolean not null default false,
  request uuid not null unique,
  at timestamptz not null default now(),
  actor text not null,
  reason text not null
);
create index alias_history_scope on llm.alias_history (scope_kind, scope_id, alias, id);
create index alias_history_adapter on llm.alias_history (adapter_digest);
create index alias_history_follows on llm.alias_history (follows);
alter table llm.alias_history enable row level security;
grant select on llm.alias_history to service_role;
comment on table llm.alias_history is 'Every move of an alias, with who and why';
comment on column llm.alias_history.adapter_digest is 'what the alias points to since this move; null: to nothing';
comment on column llm.alias_history.follows is
  'the move that a rollback of this one goes back to; a rollback itself follows what the move that it restored followed';
comment on column llm.alias_history.request is 'the caller''s own number: a call that is repeated moves nothing twice';
