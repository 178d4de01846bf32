-- Two schemas: llm is exposed to the API for the services alone; llm_private is not exposed at all.

create schema if not exists llm;
create schema if not exists llm_private;
revoke all on schema llm from public;
revoke all on schema llm_private from public;
grant usage on schema llm to service_role;

comment on schema llm is 'Consented training data, runs, adapters and scores; reachable with the secret key only';
comment on schema llm_private is 'Triggers and rules that nobody calls directly';

create table llm.policy (
  only_row boolean primary key default true check (only_row),
  consent_types text[] not null default '{llm_training,data_collection}' check (cardinality(consent_types) > 0),
  taint_reasons text[] not null default
    '{student_consent_refused,student_consent_missing,instructor_consent_missing,consent_changed,evaluation_gone,course_missing,enrolment_unknown,instructor_unknown,subject_erased,withdrawn_before_restore,subject_key_replaced,taken_out}',
  updated_at timestamptz not null default now()
);
alter table llm.policy enable row level security;
grant select, update on llm.policy to service_role;
comment on table llm.policy is 'The one row of choices that the database itself must know to keep the invariants';
comment on column llm.policy.consent_types is
  'a student has consented when the latest decision of at least one of these is yes and of none of them is no';
comment on column llm.policy.taint_reasons is 'why an example may leave the data so that adapters that learned from it are tainted';
insert into llm.policy default values;

create table llm.audit_log (
  id bigint generated always as identity primary key,
  at timestamptz not null default now(),
  actor text not null,
  action text not null,
  subject text not null default '',
  details jsonb not null default '{}'
);
create index audit_log_at on llm.audit_log (at);
alter table llm.audit_log enable row level security;
grant select on llm.audit_log to service_role;
comment on table llm.audit_log is 'Who did what, written in the transaction that did it; ids and counts only';

create function llm_private.refuse_change() returns trigger
language plpgsql set search_path = '' as $$
begin
  raise exception 'the audit log only grows' using errcode = 'insufficient_privilege';
end $$;
create trigger audit_log_only_grows before update or delete or truncate on llm.audit_log
  for each statement execute function llm_private.refuse_change();

create function llm_private.audit(p_actor text, p_action text, p_subject text, p_details jsonb default '{}')
returns void language sql set search_path = '' as $$
  insert into llm.audit_log (actor, action, subject, details) values (p_actor, p_action, p_subject, p_details);
$$;
