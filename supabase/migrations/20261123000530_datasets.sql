-- Published snapshots: a dataset is a set of shards, and exists when its row exists.

create table llm.datasets (
  id uuid primary key default gen_random_uuid(),
  digest text not null unique check (digest ~ '^[0-9a-f]{64}$'),
  manifest_path text not null,
  documents text[] not null default '{}',
  status text not null default 'current' check (status in ('current', 'superseded', 'expired', 'erased')),
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
create index datasets_status on llm.datasets (status, published_at desc);
alter table llm.datasets enable row level security;
grant select on llm.datasets to service_role;
comment on table llm.datasets is 'A published snapshot; its row is written after all of its objects were verified';
comment on column llm.datasets.consent_read_at is 'when consent was last read for all members, in the transaction that published';
comment on column llm.datasets.documents is 'paths of its card, picture and sample';
comment on column llm.datasets.status is
  'superseded: still complete; expired: objects removed after a while; erased: objects removed because of a withdrawal';

create table llm.dataset_shards (
  dataset_id uuid not null references llm.datasets (id) on delete cascade,
  shard_path text not null references llm.shards (path),
  primary key (dataset_id, shard_path)
);
create index dataset_shards_shard on llm.dataset_shards (shard_path);
alter table llm.dataset_shards enable row level security;
grant select on llm.dataset_shards to service_role;
comment on table llm.dataset_shards is 'Which objects a snapshot is made of';

create view llm.dataset_members with (security_invoker = true) as
  select d.dataset_id, m.evaluation_id, m.subject_hash, s.split, m.content_sha256, m.shard_path
    from llm.dataset_shards d
    join llm.shards s on s.path = d.shard_path
    join llm.shard_members m on m.shard_path = d.shard_path;
grant select on llm.dataset_members to service_role;
comment on view llm.dataset_members is 'Lineage: subject, example, object, snapshot';

create table llm.erasures (
  id uuid primary key default gen_random_uuid(),
  evaluation_id uuid,
  example_id text,
  subject_hash text not null,
  reason text not null,
  requested_at timestamptz not null default now(),
  completed_at timestamptz,
  certificate jsonb
);
create index erasures_pending on llm.erasures (evaluation_id) where completed_at is null;
create index erasures_subject on llm.erasures (subject_hash);
alter table llm.erasures enable row level security;
grant select on llm.erasures to service_role;
comment on table llm.erasures is 'A withdrawal: requested when it was seen, completed with a certificate when every object was gone';
comment on column llm.erasures.evaluation_id is 'null where only a certificate in the bucket remembers it, after a backup was restored';

create table llm.leases (
  name text primary key,
  owner text not null,
  held_until timestamptz not null
);
alter table llm.leases enable row level security;
grant select on llm.leases to service_role;
comment on table llm.leases is 'Who alone may publish, erase and sweep for the moment';
