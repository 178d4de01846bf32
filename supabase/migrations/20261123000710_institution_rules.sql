-- What an institution allows beyond its own project. No row allows nothing.

create table llm.institution_rules (
  institution_id uuid primary key,
  allows_external boolean not null default false,
  updated_at timestamptz not null default now(),
  updated_by text not null
);
alter table llm.institution_rules enable row level security;
grant select on llm.institution_rules to service_role;
comment on table llm.institution_rules is 'What an institution has allowed; one without a row has allowed nothing';
comment on column llm.institution_rules.institution_id is 'the app''s institution; a rule whose institution is gone allows nothing to anybody';
comment on column llm.institution_rules.allows_external is
  'whether an anonymized speech may be sent to a model of another provider';

create function llm_private.allows_external(p_institution uuid) returns boolean
language plpgsql stable set search_path = '' as $$
begin
  return exists (select from llm.institution_rules r where r.institution_id = p_institution and r.allows_external);
end $$;
comment on function llm_private.allows_external is 'false unless the institution is known and has said yes';

create function llm.set_institution_rule(p_institution uuid, p_allows_external boolean, p_actor text, p_reason text)
returns jsonb language plpgsql security definer set search_path = '' as $$
-- Write down what an institution decided. Saying the same again changes nothing but is written down too.
declare allowed boolean := coalesce(p_allows_external, false);
begin
  if btrim(coalesce(p_actor, '')) = '' or btrim(coalesce(p_reason, '')) = '' then
    return jsonb_build_object('set', false, 'reason', 'reason_missing');
  elsif p_institution is null or not llm_private.scope_exists('institution', p_institution::text) then
    return jsonb_build_object('set', false, 'reason', 'institution_unknown');
  end if;
  insert into llm.institution_rules (institution_id, allows_external, updated_by) values (p_institution, allowed, p_actor)
  on conflict (institution_id) do update
    set allows_external = excluded.allows_external, updated_at = now(), updated_by = excluded.updated_by;
  perform llm_private.audit(p_actor, 'set_institution_rule', p_institution::text,
    jsonb_build_object('allows_external', allowed, 'reason', p_reason));
  return jsonb_build_object('set', true, 'allows_external', allowed);
end $$;
comment on function llm.set_institution_rule is 'refuses with institution_unknown or reason_missing';

create function llm.record_disclosure(p_score uuid, p_evaluation uuid, p_actor text, p_recipient text) returns void
language sql security definer set search_path = '' as $$
  -- Written before an anonymized speech leaves, whatever comes of it: whose, to whom, and for whom it was asked.
  select llm_private.audit(p_actor, 'disclose', coalesce(p_evaluation::text, ''),
    jsonb_build_object('score', p_score, 'recipient', p_recipient));
$$;
