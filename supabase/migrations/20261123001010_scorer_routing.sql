-- Which adapters the scorer serves to whom, and how much of a scope its challenger is asked.

create function llm_private.adapter_facts(p_adapter llm.adapters) returns jsonb
language sql stable set search_path = '' as $$
  select jsonb_build_object(
    'servable', p_adapter.status = 'approved', 'status', p_adapter.status, 'digest', p_adapter.digest, 'name', p_adapter.name,
    'base_model', p_adapter.base_model, 'base_revision', p_adapter.base_revision,
    'renderer_version', p_adapter.renderer_version, 'lora_rank', p_adapter.lora_rank,
    'object_prefix', p_adapter.object_prefix, 'files', p_adapter.files);
$$;
comment on function llm_private.adapter_facts is 'an adapter as the scorer needs it';

create function llm.serving_state() returns jsonb
language sql stable security definer set search_path = '' as $$
  -- Every alias with its adapter, served or not: one that is not approved must be unloaded. ``previous`` is what a
  -- rollback of a champion would bring back.
  select coalesce(jsonb_agg(llm_private.adapter_facts(a) || jsonb_build_object(
    'scope_kind', l.scope_kind, 'scope_id', l.scope_id, 'alias', l.alias, 'percent', l.percent, 'is_shadow', l.is_shadow,
    'previous', case when l.alias = 'champion' then (select llm_private.adapter_facts(b) from llm.adapters b
      where b.digest = (llm_private.move_before(l.scope_kind, l.scope_id, l.alias)).adapter_digest) end)
    order by l.scope_kind, l.scope_id, l.alias), '[]')
  from llm.aliases l join llm.adapters a on a.digest = l.adapter_digest;
$$;

create function llm.still_approved(p_names text[]) returns jsonb
language sql stable security definer set search_path = '' as $$
  -- Of adapters that no alias names any more: which may go on until their successors are loaded.
  select coalesce(jsonb_agg(a.name order by a.name), '[]') from llm.adapters a
   where a.name = any (p_names) and a.status = 'approved';
$$;

create function llm.set_challenge(p_actor text, p_reason text, p_percent int, p_is_shadow boolean,
  p_scope_kind text default 'default', p_scope_id text default '', p_adapter text default null)
returns jsonb language plpgsql security definer set search_path = '' as $$
-- How many of a scope's speeches its challenger is asked, and whether anybody sees its scores. With ``p_adapter``, only
-- if the challenger is still the one that the caller means.
declare
  challenge llm.aliases;
  adapter llm.adapters;
begin
  lock table llm.aliases in share row exclusive mode;
  select * into challenge from llm.aliases l
   where (l.scope_kind, l.scope_id, l.alias) = (p_scope_kind, p_scope_id, 'challenger');
  if not found then
    return jsonb_build_object('set', false, 'reason', 'challenger_unknown');
  end if;
  select * into adapter from llm.adapters a where a.digest = challenge.adapter_digest;
  if p_percent is null or p_percent not between 0 and 100 or p_is_shadow is null then
    return jsonb_build_object('set', false, 'reason', 'challenge_invalid');
  elsif p_adapter is not null and p_adapter not in (adapter.name, adapter.digest) then
    return jsonb_build_object('set', false, 'reason', 'challenger_changed', 'name', adapter.name);
  elsif p_percent > 0 and adapter.status <> 'approved' then
    return jsonb_build_object('set', false, 'reason', 'adapter_' || adapter.status, 'name', adapter.name);
  end if;
  if (challenge.percent, challenge.is_shadow) is distinct from (p_percent, p_is_shadow) then
    update llm.aliases l set percent = p_percent, is_shadow = p_is_shadow
     where (l.scope_kind, l.scope_id, l.alias) = (p_scope_kind, p_scope_id, 'challenger');
    perform llm_private.audit(p_actor, 'set_challenge', adapter.digest, jsonb_build_object(
      'scope', llm_private.scope_text(p_scope_kind, p_scope_id), 'percent', p_percent, 'is_shadow', p_is_shadow,
      'percent_before', challenge.percent, 'is_shadow_before', challenge.is_shadow, 'reason', p_reason));
  end if;
  return jsonb_build_object('set', true, 'name', adapter.name, 'percent', p_percent, 'is_shadow', p_is_shadow);
end $$;
comment on function llm.set_challenge is
  'refuses with challenger_unknown, challenger_changed, challenge_invalid, or adapter_* where it may not answer';
